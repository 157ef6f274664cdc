package io.reefmesh.chaos.history;

import io.reefmesh.chaos.work.Effect;
import io.reefmesh.chaos.work.Effect.Kind;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.Task;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Tasks of a session run one after the other, in the order in which they were accepted. Looked at
 * are the attempts that gave the results: those that were lost may have gone on by themselves.
 */
final class SessionRules {

  /** The attempt that gave a task's result, on the machine's monotonic clock. */
  private record Turn(Submission submission, String taskId, long beganNanos, long doneNanos) {}

  private SessionRules() {}

  static List<Finding> check(Evidence evidence) {
    Map<String, Effect> begun = new HashMap<>();
    Map<String, Effect> done = new HashMap<>();
    for (Effect effect : evidence.effects()) {
      if (effect.kind() == Kind.BEGUN) {
        begun.put(effect.token(), effect);
      } else if (effect.kind() == Kind.DONE) {
        done.put(effect.token(), effect);
      }
    }
    Map<String, List<Turn>> sessions = new HashMap<>();
    for (Submission submission : evidence.history().submissions()) {
      Turn turn = turn(evidence, submission, begun, done);
      if (turn != null) {
        sessions
            .computeIfAbsent(submission.spec().getSessionId(), id -> new ArrayList<>())
            .add(turn);
      }
    }
    List<Finding> findings = new ArrayList<>();
    sessions.forEach((session, turns) -> check(session, turns, findings));
    return findings;
  }

  private static @Nullable Turn turn(
      Evidence evidence,
      Submission submission,
      Map<String, Effect> begun,
      Map<String, Effect> done) {
    if (submission.spec().getSessionId().isEmpty() || submission.taskIds().size() != 1) {
      return null;
    }
    String id = submission.taskIds().iterator().next();
    Outcome outcome = evidence.history().outcome(id);
    if (outcome == null || !Checker.isSuccess(outcome.task())) {
      return null;
    }
    Task task = outcome.task();
    if (task.getAttemptsCount() == 0) {
      return null;
    }
    Attempt last = task.getAttempts(task.getAttemptsCount() - 1);
    Effect first = begun.get(Effect.token(id, last.getNumber()));
    Effect end = done.get(Effect.token(id, last.getNumber()));
    return first == null || end == null
        ? null
        : new Turn(submission, id, first.nanos(), end.nanos());
  }

  private static void check(String session, List<Turn> turns, List<Finding> findings) {
    turns.sort(Comparator.comparingLong(Turn::beganNanos));
    for (int i = 1; i < turns.size(); i++) {
      Turn before = turns.get(i - 1);
      Turn after = turns.get(i);
      if (after.beganNanos() < before.doneNanos()) {
        findings.add(
            new Finding(
                "session",
                "tasks "
                    + before.taskId()
                    + " and "
                    + after.taskId()
                    + " of session "
                    + session
                    + " ran at the same time"));
      }
      // Accepted before the other was even asked for.
      if (after.submission().acknowledgedNanos() < before.submission().invokedNanos()) {
        findings.add(
            new Finding(
                "session",
                "task "
                    + after.taskId()
                    + " of session "
                    + session
                    + " was accepted before "
                    + before.taskId()
                    + " was submitted, and ran after it"));
      }
    }
  }
}
