package io.reefmesh.simulation;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import io.grpc.Status;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Dispatcher;
import io.reefmesh.balancer.DispatcherConfig;
import io.reefmesh.balancer.Effect;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.HealthRules;
import io.reefmesh.balancer.NodeState;
import io.reefmesh.balancer.NodeView;
import io.reefmesh.balancer.QueueRules;
import io.reefmesh.balancer.Strategy;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.config.Settings;
import io.reefmesh.gateway.GatewayConfig;
import io.reefmesh.gateway.door.SpecTerms;
import io.reefmesh.gateway.door.SubmissionReader;
import io.reefmesh.gateway.engine.EffectSink;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.EngineClock;
import io.reefmesh.gateway.engine.PayloadBudget;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.engine.Restart;
import io.reefmesh.gateway.link.NodeLinks;
import io.reefmesh.gateway.store.ResultBody;
import io.reefmesh.gateway.store.StoreException;
import io.reefmesh.gateway.store.WriteLease;
import io.reefmesh.gateway.watch.LeaseTable;
import io.reefmesh.gateway.watch.TaskFeeds;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.SubmitTaskRequest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * One life of a gateway: the real engine, dispatcher, restart and links, turned by virtual time
 * instead of threads. It watches what leaves, on behalf of {@link Promises}.
 */
final class GatewayLife implements EffectSink {

  static final long SILENT_MILLIS = 15_000;
  static final long GRACE_MILLIS = 10_000;
  private static final long WALL_MILLIS = 1_795_000_000_000L;
  private static final long FEED_BYTES = 1 << 12;
  private static final long ALL_FEEDS_BYTES = 1 << 16;
  private static final HealthRules HEALTH = new HealthRules(60_000, 5, 3, 50, 5_000, 20_000);
  private static final int AUDIT_EVERY_TURNS = 97;
  private static final int PAYLOAD_READ_MILLIS = 60;
  private static final GatewayConfig CONFIG =
      GatewayConfig.from(
          Settings.read(null, Map.of(), Map.of("id", "simulated", "store", "memory")));
  private static final SpecTerms TERMS = new SpecTerms(type -> ImmutableSortedSet.of());

  private final World world;
  private final SimStore store;
  private final Dispatcher dispatcher;
  private final Engine engine;
  private final EngineClock clock;
  private final NodeLinks links;
  private final GatewayDoors doors;
  private final TaskFeeds feeds;
  private final LeaseTable leases = new LeaseTable();
  private final SubmissionReader reader = new SubmissionReader(CONFIG, TERMS);
  private final TreeMap<Long, Connection> connections = new TreeMap<>();
  private final Map<String, Set<Promises.Ref>> leasedAt = new HashMap<>();
  private final Set<String> drained = new HashSet<>();

  /** By node, the last order of an operator: an earlier one may be answered after it. */
  private final Map<String, Long> lastOrder = new HashMap<>();

  private long orders;
  private boolean dead;
  private boolean turnPlanned;
  private long dueAt = Long.MAX_VALUE;
  private long busyUntil;
  private long frozenUntil;
  private long unsteadyUntil;
  private long lastLink;
  private int turns;
  private @Nullable List<TaskView> views;

  GatewayLife(World world, SimStore store, long wallBehindMillis, long seed) {
    this.world = world;
    this.store = store;
    SimTime time = world.time();
    WriteLease lease = store.acquire();
    clock =
        new EngineClock(WALL_MILLIS + time.now() - wallBehindMillis, () -> time.now() * 1_000_000L);
    unsteadyUntil = time.now();
    feeds = new TaskFeeds(lease.epoch(), FEED_BYTES, ALL_FEEDS_BYTES, clock::nowMillis);
    links =
        new NodeLinks(
            CONFIG,
            lease.epoch(),
            feeds,
            leases,
            new SimTimers(time),
            store::payloads,
            this::readPayloads);
    dispatcher = new Dispatcher(rules(), seed);
    PayloadBudget payloads = new PayloadBudget(world.shape().payloadMemoryBytes());
    engine =
        new Engine(
            dispatcher, store, lease, clock, CONFIG.retention(), payloads, this, failure -> {});
    new Restart(TERMS, payloads, dispatcher, clock)
        .load(store, lease, clock.nowMillis() - rules().requestIdMillis());
    world.promises().ledger().nodesMayReturnUntil(clock.nowMillis() + 2 * GRACE_MILLIS);
    links.attach(engine);
    feeds.begin(clock.nowMillis());
    doors = new GatewayDoors(this, engine, reader, feeds, store, new SimTimers(time));
    planDue();
  }

  /** The disk takes its time, in which anything may happen, the gateway's end too. */
  private void readPayloads(Runnable reading) {
    world
        .time()
        .after(
            world.below(PAYLOAD_READ_MILLIS),
            () -> {
              if (!dead) {
                reading.run();
              }
            });
  }

