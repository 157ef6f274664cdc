package io.reefmesh.cli.output;

import io.reefmesh.v1.ExplainTaskResponse;
import io.reefmesh.v1.NodeVerdict;
import java.time.Duration;
import java.time.Instant;

/** Explanations as people read them: the answer first, then the nodes. */
public final class ExplanationText {

  private ExplanationText() {}

  /** All of it. */
  public static String of(ExplainTaskResponse explanation, Instant now) {
    StringBuilder text = new StringBuilder();
    text.append("task ")
        .append(explanation.getId())
        .append(" is ")
        .append(TaskText.name(explanation.getState()))
        .append(".\n")
        .append(TextTable.printable(explanation.getSummary()))
        .append('\n');
    if (!explanation.getWaitReason().getBlockingTaskId().isEmpty()) {
      text.append("In its way: task ")
          .append(explanation.getWaitReason().getBlockingTaskId())
          .append(" (reefmesh tasks explain tells why that one waits).\n");
    }
    if (explanation.getWaitReason().hasUntil()) {
      text.append("That ends by itself in ")
          .append(left(TimeText.instant(explanation.getWaitReason().getUntil()), now))
          .append(".\n");
    }
    if (explanation.getNodesCount() > 0) {
      text.append('\n').append(table(explanation, now));
    }
    if (explanation.getNodesLeftOut() > 0) {
      text.append("and ").append(explanation.getNodesLeftOut()).append(" more nodes\n");
    }
    return text.toString();
  }

  private static String table(ExplainTaskResponse explanation, Instant now) {
    TextTable table = new TextTable("NODE", "STATE", "COULD TAKE IT", "FOR", "WHY");
    for (NodeVerdict node : explanation.getNodesList()) {
      table.row(
          node.getNodeId(),
          NodeText.name(node.getState()),
          node.getEligible() ? "yes" : "no",
          node.hasUntil() ? left(TimeText.instant(node.getUntil()), now) : "-",
          node.getReason());
    }
    return table.render();
  }

  private static String left(Instant until, Instant now) {
    Duration left = Duration.between(now, until);
    return Durations.show(left.isNegative() ? Duration.ZERO : left);
  }
}
