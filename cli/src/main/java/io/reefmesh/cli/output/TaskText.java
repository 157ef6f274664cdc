package io.reefmesh.cli.output;

import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.AttemptOutcome;
import io.reefmesh.v1.Failure;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskState;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** Tasks as people read them. */
public final class TaskText {

  private static final String STATE_PREFIX = "TASK_STATE_";
  private static final String OUTCOME_PREFIX = "ATTEMPT_OUTCOME_";

  private TaskText() {}

  /** A row per task. */
  public static String table(List<Task> tasks, Instant now) {
    TextTable table =
        new TextTable("ID", "TYPE", "STATE", "PRIO", "ATTEMPTS", "NODE", "AGE", "TOOK");
    for (Task task : tasks) {
      table.row(
          task.getId(),
          task.getSpec().getType(),
          name(task.getState()),
          task.getSpec().getPriority(),
          task.getAttemptsCount(),
          lastNode(task),
          TimeText.ago(task.getCreateTime(), now),
          TimeText.between(task.getCreateTime(), task.getFinishTime()));
    }
    return table.render();
  }

  /** Everything about one task. */
  public static String details(Task task, Instant now) {
    StringBuilder text = new StringBuilder();
    fact(text, "id", task.getId());
    fact(text, "type", task.getSpec().getType());
    fact(text, "state", name(task.getState()));
    fact(text, "waits for", task.getWaitReason().getMessage());
    fact(text, "project", task.getProject());
    fact(text, "priority", String.valueOf(task.getSpec().getPriority()));
    fact(text, "session", task.getSpec().getSessionId());
    fact(text, "request id", task.getRequestId());
    fact(text, "requires", String.join(", ", task.getSpec().getRequiredCapabilitiesList()));
    fact(text, "labels", labels(task.getSpec().getLabelsMap()));
    fact(text, "created", TimeText.full(task.getCreateTime()));
    if (task.hasFinishTime()) {
      fact(text, "finished", TimeText.full(task.getFinishTime()));
    }
    if (task.hasFailure()) {
      fact(text, "failure", failure(task.getFailure()));
    }
    if (task.getAttemptsCount() > 0) {
      text.append('\n').append(attempts(task, now));
    }
    return text.toString();
  }

  /** How it ended, in one line: "task 01j… failed: HANDLER_ERROR: …". */
  public static String outcome(Task task) {
    String begin = "task " + task.getId() + " " + name(task.getState());
    return task.hasFailure() ? begin + ": " + failure(task.getFailure()) : begin;
  }

  /** The word for a state: "queued". */
  public static String name(TaskState state) {
    return word(state.name(), STATE_PREFIX);
  }

  /** Labels in one line. */
  static String labels(java.util.Map<String, String> labels) {
    return labels.entrySet().stream()
        .sorted(java.util.Map.Entry.comparingByKey())
        .map(label -> label.getKey() + "=" + label.getValue())
        .collect(java.util.stream.Collectors.joining(", "));
  }

  /** The last part of an enum constant's name, in lower case. */
  static String word(String constant, String prefix) {
    String bare = constant.startsWith(prefix) ? constant.substring(prefix.length()) : constant;
    return bare.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** One line of a list of facts; nothing if there is no value. */
  static void fact(StringBuilder text, String name, String value) {
    if (!value.isEmpty()) {
      text.append(String.format(Locale.ROOT, "%-12s%s%n", name, TextTable.printable(value)));
    }
  }

  private static String attempts(Task task, Instant now) {
    TextTable table = new TextTable("ATTEMPT", "NODE", "OUTCOME", "CHARGED", "AGE", "TOOK", "WHY");
    for (Attempt attempt : task.getAttemptsList()) {
      table.row(
          attempt.getNumber(),
          attempt.getNodeId(),
          attempt.getOutcome() == AttemptOutcome.ATTEMPT_OUTCOME_UNSPECIFIED
              ? "open"
              : word(attempt.getOutcome().name(), OUTCOME_PREFIX),
          attempt.getCharged() ? "yes" : "no",
          TimeText.ago(attempt.getAssignTime(), now),
          TimeText.between(attempt.getAssignTime(), attempt.getEndTime()),
          attempt.hasFailure() ? failure(attempt.getFailure()) : "");
    }
    return table.render();
  }

  private static String failure(Failure failure) {
    return failure.getMessage().isEmpty()
        ? failure.getCode()
        : failure.getCode() + ": " + failure.getMessage();
  }

  private static String lastNode(Task task) {
    return task.getAttemptsCount() == 0
        ? "-"
        : task.getAttempts(task.getAttemptsCount() - 1).getNodeId();
  }
}