  private DispatcherConfig rules() {
    Shape shape = world.shape();
    QueueRules queue = QueueRules.DEFAULT;
    return DispatcherConfig.of(
            Strategy.LEAST_CONNECTIONS, SILENT_MILLIS, GRACE_MILLIS, shape.maxLiveTasks)
        .withHealth(HEALTH)
        .withQueue(
            new QueueRules(
                queue.ageingStepMillis(),
                queue.affinityWaitMillis(),
                shape.projectCap(),
                queue.keyCap(),
                queue.weights(),
                queue.projectCaps()));
  }

  boolean isDead() {
    return dead;
  }

  long nowMillis() {
    return clock.nowMillis();
  }

  /** Whether it has been at work since then: neither started, nor slow, nor frozen. */
  boolean isSteadySince(long millis) {
    return !dead && unsteadyUntil <= millis;
  }

  long frozenForMillis() {
    return frozenUntil - world.time().now();
  }

  /** The process stands still. */
  void freeze(long millis) {
    frozenUntil = world.time().now() + millis;
    unsteadyUntil = Math.max(unsteadyUntil, frozenUntil);
  }

  /** It is no more: nothing that it did not commit ever happened. */
  void die() {
    dead = true;
    for (Connection connection : connections.values()) {
      connection.reset(false, world.chance(80));
    }
    doors.die();
  }

  // Doors.

  /** A node dials in. */
  void accept(Connection connection) {
    long link = ++lastLink;
    connections.put(link, connection);
    connection.accepted(links.accept(connection));
  }

  /** A node is told to go on with an attempt: it must be the one that is leased to it. */
  void checkKept(AttemptRef kept, String node) {
    if (!dead) {
      Promises.require(
          world
              .promises()
              .ledger()
              .isLeased(TaskId.parse(kept.getTaskId()), kept.getAttempt(), node),
          "I3 a node was told to go on with an attempt that it has no lease for",
          kept.getTaskId() + "/" + kept.getAttempt());
    }
  }

  /** Where callers come in. */
  GatewayDoors doors() {
    return doors;
  }

  /** A caller is turned away. */
  void refuses(Status status) {
    if (status.getCode() == Status.Code.RESOURCE_EXHAUSTED
        && String.valueOf(status.getDescription()).contains("the queue")) {
      world.promises().refusedAsFull();
    }
  }

  /** How much longer answers take because the disk is slow. */
  long slowMillis() {
    return store.slowMillis();
  }

  // Time.

  void poke() {
    if (!dead && !turnPlanned) {
      turnPlanned = true;
      long wait =
          Math.max(Math.max(busyUntil - world.time().now(), frozenForMillis()), world.below(3));
      world.time().after(wait, this::turn);
    }
  }

  private void turn() {
    turnPlanned = false;
    if (dead) {
      return;
    }
    if (frozenForMillis() > 0) {
      poke();
      return;
    }
    if (!survives(
        () -> {
          world.stepped(Math.max(1, engine.turnOnce()));
          watch();
        })) {
      return;
    }
    long slow = store.takeSlowMillis();
    if (slow > 0) {
      busyUntil = world.time().now() + slow;
      unsteadyUntil = Math.max(unsteadyUntil, busyUntil);
    }
    for (Connection connection : connections.values()) {
      connection.flush(slow);
    }
    planDue();
  }

  /** Does what turns the engine; false: it ended this life. */
  private boolean survives(Runnable turning) {
    try {
      turning.run();
      return true;
    } catch (SimStore.Crash | StoreException stopped) {
      world.gatewayDied(this, String.valueOf(stopped.getMessage()));
      return false;
    } catch (CompletionException e) {
      if (e.getCause() instanceof StoreException failure) {
        world.gatewayDied(this, String.valueOf(failure.getMessage()));
        return false;
      }
      throw new Violation("? a commit failed", e);
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw new Violation(contradiction(e), e);
    }
  }

  // What operators do.

  void drain(String nodeId) {
    long order = order(nodeId);
    ask(
        new Event.DrainNode(
            (ReplyTo)
                answer -> {
                  if (answer instanceof Answer.Node
                      && lastOrder.getOrDefault(nodeId, 0L) == order) {
                    drained.add(nodeId);
                  }
                },
            nodeId,
            "maintenance"));
  }

  private long order(String nodeId) {
    lastOrder.put(nodeId, ++orders);
    return orders;
  }

  void resume(String nodeId) {
    order(nodeId);
    drained.remove(nodeId);
    ask(new Event.ResumeNode((ReplyTo) answer -> {}, nodeId));
  }

  void remove(String nodeId) {
    order(nodeId);
    drained.remove(nodeId);
    ask(new Event.RemoveNode((ReplyTo) answer -> {}, nodeId, true));
  }

  private void ask(Event event) {
    engine.post(event);
    poke();
  }

  /** Whether the gateway has no reason to keep work of this type from the node. */
  boolean trusts(String nodeId, String type) {
    NodeView[] seen = new NodeView[1];
    ReplyTo looking =
        answer -> {
          if (answer instanceof Answer.Nodes nodes) {
            nodes.nodes().stream()
                .filter(node -> node.id().equals(nodeId))
                .forEach(node -> seen[0] = node);
          }
        };
    engine.post(new Event.LookAtNodes(looking, null, 0));
    if (!survives(engine::turnOnce)) {
      return false;
    }
    NodeView node = seen[0];
    return node != null
        && node.state() != NodeState.UNHEALTHY
        && node.state() != NodeState.DRAINING
        && node.coolDowns().stream().noneMatch(coolDown -> coolDown.type().equals(type));
  }

