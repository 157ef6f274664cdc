package io.reefmesh.cli.output;

import io.reefmesh.v1.CoolDown;
import io.reefmesh.v1.HeldTask;
import io.reefmesh.v1.Node;
import io.reefmesh.v1.NodeState;
import java.time.Instant;
import java.util.List;

/** Nodes as people read them. */
public final class NodeText {

  private static final String STATE_PREFIX = "NODE_STATE_";

  private NodeText() {}

  /** A row per node. */
  public static String table(List<Node> nodes, Instant now) {
    TextTable table = new TextTable("ID", "STATE", "USED", "SLOTS", "CPU", "MEM", "HEARD", "TYPES");
    for (Node node : nodes) {
      table.row(
          node.getId(),
          name(node.getState()),
          node.getHeldCount(),
          node.getSlots(),
          percent(node.getCpuLoad()),
          percent(node.getMemoryLoad()),
          TimeText.ago(node.getHeardTime(), now),
          node.getTaskTypesCount() == 0 ? "any" : String.join(",", node.getTaskTypesList()));
    }
    return table.render();
  }

  /** What matters of one node, in a line. */
  public static String line(Node node) {
    return node.getId()
        + " "
        + name(node.getState())
        + ", "
        + node.getHeldCount()
        + " of "
        + node.getSlots()
        + " slots used"
        + (node.getStateReason().isEmpty() ? "" : ": " + node.getStateReason());
  }

  /** Everything about one node. */
  public static String details(Node node, Instant now) {
    StringBuilder text = new StringBuilder();
    TaskText.fact(text, "id", node.getId());
    TaskText.fact(text, "state", name(node.getState()));
    TaskText.fact(text, "because", node.getStateReason());
    if (node.hasRetryTime()) {
      TaskText.fact(text, "tried again", TimeText.full(node.getRetryTime()));
    }
    TaskText.fact(text, "incarnation", node.getIncarnation());
    TaskText.fact(text, "types", String.join(", ", node.getTaskTypesList()));
    TaskText.fact(text, "offers", String.join(", ", node.getCapabilitiesList()));
    TaskText.fact(text, "labels", TaskText.labels(node.getLabelsMap()));
    TaskText.fact(text, "slots", node.getHeldCount() + " of " + node.getSlots() + " used");
    TaskText.fact(
        text,
        "load",
        "cpu " + percent(node.getCpuLoad()) + ", memory " + percent(node.getMemoryLoad()));
    TaskText.fact(
        text,
        "attempts",
        node.getAttemptsSucceeded() + " succeeded, " + node.getAttemptsFailed() + " failed");
    TaskText.fact(text, "software", node.getSoftwareVersion());
    TaskText.fact(text, "address", node.getAddress());
    TaskText.fact(text, "linked", TimeText.full(node.getLinkTime()));
    TaskText.fact(text, "heard", TimeText.ago(node.getHeardTime(), now) + " ago");
    if (node.getCoolDownsCount() > 0) {
      TextTable table = new TextTable("COOLS DOWN FOR", "UNTIL", "BECAUSE");
      for (CoolDown cool : node.getCoolDownsList()) {
        table.row(
            cool.getTaskType(),
            cool.hasUntil() ? TimeText.full(cool.getUntil()) : "on trial",
            cool.getReason());
      }
      text.append('\n').append(table.render());
    }
    if (node.getHeldCount() > 0) {
      TextTable table = new TextTable("TASK", "ATTEMPT", "HOLD");
      for (HeldTask held : node.getHeldList()) {
        table.row(held.getTaskId(), held.getAttempt(), held.getHold() ? "yes" : "no");
      }
      text.append('\n').append(table.render());
    }
    return text.toString();
  }

  /** The word for a state: "online". */
  public static String name(NodeState state) {
    return TaskText.word(state.name(), STATE_PREFIX);
  }

  private static String percent(double share) {
    return Math.round(share * 100) + " %";
  }
}
