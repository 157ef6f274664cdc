package io.reefmesh.chaos.history;

import io.reefmesh.v1.Task;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** Everything that callers of the mesh did and saw. Thread-safe. */
public final class History {

  private final Map<String, Submission> submissions = new ConcurrentHashMap<>();
  private final Map<String, Submission> byTask = new ConcurrentHashMap<>();
  private final Map<String, Outcome> outcomes = new ConcurrentHashMap<>();
  private final Collection<Finding> odd = new ConcurrentLinkedQueue<>();

  /** A request id is about to be used for the first time. */
  public void invoked(Submission submission) {
    submissions.put(submission.requestId(), submission);
  }

  /** A submission was answered with a task; it may have ended long ago. */
  public void acknowledged(Submission submission, Task task) {
    submission.acknowledged(task.getId(), System.nanoTime());
    byTask.putIfAbsent(task.getId(), submission);
    if (!task.getRequestId().equals(submission.requestId())) {
      odd(
          "request-id",
          "task "
              + task.getId()
              + " is given for "
              + submission.requestId()
              + " and belongs to "
              + task.getRequestId());
    }
  }

  /**
   * A reader saw a task.
   *
   * @param whole whether the reader sees payload and result
   * @param seenBy how, for people
   * @param askedNanos when the reader asked: a task that had been seen to end before must have
   *     ended
   */
  public void seen(Task task, boolean whole, String seenBy, long askedNanos) {
    if (!Outcome.isFinal(task)) {
      Outcome before = outcomes.get(task.getId());
      if (before != null && askedNanos > before.firstSeenNanos()) {
        odd(
            "second-outcome",
            "task "
                + task.getId()
                + " had ended as "
                + before.task().getState()
                + ", then "
                + seenBy
                + " saw it "
                + task.getState());
      }
      return;
    }
    long now = System.nanoTime();
    boolean[] isFirst = {false};
    Outcome outcome =
        outcomes.computeIfAbsent(
            task.getId(),
            id -> {
              isFirst[0] = true;
              return new Outcome(task, whole, seenBy, now);
            });
    if (!isFirst[0]) {
      outcome.seenAgain(task, whole, seenBy);
    }
  }

  /** Something that breaks a rule was seen on the spot. */
  public void odd(String rule, String text) {
    odd.add(new Finding(rule, text));
  }

  /** All request ids. */
  public Collection<Submission> submissions() {
    return submissions.values();
  }

  /** What was asked for under a request id. */
  public Optional<Submission> submission(String requestId) {
    return Optional.ofNullable(submissions.get(requestId));
  }

  /** The submission a task came of. */
  public Optional<Submission> ofTask(String taskId) {
    return Optional.ofNullable(byTask.get(taskId));
  }

  /** The end of a task, as far as anybody saw it. */
  public @Nullable Outcome outcome(String taskId) {
    return outcomes.get(taskId);
  }

  /** All ends that were seen, by task id. */
  public Map<String, Outcome> outcomes() {
    return outcomes;
  }

  /** What was odd on the spot. */
  public List<Finding> odd() {
    return List.copyOf(odd);
  }

  /** Ids of tasks that were acknowledged and whose end nobody saw. */
  public List<String> open() {
    return byTask.keySet().stream().filter(id -> !outcomes.containsKey(id)).sorted().toList();
  }
}
