package io.reefmesh.chaos.history;

import io.reefmesh.chaos.work.Effect;
import io.reefmesh.chaos.work.Effect.Kind;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.AttemptOutcome;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The rules that every history must obey, whatever was done to the mesh. Pure: it only reads what
 * was recorded.
 */
public final class Checker {

  /** Attempts that ended so were never begun. */
  private static final Set<AttemptOutcome> WITHOUT_EFFECT =
      Set.of(AttemptOutcome.ATTEMPT_OUTCOME_REFUSED, AttemptOutcome.ATTEMPT_OUTCOME_UNRECEIVED);

  private final Evidence evidence;
  private final List<Finding> findings = new ArrayList<>();
  private final Map<String, List<Effect>> effectsByTask = new HashMap<>();

  private Checker(Evidence evidence) {
    this.evidence = evidence;
    evidence
        .effects()
        .forEach(
            effect ->
                effectsByTask
                    .computeIfAbsent(effect.taskId(), id -> new ArrayList<>())
                    .add(effect));
  }

  /** Everything that breaks a rule. */
  public static List<Finding> check(Evidence evidence) {
    return new Checker(evidence).findings();
  }

  private List<Finding> findings() {
    findings.addAll(evidence.history().odd());
    everyRequestIsOneTask();
    everyAcknowledgedTaskEnded();
    nothingEndedTwice();
    everyTokenWasUsedOnce();
    evidence.history().outcomes().forEach((id, outcome) -> endIsTrue(id, outcome));
    everyEffectHasATask();
    theListIsComplete();
    findings.addAll(SessionRules.check(evidence));
    return findings;
  }

  private void found(String rule, String text) {
    findings.add(new Finding(rule, text));
  }

  private void everyRequestIsOneTask() {
    Map<String, String> owner = new HashMap<>();
    for (Submission submission : evidence.history().submissions()) {
      Set<String> ids = submission.taskIds();
      if (ids.size() > 1) {
        found("request-id", submission.requestId() + " became several tasks: " + ids);
      }
      for (String id : ids) {
        String other = owner.putIfAbsent(id, submission.requestId());
        if (other != null) {
          found(
              "request-id", "task " + id + " answers " + other + " and " + submission.requestId());
        }
      }
      if (submission.isUnknown()) {
        found("undecided", submission.requestId() + " was never answered, not even in the end");
      }
    }
  }

  /** Acknowledged = finished. */
  private void everyAcknowledgedTaskEnded() {
    for (Submission submission : evidence.history().submissions()) {
      for (String id : submission.taskIds()) {
        if (evidence.history().outcome(id) == null) {
          found("lost", "task " + id + " (" + submission.requestId() + ") has no outcome");
        }
      }
    }
  }

  private void nothingEndedTwice() {
    evidence
        .history()
        .outcomes()
        .forEach(
            (id, outcome) ->
                outcome
                    .conflicts()
                    .forEach(conflict -> found("second-outcome", "task " + id + ": " + conflict)));
  }

  /** No two nodes, and no two lives of one, with the same task and attempt. */
  private void everyTokenWasUsedOnce() {
    Map<String, Effect> first = new HashMap<>();
    for (Effect effect : evidence.effects()) {
      if (effect.kind() == Kind.BEGUN) {
        Effect other = first.putIfAbsent(effect.token(), effect);
        if (other != null) {
          found("token", effect.token() + " began twice: " + other + " and " + effect);
        }
      }
    }
  }

  private void endIsTrue(String id, Outcome outcome) {
    Task task = outcome.task();
    List<Effect> effects = effectsByTask.getOrDefault(id, List.of());
    attemptsAreBounded(task, effects);
    attemptsAreThoseThatRan(task, effects);
    switch (task.getState()) {
      case TASK_STATE_SUCCEEDED -> successIsReal(task, outcome, effects);
      case TASK_STATE_FAILED -> failureIsExplained(task);
      case TASK_STATE_CANCELLED -> cancelWasAsked(task);
      case TASK_STATE_EXPIRED ->
          found("expired", "task " + id + " expired, although its times are hours: " + task);
      default -> found("second-outcome", "task " + id + " ended as " + task.getState());
    }
  }

