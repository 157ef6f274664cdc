package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Judges nodes by how attempts end on them, and takes out what fails again and again: a node for
 * one task type if only that type fails, the node as a whole if several do, or if it loses what it
 * runs. The two levels, and what counts against whom, are in docs/adr/009-node-health.md. The
 * pattern is the circuit breaker of Nygard, "Release It!".
 */
final class NodeHealth {

  /** Task types of one node that are kept track of; beyond it the oldest untroubled one goes. */
  static final int MAX_TYPES = 256;

  /** So many refusals one after the other, and the node is left alone for that type for a while. */
  static final int MAX_REFUSALS_IN_A_ROW = 5;

  private static final long FIRST_REST_MILLIS = 1_000;
  private static final long MAX_REST_MILLIS = 60_000;
  private static final int MAX_DOUBLINGS = 20;

  /** The time a circuit stays open is lengthened by up to a part of this size, by chance. */
  private static final int JITTER_PART = 10;

  private final MeshState mesh;
  private final HealthRules rules;

  NodeHealth(MeshState mesh) {
    this.mesh = mesh;
    this.rules = mesh.config.health();
  }

  /** An attempt was given to a node: if it is on trial, this is its probe. */
  void assigned(NodeEntry node, TaskEntry task) {
    Effect.AttemptRef ref = new Effect.AttemptRef(task.id, task.attempt);
    beginProbe(node.circuit, ref);
    beginProbe(node.typeCircuits.get(typeOf(task)), ref);
  }

  private void beginProbe(@Nullable Circuit circuit, Effect.AttemptRef ref) {
    if (circuit != null && circuit.state == Circuit.State.HALF_OPEN && circuit.probe == null) {
      circuit.probe = ref;
      changed(circuit);
    }
  }

  /** An attempt ended, its lease too. */
  void ended(NodeEntry node, TaskEntry task, AttemptOutcome outcome, @Nullable Failure failure) {
    String type = typeOf(task);
    boolean lost = outcome == AttemptOutcome.LOST && node.isLinked() && !node.silent;
    boolean failed =
        outcome == AttemptOutcome.TIMED_OUT
            || (outcome == AttemptOutcome.FAILED && failure != null && failure.retryable());
    boolean succeeded = outcome == AttemptOutcome.SUCCEEDED;
    if (lost || failed || succeeded) {
      Circuit ofType = circuitOf(node, type);
      if (ofType != null) {
        ofType.refusalsInARow = 0;
        ofType.restLevel = 0;
      }
      if (!lost) {
        judge(ofType, task, type, failed);
      }
      judge(node.circuit, task, lost ? OutcomeWindow.NODE_ITSELF : type, !succeeded);
    }
    // Whatever says nothing of the node (a cancel, a refusal) leaves the next one to be the probe.
    Effect.AttemptRef ref = new Effect.AttemptRef(task.id, task.attempt);
    endProbe(node.circuit, ref);
    endProbe(node.typeCircuits.get(type), ref);
  }

  private void judge(@Nullable Circuit circuit, TaskEntry task, String source, boolean failed) {
    if (circuit == null) {
      return;
    }
    switch (circuit.state) {
      case CLOSED -> {
        circuit.window.note(mesh.nowMillis, task.id, source, failed);
        if (failed && mustOpen(circuit)) {
          open(circuit);
        }
      }
      case HALF_OPEN -> {
        if (new Effect.AttemptRef(task.id, task.attempt).equals(circuit.probe)) {
          if (failed) {
            open(circuit);
          } else {
            close(circuit);
          }
        }
      }
      case OPEN -> {
        // Given before it opened: old news.
      }
    }
  }

  private boolean mustOpen(Circuit circuit) {
    if (!circuit.window.isBad(rules)) {
      return false;
    }
    boolean onlyType = circuit.node.profile.taskTypes().size() == 1;
    if (circuit.type != null) {
      // With a single type the node is what fails, and is shown to.
      return !onlyType;
    }
    Set<String> sources = circuit.window.failedSources();
    return onlyType || sources.size() > 1 || sources.contains(OutcomeWindow.NODE_ITSELF);
  }

  private void open(Circuit circuit) {
    boolean again =
        circuit.state == Circuit.State.HALF_OPEN
            || (circuit.closedAtMillis > 0
                && mesh.nowMillis - circuit.closedAtMillis <= rules.maxOpenMillis());
    circuit.level = again ? Math.min(circuit.level + 1, MAX_DOUBLINGS) : 0;
    long time = Math.min(rules.openMillis() << circuit.level, rules.maxOpenMillis());
    circuit.state = Circuit.State.OPEN;
    circuit.reason = "too many attempts failed on it";
    circuit.probe = null;
    circuit.window.clear();
    circuit.openUntilMillis = mesh.nowMillis + time + mesh.random.nextLong(time / JITTER_PART + 1);
    if (circuit.type != null) {
      circuit.node.circuit.window.forget(circuit.type);
    }
    changed(circuit);
  }

