package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A node. Owned by the dispatcher: {@link NodeLife} changes it, everyone else in here reads. */
final class NodeEntry extends Timed {

  static final long NO_LINK = -1;

  /** More holds than any node has slots: beyond it a node makes attempts up. */
  static final int MAX_HOLDS = 200_000;

  final String id;
  String incarnation;
  NodeProfile profile;

  /** The stream it is reached by; {@link #NO_LINK} while there is none. */
  long link = NO_LINK;

  /** How many pushes were made on this link. */
  long pushes;

  /** It said Hello to this gateway process at least once: its profile is known. */
  boolean introduced;

  boolean busyByItsWord;
  boolean leaving;
  boolean silent;
  boolean offline;
  String reason = "";

  double cpuLoad;
  double memoryLoad;
  long linkedAtMillis;
  long heardAtMillis;

  /** When a SUSPECT node is given up; when an OFFLINE node is forgotten. */
  long givenUpAtMillis = NEVER;

  long succeeded;
  long failed;

  /** A process that claims this id, while this one is asked whether it lives. */
  @Nullable Newcomer newcomer;

  /**
   * Leases and holds: the slots in use. In the order they came, so that walks are deterministic.
   */
  final Map<TaskId, TaskEntry> leases = new LinkedHashMap<>();

  final Map<Effect.AttemptRef, Hold> holds = new LinkedHashMap<>();

  /** The ready groups it can serve. */
  final Set<ReadyGroup> groups = new LinkedHashSet<>();

  NodeState lastState = NodeState.OFFLINE;

  NodeEntry(String id, String incarnation, NodeProfile profile) {
    this.id = id;
    this.incarnation = incarnation;
    this.profile = profile;
  }

  boolean isLinked() {
    return link != NO_LINK;
  }

  int inFlight() {
    return leases.size() + holds.size();
  }

  boolean hasFreeSlot() {
    return inFlight() < profile.slots();
  }

  NodeState state() {
    if (offline) {
      return NodeState.OFFLINE;
    }
    if (!isLinked() || silent) {
      return NodeState.SUSPECT;
    }
    if (leaving) {
      return NodeState.DRAINING;
    }
    return busyByItsWord || !hasFreeSlot() ? NodeState.BUSY : NodeState.ONLINE;
  }

  NodePicker.Candidate candidate() {
    return new NodePicker.Candidate(
        id,
        state() == NodeState.ONLINE,
        inFlight(),
        profile.slots(),
        profile.weight(),
        cpuLoad,
        memoryLoad);
  }

  NodeView view() {
    List<NodeView.Held> held = new ArrayList<>(inFlight());
    leases.values().forEach(task -> held.add(new NodeView.Held(task.id, task.attempt, false)));
    holds.values().forEach(hold -> held.add(new NodeView.Held(hold.id, hold.attempt, true)));
    return new NodeView(
        id,
        incarnation,
        state(),
        reason,
        profile,
        ImmutableList.copyOf(held),
        cpuLoad,
        memoryLoad,
        linkedAtMillis,
        heardAtMillis,
        succeeded,
        failed);
  }
}
