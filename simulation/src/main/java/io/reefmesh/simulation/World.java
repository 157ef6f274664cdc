package io.reefmesh.simulation;

import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.door.ProjectContext;
import io.reefmesh.v1.Refused;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.TaskSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One seed's history: a while with faults, then calm in which everything must come to its end. All
 * chance comes from the seed, and all time is virtual.
 */
final class World {

  static final String PROJECT = ProjectContext.DEFAULT;
  static final List<String> TYPES = List.of("copy", "draw");
  private static final long FAULTS_END_MILLIS = 90_000;
  private static final long CALM_STEP_MILLIS = 30_000;
  private static final int CALM_STEPS = 30;
  private static final long WALL_MILLIS = 1_795_000_000_000L;

  private final SimTime time;
  private final SplittableRandom random;
  private final @Nullable Mutant mutant;
  private final Promises promises = new Promises();
  private final SimStore store;
  private final List<SimNode> nodes = new ArrayList<>();
  private final List<SimClient> clients = new ArrayList<>();
  private final Map<String, Long> unreachableUntil = new HashMap<>();
  private @Nullable GatewayLife gateway;
  private boolean calm;
  private long steps;
  private int faults;

  /** What a seed came to. */
  record Report(long seed, long steps, int tasks, int faults, long hash) {}

  private World(long seed, @Nullable Mutant mutant, boolean tracing) {
    this.time = new SimTime(tracing);
    this.random = new SplittableRandom(seed);
    this.mutant = mutant;
    this.store = new SimStore(promises, random.split(), mutant);
  }

  /**
   * Lives through one seed.
   *
   * @throws Violation if a promise was broken
   */
  static Report run(long seed, @Nullable Mutant mutant, boolean tracing) {
    World world = new World(seed, mutant, tracing);
    world.live();
    return new Report(
        seed,
        world.steps,
        world.promises.acked(),
        world.faults + world.store.faults,
        world.time.hash());
  }

  private void live() {
    startGateway();
    int count = random.nextInt(2, 6);
    for (int i = 0; i < count; i++) {
      Set<String> types = i == 0 || chance(60) ? Set.copyOf(TYPES) : Set.of(TYPES.get(i % 2));
      nodes.add(new SimNode(this, random.split(), "n" + i, random.nextInt(1, 5), types));
    }
    for (int i = 0; i < 3; i++) {
      SimClient client = new SimClient(this, store, random.split(), "c" + i);
      clients.add(client);
      client.submitUntil(FAULTS_END_MILLIS, 2_500);
    }
    store.faulty = true;
    planFault();
    time.runUntil(FAULTS_END_MILLIS);
    calmDown();
    for (int i = 0; i < CALM_STEPS && !isDone(); i++) {
      time.runUntil(time.now() + CALM_STEP_MILLIS);
    }
    checkEnd();
  }

  private void calmDown() {
    calm = true;
    store.faulty = false;
    unreachableUntil.clear();
    for (int i = 0; i < nodes.size(); i++) {
      SimNode node = nodes.get(i);
      node.freeze(0);
      if (i == 0 && !node.isAlive()) {
        revive(0);
      }
    }
  }

  private boolean isDone() {
    return clients.stream().allMatch(client -> client.waitingFor() == 0)
        && nodes.stream().allMatch(node -> !node.isAlive() || node.held() == 0)
        && promises.allEnded(store);
  }

  private void checkEnd() {
    promises.checkEnd(store);
    for (SimClient client : clients) {
      Promises.require(client.waitingFor() == 0, "L2 a caller never heard an outcome", client);
    }
    for (SimNode node : nodes) {
      Promises.require(
          !node.isAlive() || node.held() == 0, "a node holds what has ended", node.nodeId());
    }
  }

  // Faults.

  private void planFault() {
    time.after(
        random.nextInt(200, 6_000),
        () -> {
          if (!calm) {
            fault();
            planFault();
          }
        });
  }

