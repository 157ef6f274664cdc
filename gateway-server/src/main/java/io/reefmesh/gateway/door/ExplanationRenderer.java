package io.reefmesh.gateway.door;

import com.google.protobuf.util.Timestamps;
import io.reefmesh.balancer.AttemptOutcome;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Explanation;
import io.reefmesh.balancer.Failure;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.gateway.store.CoreProtos;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.v1.ExplainTaskResponse;
import io.reefmesh.v1.NodeVerdict;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Why a task waits, where it runs, or what became of it, as people read it. */
public final class ExplanationRenderer {

  /** Attempts that are told of one by one. */
  private static final int MAX_TOLD = 5;

  private static final int MAX_MESSAGE = 300;

  private ExplanationRenderer() {}

  /** A live task. */
  public static ExplainTaskResponse render(Explanation explanation) {
    ExplainTaskResponse.Builder response =
        ExplainTaskResponse.newBuilder()
            .setId(explanation.id().toString())
            .setState(CoreProtos.toProto(explanation.state()))
            .setSummary(explanation.summary())
            .setTasksAhead(explanation.tasksAhead())
            .setNodesLeftOut(explanation.nodesLeftOut());
    if (explanation.waitReason() != null) {
      response.setWaitReason(CoreProtos.toProto(explanation.waitReason()));
    }
    explanation.nodes().forEach(verdict -> response.addNodes(render(verdict)));
    return response.build();
  }

  private static NodeVerdict render(Explanation.NodeVerdict verdict) {
    NodeVerdict.Builder node =
        NodeVerdict.newBuilder()
            .setNodeId(verdict.nodeId())
            .setState(CoreProtos.toProto(verdict.state()))
            .setEligible(verdict.eligible())
            .setReason(verdict.reason());
    if (verdict.untilMillis() > 0) {
      node.setUntil(Timestamps.fromMillis(verdict.untilMillis()));
    }
    return node.build();
  }

  /** An ended task: what happened to it, from its record. */
  public static ExplainTaskResponse render(StoredTask ended) {
    return ExplainTaskResponse.newBuilder()
        .setId(ended.id().toString())
        .setState(CoreProtos.toProto(ended.state()))
        .setSummary(outcome(ended) + attempts(ended.history()) + retryOf(ended))
        .build();
  }

  private static String outcome(StoredTask task) {
    String when =
        " "
            + show(Duration.ofMillis(task.finishedAtMillis() - task.id().createdAtMillis()))
            + " after it was accepted";
    return switch (task.state()) {
      case SUCCEEDED -> "It succeeded on node " + task.nodeId() + when + ".";
      case FAILED -> "It failed" + when + why(task.failure()) + ".";
      case CANCELLED -> "It was cancelled" + when + why(task.failure()) + ".";
      case EXPIRED -> "It expired" + when + why(task.failure()) + ".";
      case QUEUED, ASSIGNED, RUNNING ->
          throw new IllegalStateException("task " + task.id() + " has not ended");
    };
  }

  private static String attempts(List<AttemptRecord> history) {
    if (history.isEmpty()) {
      return " No node ever got it.";
    }
    long charged = history.stream().filter(attempt -> attempt.outcome().isCharged()).count();
    StringBuilder text = new StringBuilder(" Attempts: ").append(history.size());
    if (charged < history.size()) {
      text.append(", of which ").append(charged).append(" counted");
    }
    int from = Math.max(0, history.size() - MAX_TOLD);
    text.append(from > 0 ? " (the last " + MAX_TOLD + " are told)" : "").append(". ");
    for (AttemptRecord attempt : history.subList(from, history.size())) {
      text.append(attempt(attempt));
    }
    return text.toString().stripTrailing();
  }

  private static String attempt(AttemptRecord attempt) {
    return "Attempt "
        + attempt.number()
        + " on node "
        + attempt.nodeId()
        + " "
        + words(attempt.outcome())
        + why(attempt.failure())
        + ". ";
  }

  private static String words(AttemptOutcome outcome) {
    return switch (outcome) {
      case SUCCEEDED -> "succeeded";
      case FAILED -> "failed";
      case REFUSED -> "was refused";
      case UNRECEIVED -> "never arrived";
      case LOST -> "was lost with its node";
      case TIMED_OUT -> "took too long";
      case CANCELLED -> "was stopped";
    };
  }

  private static String why(@Nullable Failure failure) {
    return failure == null
        ? ""
        : ": " + failure.code() + ", " + Printable.cut(unpointed(failure.message()), MAX_MESSAGE);
  }

  private static String unpointed(String message) {
    return message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
  }

  private static String retryOf(StoredTask task) {
    TaskId old = task.body().retryOf();
    return old == null ? "" : " It is a retry of task " + old + ".";
  }

  private static String show(Duration time) {
    double seconds = time.toMillis() / 1_000.0;
    return seconds < 120
        ? String.format(Locale.ROOT, "%.1f s", seconds)
        : time.toMinutes() < 120 ? time.toMinutes() + " min" : time.toHours() + " h";
  }
}
