package io.reefmesh.balancer;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All live state of the mesh, and the effects of the step under way. Owned by one {@link
 * Dispatcher} and its parts; nobody else ever sees it.
 */
final class MeshState {

  final DispatcherConfig config;
  final Map<TaskId, TaskEntry> tasks = new HashMap<>();

  /** By id, so that walks are in a fixed order. */
  final TreeMap<String, NodeEntry> nodes = new TreeMap<>();

  /** The nodes by their present links. */
  final Map<Long, NodeEntry> links = new HashMap<>();

  /** Processes that claim a linked node's id, by their links. */
  final Map<Long, Newcomer> newcomers = new HashMap<>();

  final Timers timers = new Timers();
  final ReadyQueue ready;
  final SessionLines sessions = new SessionLines();
  final RequestIds requestIds;
  final Backlog backlog;
  final RecentOutcomes recent = new RecentOutcomes();
  final QueueDepths depths = new QueueDepths();
  final AffinityFigures affinity = new AffinityFigures();
  final Map<TaskState, Long> outcomes = new EnumMap<>(TaskState.class);
  final SplittableRandom random;

  /** How many live tasks are in which state. */
  final TaskCounts counts = new TaskCounts();

  /** Nodes with a circuit that keeps work away; in the order they got into trouble. */
  final Set<NodeEntry> troubled = new LinkedHashSet<>();

  /** Grows with every change of a node. */
  long nodeVersion;

  /** Messages that came by a link that no longer counts, or about attempts that no longer do. */
  long staleMessages;

  /** The time of the step under way. */
  long nowMillis;

  /** After a start, nodes get this long to come back with what they hold. */
  long adoptionEndsMillis;

  /** False while the gateway is stopping. */
  boolean placing = true;

  private List<Effect> effects = new ArrayList<>();

  MeshState(DispatcherConfig config, long seed) {
    this.config = config;
    this.random = new SplittableRandom(seed);
    this.ready = new ReadyQueue(config.strategy(), config.queue(), nodes.values(), () -> nowMillis);
    // Of a generator of its own: the draws of the other are part of many tests' stories.
    SplittableRandom keys = new SplittableRandom(~seed);
    this.requestIds =
        new RequestIds(
            config.requestIdMillis(),
            config.backlog().requestIds(),
            new TextHash(keys.nextLong(), keys.nextLong()));
    this.backlog = new Backlog(config.backlog());
  }

  void emit(Effect effect) {
    effects.add(effect);
  }

  List<Effect> takeEffects() {
    List<Effect> taken = effects;
    effects = new ArrayList<>();
    return taken;
  }

  @Nullable NodeEntry linkedNode(long link) {
    NodeEntry node = links.get(link);
    return node != null && node.link == link ? node : null;
  }

  /** A node's room, load or standing changed: the pickers and whoever watches must know. */
  void nodeChanged(NodeEntry node) {
    ready.nodeChanged(node, nowMillis);
    noteState(node);
  }

  /** Whoever follows nodes sees this one again. */
  void touch(NodeEntry node) {
    node.version = ++nodeVersion;
  }

  /** A node spoke of an attempt that does not count. */
  void stale(NodeEntry node, TaskId id, int attempt, String what) {
    staleMessages++;
    emit(new Effect.Stale(node.link, id, attempt, what));
  }

  void noteState(NodeEntry node) {
    touch(node);
    NodeState state = node.state();
    NodeState before = node.lastState;
    if (state != before) {
      if (!before.mayBecome(state)) {
        throw new IllegalStateException(
            "node " + node.id + " cannot go from " + before + " to " + state);
      }
      node.lastState = state;
      emit(new Effect.NodeChanged(node.id, before, state, node.stateReason()));
    }
  }

  void countOutcome(TaskState state) {
    outcomes.merge(state, 1L, Long::sum);
  }
}