  private void fault() {
    faults++;
    int index = random.nextInt(nodes.size());
    SimNode node = nodes.get(index);
    int kind = random.nextInt(100);
    time.note("fault", kind, index, () -> kind + " at n" + index);
    Connection connection = node.newestConnection();
    if (kind < 30 && connection != null) {
      damage(connection, kind);
    } else if (kind < 45) {
      crash(index);
    } else if (kind < 60) {
      node.freeze(random.nextInt(500, 45_000));
    } else if (kind < 72) {
      unreachableUntil.put(node.nodeId(), time.now() + random.nextInt(100, 30_000));
      if (connection != null) {
        connection.reset(chance(80), chance(80));
      }
    } else if (kind < 88) {
      GatewayLife present = gateway;
      if (present != null) {
        gatewayDied(present, "killed");
      }
    } else {
      twin(node);
    }
  }

  private void damage(Connection connection, int kind) {
    if (kind < 14) {
      connection.reset(chance(80), chance(80));
    } else if (kind < 22) {
      connection.cutOneWay(chance(50));
    } else {
      connection.stall(random.nextInt(100, 30_000));
    }
  }

  private void crash(int index) {
    nodes.get(index).crash();
    boolean returns = index == 0 || chance(85);
    if (returns) {
      time.after(random.nextInt(50, 25_000), () -> revive(index));
    }
  }

  private void revive(int index) {
    SimNode old = nodes.get(index);
    if (!old.isAlive()) {
      nodes.set(index, new SimNode(this, random.split(), old.nodeId(), old.slots(), old.types()));
    }
  }

  /** A second process with the same node id, for a while. */
  private void twin(SimNode node) {
    SimNode twin = new SimNode(this, random.split(), node.nodeId(), node.slots(), node.types());
    time.after(random.nextInt(1_000, 30_000), twin::crash);
  }

  void gatewayDied(GatewayLife life, String how) {
    if (life != gateway) {
      return;
    }
    time.note("gateway died", how.hashCode(), 0, () -> how);
    life.die();
    gateway = null;
    time.after(calm ? 100 : random.nextInt(50, 15_000), this::startGateway);
    if (chance(30)) {
      time.after(
          random.nextInt(16_000, 20_000),
          () -> {
            if (gateway != null && life.mayStillWrite(zombieRequest())) {
              throw new Violation("I13 a gateway whose time was over still accepted a task");
            }
          });
    }
  }

  private static SubmitTaskRequest zombieRequest() {
    return SubmitTaskRequest.newBuilder()
        .setSpec(TaskSpec.newBuilder().setType(TYPES.get(0)))
        .build();
  }

  private void startGateway() {
    gateway = new GatewayLife(this, store, random.nextInt(60_000), random.nextLong());
    time.note("gateway started", 0, 0, () -> "");
  }

  // What the others ask.

  SimTime time() {
    return time;
  }

  Promises promises() {
    return promises;
  }

  @Nullable Mutant mutant() {
    return mutant;
  }

  boolean isCalm() {
    return calm;
  }

  boolean faulty() {
    return !calm;
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  int below(int bound) {
    return random.nextInt(bound);
  }

  long wallMillis() {
    GatewayLife present = gateway;
    return present == null ? WALL_MILLIS + time.now() : present.nowMillis();
  }

  @Nullable GatewayLife gateway() {
    return gateway;
  }

  @Nullable GatewayLife reachable(String node) {
    return unreachableUntil.getOrDefault(node, 0L) > time.now() ? null : gateway;
  }

  void stepped(int count) {
    steps += count;
  }

  void changed(TaskView task) {
    time.note(
        "task",
        task.id().value(),
        task.state().name().hashCode() * 1_000L + task.attempt(),
        () -> task.id() + " " + task.state() + " attempt " + task.attempt() + " " + task.failure());
  }

  void refused(SimNode node, Refused refused) {
    String what = refused.getRef().getTaskId() + "/" + refused.getRef().getAttempt();
    time.note(
        "refused", what.hashCode(), 0, () -> what + " " + node.nodeId() + refused.getReason());
    Promises.require(
        !refused.getReason().endsWith("slots are taken"),
        "I5 a node had no slot for what it was given",
        what + " at " + node.nodeId());
  }
}
