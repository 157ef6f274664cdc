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
  private static final long CALM_STEP_MILLIS = 2_000;
  private static final long IDLENESS_STEP_MILLIS = 3_000;
  private static final long WALL_MILLIS = 1_795_000_000_000L;

  /**
   * What may still have to pass when calm begins, whatever the load: adoption after a restart (20
   * s), redialling (15 s), a lease (25 s), the longest handler (90 s), a session's hold (60 s), the
   * longest back-off (24 s), a start time (20 s), an open circuit (20 s), a caller's last look (60
   * s: a stream that broke unheard).
   */
  private static final long CALM_MILLIS = 334_000;

  /** The longest handler in calm, and what it takes to hand work out and over. */
  private static final long CALM_TASK_MILLIS = 2_500;

  private final Shape shape;
  private final SimTime time;
  private final SplittableRandom random;
  private final Promises promises;
  private final FaultLog faults = new FaultLog();
  private final SimStore store;
  private final Specs specs = new Specs(this);
  private final Idleness idleness = new Idleness(this);
  private final List<SimNode> nodes = new ArrayList<>();
  private final List<SimClient> clients = new ArrayList<>();
  private final Map<String, Long> unreachableUntil = new HashMap<>();
  private @Nullable GatewayLife gateway;
  private boolean calm;
  private long steps;

  /**
   * What a seed came to.
   *
   * @param seed the seed
   * @param shape its shape
   * @param steps events that dispatchers took
   * @param tasks tasks acknowledged to callers
   * @param faults what went wrong
   * @param commits that the store was asked for
   * @param hash of all that happened
   */
  record Report(
      long seed, Shape shape, long steps, int tasks, FaultLog faults, int commits, long hash) {

    /** The same seed, lived again, must have come to the same by the same way. */
    void compareWith(Report again) {
      Promises.require(
          hash == again.hash && steps == again.steps && tasks == again.tasks,
          "D1 the seed gave another history the second time",
          seed);
    }
  }

  private World(long seed, Shape shape, boolean tracing, @Nullable CrashPoint crashPoint) {
    this.shape = shape;
    this.time = new SimTime(tracing);
    this.random = new SplittableRandom(seed);
    this.promises = new Promises(shape);
    this.store = new SimStore(promises.ledger(), faults, random.split(), crashPoint);
  }

  /**
   * Lives through one seed, in the shape that is the seed's own.
   *
   * @throws Violation if a promise was broken
   */
  static Report run(long seed, boolean tracing) {
    return run(seed, Shape.of(seed), tracing, null);
  }

  static Report run(long seed, Shape shape, boolean tracing, @Nullable CrashPoint crashPoint) {
    Violation.forget();
    World world = new World(seed, shape, tracing, crashPoint);
    world.live();
    Violation.rethrow();
    return new Report(
        seed,
        shape,
        world.steps,
        world.promises.acked(),
        world.faults,
        world.store.commits(),
        world.time.hash());
  }

  private void live() {
    startGateway();
    int count = random.nextInt(shape.minNodes, shape.maxNodes + 1);
    for (int i = 0; i < count; i++) {
      Set<String> types = i == 0 || chance(60) ? Set.copyOf(TYPES) : Set.of(TYPES.get(i % 2));
      int slots = random.nextInt(1, shape.maxSlots + 1);
      nodes.add(new SimNode(this, random.split(), "n" + i, slots, types));
    }
    for (int i = 0; i < shape.clients; i++) {
      SimClient client = new SimClient(this, store, random.split(), "c" + i);
      clients.add(client);
      client.submitUntil(shape.faultsEndMillis, shape.meanPauseMillis);
    }
    store.faulty(shape.storeFails);
    new Nemesis(this, random.split(), faults).begin();
    lookForIdleness();
    time.runUntil(shape.faultsEndMillis);
    calmDown();
    long end = time.now() + calmBoundMillis();
    while (!isDone() && time.now() < end) {
      time.runUntil(time.now() + CALM_STEP_MILLIS);
    }
    checkEnd();
  }

  private void lookForIdleness() {
    time.after(
        IDLENESS_STEP_MILLIS,
        () -> {
          idleness.check();
          lookForIdleness();
        });
  }

  private void calmDown() {
    calm = true;
    store.faulty(false);
    unreachableUntil.clear();
    for (SimNode node : nodes) {
      node.freeze(0);
    }
    revive(0);
    GatewayLife present = gateway;
    if (present != null) {
      present.freeze(0);
      nodes.forEach(node -> present.resume(node.nodeId()));
    }
  }

  /** How long everything may take from now on, with only the first node for sure. */
  private long calmBoundMillis() {
    Map<String, Integer> lines = new HashMap<>();
    int longest = 0;
    int open = 0;
    for (Ledger.Row row : promises.ledger().rows()) {
      if (row.isOpen()) {
        open++;
        String line = row.spec.getSessionId() + row.spec.getConcurrencyKey();
        if (!line.isEmpty()) {
          longest = Math.max(longest, lines.merge(line, 1, Integer::sum));
        }
      }
    }
    // Callers that were refused come again: their tasks are not in the record yet.
    open += clients.stream().mapToInt(SimClient::waitingFor).sum();
    return CALM_MILLIS
        + open * CALM_TASK_MILLIS / nodes.get(0).slots()
        + longest * CALM_TASK_MILLIS;
  }

  private boolean isDone() {
    return promises.allEnded()
        && clients.stream().allMatch(client -> client.waitingFor() == 0)
        && nodes.stream().allMatch(node -> !node.isAlive() || node.held() == 0);
  }

  private void checkEnd() {
    promises.checkEnd(store);
    for (SimClient client : clients) {
      Promises.require(
          client.waitingFor() == 0, "L2 a caller did not hear an outcome", client.waitingFor());
    }
    for (SimNode node : nodes) {
      Promises.require(
          !node.isAlive() || node.held() == 0, "N4 a node keeps what has ended", node.nodeId());
    }
  }

  // What goes wrong.

  void crash(int index, int awayMillis) {
    nodes.get(index).crash();
    time.after(awayMillis, () -> revive(index));
  }

  private void revive(int index) {
    SimNode old = nodes.get(index);
    if (!old.isAlive()) {
      nodes.set(index, new SimNode(this, random.split(), old.nodeId(), old.slots(), old.types()));
    }
  }

  /** A second process with the same node id, for a while. */
  void twin(SimNode node, int millis) {
    SimNode twin = new SimNode(this, random.split(), node.nodeId(), node.slots(), node.types());
    time.after(millis, twin::crash);
  }

  void unreachable(String nodeId, int millis) {
    unreachableUntil.put(nodeId, time.now() + millis);
  }

  void drain(String nodeId, int millis) {
    GatewayLife present = gateway;
    if (present != null) {
      present.drain(nodeId);
      time.after(millis, () -> present.resume(nodeId));
    }
  }

  void remove(String nodeId) {
    GatewayLife present = gateway;
    if (present != null) {
      present.remove(nodeId);
    }
  }

  void freezeGateway(int millis) {
    GatewayLife present = gateway;
    if (present != null) {
      present.freeze(millis);
    }
  }

  void killGateway(int awayMillis) {
    GatewayLife present = gateway;
    if (present != null) {
      gatewayDied(present, "killed", awayMillis);
    }
  }

  void gatewayDied(GatewayLife life, String how) {
    gatewayDied(life, how, calm ? 100 : random.nextInt(50, 15_000));
  }

  private void gatewayDied(GatewayLife life, String how, int awayMillis) {
    if (life != gateway) {
      return;
    }
    time.note("gateway died", how.hashCode(), awayMillis, () -> how);
    life.die();
    gateway = null;
    time.after(awayMillis, this::startGateway);
    if (chance(30)) {
      time.after(random.nextInt(16_000, 20_000), () -> wakeZombie(life));
    }
  }

  private void wakeZombie(GatewayLife life) {
    if (gateway != null) {
      faults.count(Fault.ZOMBIE_WRITER);
      SubmitTaskRequest request =
          SubmitTaskRequest.newBuilder()
              .setSpec(TaskSpec.newBuilder().setType(TYPES.get(0)))
              .build();
      if (life.mayStillWrite(request)) {
        throw new Violation("I13 a gateway whose time was over still accepted a task");
      }
    }
  }

  private void startGateway() {
    gateway = new GatewayLife(this, store, random.nextInt(60_000), random.nextLong());
    time.note("gateway started", 0, 0, () -> "");
  }

  // What the others ask.

  Shape shape() {
    return shape;
  }

  SimTime time() {
    return time;
  }

  Promises promises() {
    return promises;
  }

  Specs specs() {
    return specs;
  }

  List<SimNode> nodes() {
    return nodes;
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
        what);
  }
}