  private void close(Circuit circuit) {
    circuit.state = Circuit.State.CLOSED;
    circuit.probe = null;
    circuit.closedAtMillis = mesh.nowMillis;
    circuit.window.clear();
    changed(circuit);
  }

  private void endProbe(@Nullable Circuit circuit, Effect.AttemptRef ref) {
    if (circuit != null && ref.equals(circuit.probe)) {
      circuit.probe = null;
      changed(circuit);
    }
  }

  /**
   * A node would not take an attempt.
   *
   * @param restMillis how long it wants to be left alone, within bounds
   */
  void refused(NodeEntry node, TaskEntry task, RefusalScope scope, long restMillis, String why) {
    switch (scope) {
      case NODE -> rest(node.circuit, restMillis, why);
      case TYPE -> rest(circuitOf(node, typeOf(task)), restMillis, why);
      case TASK -> {
        Circuit circuit = circuitOf(node, typeOf(task));
        // While it rests, refusals of what was pushed before are no news.
        if (circuit != null
            && !circuit.resting
            && ++circuit.refusalsInARow >= MAX_REFUSALS_IN_A_ROW) {
          int doublings = Math.min(circuit.restLevel++, MAX_DOUBLINGS);
          rest(circuit, Math.min(FIRST_REST_MILLIS << doublings, MAX_REST_MILLIS), why);
        }
      }
    }
  }

  private void rest(@Nullable Circuit circuit, long restMillis, String why) {
    if (circuit == null) {
      return;
    }
    long until = mesh.nowMillis + restMillis;
    circuit.restUntilMillis = circuit.resting ? Math.max(circuit.restUntilMillis, until) : until;
    circuit.resting = true;
    if (circuit.state == Circuit.State.CLOSED) {
      circuit.reason = why.isEmpty() ? "cooling down" : "cooling down: " + why;
    }
    changed(circuit);
  }

  /** A rest ends, or an open circuit may be tried. */
  void due(Circuit circuit) {
    if (circuit.resting && mesh.nowMillis >= circuit.restUntilMillis) {
      circuit.resting = false;
    }
    if (circuit.state == Circuit.State.OPEN && mesh.nowMillis >= circuit.openUntilMillis) {
      circuit.state = Circuit.State.HALF_OPEN;
      circuit.reason = "on trial after failures: one task at a time";
    }
    changed(circuit);
  }

  /** Another process serves the node now: it is tried at once. */
  void newLife(NodeEntry node) {
    for (Circuit circuit : circuitsOf(node)) {
      circuit.refusalsInARow = 0;
      circuit.window.clear();
      if (circuit.isTroubled()) {
        circuit.resting = false;
        circuit.openUntilMillis = mesh.nowMillis;
        due(circuit);
      }
    }
  }

  /** Whatever was held against the node is forgotten. */
  void pardon(NodeEntry node) {
    for (Circuit circuit : circuitsOf(node)) {
      circuit.refusalsInARow = 0;
      circuit.restLevel = 0;
      if (circuit.isTroubled()) {
        circuit.resting = false;
        close(circuit);
      }
      circuit.closedAtMillis = 0;
    }
  }

  /** The node is no longer known. */
  void forget(NodeEntry node) {
    circuitsOf(node).forEach(mesh.timers::cancel);
    mesh.troubled.remove(node);
  }

  /** Tells whoever must know that a circuit lets through more or less than before. */
  private void changed(Circuit circuit) {
    NodeEntry node = circuit.node;
    if (!circuit.isTroubled()) {
      circuit.reason = "";
    }
    long next = Timed.NEVER;
    if (circuit.resting) {
      next = circuit.restUntilMillis;
    }
    if (circuit.state == Circuit.State.OPEN) {
      next = Math.min(next, circuit.openUntilMillis);
    }
    mesh.timers.set(circuit, next);
    if (circuitsOf(node).stream().anyMatch(Circuit::isTroubled)) {
      mesh.troubled.add(node);
    } else {
      mesh.troubled.remove(node);
    }
    if (circuit.type != null && node.introduced && !node.offline) {
      mesh.ready.nodeReprofiled(node, mesh.nowMillis);
      mesh.touch(node);
    } else {
      mesh.nodeChanged(node);
    }
  }

  private @Nullable Circuit circuitOf(NodeEntry node, String type) {
    Circuit circuit = node.typeCircuits.get(type);
    if (circuit == null && (node.typeCircuits.size() < MAX_TYPES || dropOne(node))) {
      circuit = new Circuit(node, type, rules.windowMillis());
      node.typeCircuits.put(type, circuit);
    }
    return circuit;
  }

  private static boolean dropOne(NodeEntry node) {
    for (Circuit circuit : node.typeCircuits.values()) {
      if (!circuit.isTroubled()) {
        node.typeCircuits.values().remove(circuit);
        return true;
      }
    }
    return false;
  }

  private static ImmutableList<Circuit> circuitsOf(NodeEntry node) {
    return ImmutableList.<Circuit>builder()
        .add(node.circuit)
        .addAll(node.typeCircuits.values())
        .build();
  }

  private static String typeOf(TaskEntry task) {
    return task.terms.requirement().type();
  }
}