  private void attemptsAreBounded(Task task, List<Effect> effects) {
    int most = task.getSpec().getRetry().getMaxAttempts();
    long begun =
        effects.stream()
            .filter(effect -> effect.kind() == Kind.BEGUN)
            .map(Effect::attempt)
            .distinct()
            .count();
    long charged = task.getAttemptsList().stream().filter(Attempt::getCharged).count();
    if (begun > most || charged > most) {
      found(
          "attempts",
          "task "
              + task.getId()
              + " may have "
              + most
              + " attempts, began "
              + begun
              + " and was charged "
              + charged);
    }
  }

  private void attemptsAreThoseThatRan(Task task, List<Effect> effects) {
    Map<Integer, Attempt> told = new TreeMap<>();
    task.getAttemptsList().forEach(attempt -> told.put(attempt.getNumber(), attempt));
    for (Effect effect : effects) {
      if (effect.kind() != Kind.BEGUN) {
        continue;
      }
      Attempt attempt = told.get(effect.attempt());
      if (attempt == null) {
        found("phantom", effect.token() + " ran and is not in the task's record: " + effect);
      } else if (!attempt.getNodeId().equals(effect.node())) {
        found(
            "phantom",
            effect.token() + " ran on " + effect.node() + ", recorded for " + attempt.getNodeId());
      } else if (WITHOUT_EFFECT.contains(attempt.getOutcome())) {
        found("uncharged", effect.token() + " ran and is recorded as " + attempt.getOutcome());
      }
    }
  }

  private void successIsReal(Task task, Outcome outcome, List<Effect> effects) {
    if (task.getAttemptsCount() == 0) {
      found("false-success", "task " + task.getId() + " succeeded without an attempt");
      return;
    }
    Attempt last = task.getAttempts(task.getAttemptsCount() - 1);
    Effect done =
        effects.stream()
            .filter(effect -> effect.kind() == Kind.DONE && effect.attempt() == last.getNumber())
            .findFirst()
            .orElse(null);
    if (done == null || last.getOutcome() != AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED) {
      found("false-success", "no handler finished what is recorded: " + last);
    } else if (outcome.wasSeenWhole()
        && !outcome
            .result()
            .equals(Effect.result(task.getId(), done.attempt(), done.node(), done.life()))) {
      found("false-success", done.token() + " gave another result: " + outcome.result());
    }
  }

  /** A retryable failure is no end while attempts are left. */
  private void failureIsExplained(Task task) {
    long charged = task.getAttemptsList().stream().filter(Attempt::getCharged).count();
    if (task.getFailure().getRetryable() && charged < task.getSpec().getRetry().getMaxAttempts()) {
      found("gave-up", "task " + task.getId() + " failed with attempts left: " + task.getFailure());
    }
  }

  private void cancelWasAsked(Task task) {
    boolean asked =
        evidence.history().ofTask(task.getId()).map(Submission::isCancelAsked).orElse(false);
    if (!asked) {
      found("cancelled", "nobody asked to cancel task " + task.getId() + ": " + task.getFailure());
    }
  }

  private void everyEffectHasATask() {
    for (String id : effectsByTask.keySet()) {
      if (evidence.history().ofTask(id).isEmpty()) {
        found("phantom", "task " + id + " ran and nobody submitted it");
      }
    }
  }

  private void theListIsComplete() {
    Set<String> listed = new HashSet<>();
    Map<String, String> byRequest = new HashMap<>();
    for (Task task : evidence.listed()) {
      if (!listed.add(task.getId())) {
        found("list", "task " + task.getId() + " is listed twice");
        continue;
      }
      String other = byRequest.putIfAbsent(task.getRequestId(), task.getId());
      if (other != null) {
        found(
            "request-id",
            task.getRequestId() + " is two tasks in the mesh: " + other + " and " + task.getId());
      }
      if (evidence.history().submission(task.getRequestId()).isEmpty()) {
        found("phantom", "task " + task.getId() + " is listed and nobody submitted it");
      }
    }
    for (Submission submission : evidence.history().submissions()) {
      for (String id : submission.taskIds()) {
        if (!listed.contains(id)) {
          found("list", "task " + id + " was acknowledged and is not listed");
        }
      }
      if (submission.isRefused() && byRequest.containsKey(submission.requestId())) {
        found("request-id", submission.requestId() + " was refused, and is a task all the same");
      }
    }
  }

  /** The states that a run of this kind can end in. */
  static boolean isSuccess(Task task) {
    return task.getState() == TaskState.TASK_STATE_SUCCEEDED;
  }
}
