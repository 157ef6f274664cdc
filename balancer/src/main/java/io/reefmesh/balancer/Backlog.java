package io.reefmesh.balancer;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How many tasks without an outcome there are, by project, and whether one more may enter. */
final class Backlog {

  private final BacklogLimits limits;
  private final Map<String, Integer> byProject = new HashMap<>();
  private int total;

  Backlog(BacklogLimits limits) {
    this.limits = limits;
  }

  /** What keeps another task of a project out; null: nothing. */
  Answer.@Nullable Full inTheWay(String project) {
    if (total >= limits.liveTasks()) {
      return new Answer.Full(Answer.Full.Of.QUEUE, limits.liveTasks());
    }
    return of(project) >= limits.liveTasksPerProject()
        ? new Answer.Full(Answer.Full.Of.PROJECT_QUEUE, limits.liveTasksPerProject())
        : null;
  }

  void entered(TaskEntry task) {
    total++;
    byProject.merge(task.terms.project(), 1, Integer::sum);
  }

  void left(TaskEntry task) {
    total--;
    byProject.computeIfPresent(
        task.terms.project(), (project, count) -> count == 1 ? null : count - 1);
  }

  int total() {
    return total;
  }

  int of(String project) {
    return byProject.getOrDefault(project, 0);
  }

  /** How many projects have tasks. */
  int projects() {
    return byProject.size();
  }
}
