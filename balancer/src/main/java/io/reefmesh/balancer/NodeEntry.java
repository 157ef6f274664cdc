package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Comparator;
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

  /** Which of its process life's links was the last that counted; 0: not known. */
  long linkNumber;

  /** How many pushes were made on this link. */
  long pushes;

  /** It said Hello to this gateway process at least once: its profile is known. */
  boolean introduced;

  boolean busyByItsWord;
  boolean leaving;
  boolean silent;
  boolean offline;

  /** An operator drains it: holds for every process life of it. */
  boolean drained;

  String drainReason = "";

  /** What it was told of beats, and what that means for its silence and its leases. */
  long beatMillis;

  long silentAfterMillis;
  long leaseMillis;

  /** When it changed last, in the count of the mesh. */
  long version;

  /** How it fares, as a whole and by task type; the oldest first. */
  final Circuit circuit;

  final Map<String, Circuit> typeCircuits = new LinkedHashMap<>();
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

  NodeEntry(String id, String incarnation, NodeProfile profile, DispatcherConfig config) {
    this.id = id;
    this.incarnation = incarnation;
    this.profile = profile;
    this.circuit = new Circuit(this, null, config.health().windowMillis());
    this.beatMillis = config.pace().beatMillis();
    this.silentAfterMillis = config.silentAfterMillis();
    this.leaseMillis = config.leaseMillis();
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
    if (leaving || drained) {
      return NodeState.DRAINING;
    }
    if (circuit.isTroubled()) {
      return NodeState.UNHEALTHY;
    }
    return busyByItsWord || !hasFreeSlot() ? NodeState.BUSY : NodeState.ONLINE;
  }

  /** Why it stands there, for people; empty when that is plain. */
  String stateReason() {
    return switch (state()) {
      case UNHEALTHY -> circuit.reason;
      case DRAINING ->
          leaving
              ? reason
              : drainReason.isEmpty()
                  ? "drained by an operator"
                  : "drained by an operator: " + drainReason;
      case BUSY -> busyByItsWord ? "busy by its own word" : "";
      case ONLINE -> "";
      case SUSPECT, OFFLINE -> reason;
    };
  }

  /** Whether a task may be given to it now: the node on trial takes one at a time. */
  boolean hasRoom() {
    return switch (state()) {
      case ONLINE -> true;
      case UNHEALTHY -> !circuit.blocks() && !busyByItsWord && hasFreeSlot();
      case BUSY, DRAINING, SUSPECT, OFFLINE -> false;
    };
  }

  /** Whether it can serve a requirement, and does not cool down for its type. */
  boolean serves(Requirement requirement) {
    Circuit ofType = typeCircuits.get(requirement.type());
    return (ofType == null || !ofType.blocks()) && profile.serves(requirement);
  }

  NodePicker.Candidate candidate() {
    return new NodePicker.Candidate(
        id, hasRoom(), inFlight(), profile.slots(), profile.weight(), cpuLoad, memoryLoad);
  }

  private ImmutableList<NodeView.CoolDown> coolDowns() {
    return typeCircuits.values().stream()
        .filter(Circuit::isTroubled)
        .limit(NodeView.MAX_COOL_DOWNS)
        .map(of -> new NodeView.CoolDown(String.valueOf(of.type), of.retryAtMillis(), of.reason))
        .sorted(Comparator.comparing(NodeView.CoolDown::type))
        .collect(ImmutableList.toImmutableList());
  }

  NodeView view() {
    List<NodeView.Held> held = new ArrayList<>(inFlight());
    leases.values().forEach(task -> held.add(new NodeView.Held(task.id, task.attempt, false)));
    holds.values().forEach(hold -> held.add(new NodeView.Held(hold.id, hold.attempt, true)));
    return new NodeView(
        id,
        incarnation,
        state(),
        stateReason(),
        profile,
        ImmutableList.copyOf(held),
        cpuLoad,
        memoryLoad,
        linkedAtMillis,
        heardAtMillis,
        succeeded,
        failed,
        coolDowns(),
        state() == NodeState.UNHEALTHY ? circuit.retryAtMillis() : 0,
        drained);
  }
}