  /** The dispatcher's own checks name their rule; whatever else it threw is no check's word. */
  private static String contradiction(RuntimeException e) {
    String said = String.valueOf(e.getMessage());
    return said.matches("J\\d .*") ? said : "? the gateway contradicts itself: " + said;
  }

  private void watch() {
    if (turns % world.shape().checkEveryTurns == 0) {
      dispatcher.checkInvariants();
      Promises.require(
          feeds.keptBytes() <= ALL_FEEDS_BYTES + FEED_BYTES,
          "I14 feeds keep more than their limit",
          feeds.keptBytes());
    }
    if (turns % AUDIT_EVERY_TURNS == 0) {
      audit();
    }
    turns++;
  }

  /** Asks for all live tasks, as the last event of a turn, and compares them with the record. */
  private void audit() {
    ImmutableList<TaskId> ids =
        world.promises().ledger().rows().stream()
            .map(row -> row.id)
            .collect(ImmutableList.toImmutableList());
    ReplyTo comparing = answer -> views = answer instanceof Answer.Views live ? live.tasks() : null;
    engine.post(new Event.Look(comparing, ids));
    world.stepped(engine.turnOnce() - 1);
    List<TaskView> live = views;
    if (live == null) {
      throw new Violation("L2 a reader was not answered");
    }
    views = null;
    Promises.require(
        dispatcher.liveTasks() == live.size(), "I12 live tasks are not those shown", live.size());
    world.promises().ledger().compareWith(live);
  }

  private void planDue() {
    long due = dispatcher.nextDueMillis();
    if (dead || due == Long.MAX_VALUE) {
      return;
    }
    long at = world.time().now() + Math.max(1, due - clock.nowMillis());
    if (at < dueAt) {
      dueAt = at;
      world.time().after(at - world.time().now(), () -> due(at));
    }
  }

  private void due(long at) {
    if (at == dueAt) {
      dueAt = Long.MAX_VALUE;
      poke();
    }
  }

  /** An older life wakes up and goes on as if nothing had happened. It must not get anywhere. */
  boolean mayStillWrite(SubmitTaskRequest request) {
    boolean[] answered = new boolean[1];
    try {
      engine.submit(
          reader.read(request, World.PROJECT, clock.nowMillis()),
          answer -> answered[0] = answer instanceof Answer.Submitted);
      engine.turnOnce();
    } catch (CompletionException e) {
      if (e.getCause() instanceof StoreException) {
        return false;
      }
      throw e;
    } catch (SimStore.Crash | StoreException stopped) {
      return answered[0];
    }
    return answered[0];
  }

  // What leaves.

  @Override
  public void release(Effect effect) {
    if (dead) {
      return;
    }
    if (effect instanceof Effect.Changed changed) {
      TaskView task = changed.task();
      world.promises().seen(task.id(), task.state(), (ResultBody) task.result());
      feeds.changed(task);
      world.changed(task);
    } else if (effect instanceof Effect.Leased leased) {
      leases.grant(leased.id(), leased.attempt(), leased.link());
      note(leased);
    } else if (effect instanceof Effect.Unleased unleased) {
      leases.end(unleased.id(), unleased.attempt());
      Promises.Ref ref = new Promises.Ref(unleased.id(), unleased.attempt());
      leasedAt.values().forEach(refs -> refs.remove(ref));
    } else if (effect instanceof Effect.NodeChanged node) {
      world
          .time()
          .note("node", node.nodeId().hashCode(), node.to().name().hashCode(), node::toString);
    } else if (effect instanceof Effect.Push push) {
      push(push);
    } else {
      if (effect instanceof Effect.Ack ack && ack.status() == Effect.Ack.Status.RECORDED) {
        world.promises().ledger().resultAcked(ack.id(), ack.attempt());
      }
      links.release(effect);
    }
  }

  private void note(Effect.Leased leased) {
    Connection connection = connections.get(leased.link());
    if (connection != null) {
      Set<Promises.Ref> refs =
          leasedAt.computeIfAbsent(connection.node.nodeId(), node -> new HashSet<>());
      refs.add(new Promises.Ref(leased.id(), leased.attempt()));
      Promises.require(
          refs.size() <= connection.node.slots(),
          "I5 more leases than slots at node",
          connection.node.nodeId());
    }
  }

  private void push(Effect.Push push) {
    Connection connection = connections.get(push.link());
    world
        .time()
        .note("push", push.id().value(), push.attempt(), () -> push.id() + "/" + push.attempt());
    if (connection != null) {
      Promises.require(
          !drained.contains(connection.node.nodeId()),
          "O1 a drained node was given work",
          push.id());
      world
          .promises()
          .pushed(push.id(), push.attempt(), connection.node.nodeId(), connection.node.types());
    }
    links.release(push);
  }

  @Override
  public void flush() {
    if (!dead) {
      links.flush();
    }
  }
}
