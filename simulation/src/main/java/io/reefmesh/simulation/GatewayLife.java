package io.reefmesh.simulation;

import com.google.common.collect.ImmutableSortedSet;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Dispatcher;
import io.reefmesh.balancer.DispatcherConfig;
import io.reefmesh.balancer.Effect;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.Strategy;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.config.Settings;
import io.reefmesh.gateway.GatewayConfig;
import io.reefmesh.gateway.door.SpecTerms;
import io.reefmesh.gateway.door.Submission;
import io.reefmesh.gateway.door.SubmissionReader;
import io.reefmesh.gateway.engine.EffectSink;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.EngineClock;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.engine.Restart;
import io.reefmesh.gateway.link.NodeLinks;
import io.reefmesh.gateway.store.ResultBody;
import io.reefmesh.gateway.store.StoreException;
import io.reefmesh.gateway.store.WriteLease;
import io.reefmesh.gateway.watch.LeaseTable;
import io.reefmesh.gateway.watch.TaskFeeds;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.SubmitTaskResponse;
import io.reefmesh.v1.Task;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletionException;

/**
 * One life of a gateway: the real engine, dispatcher, restart and links, turned by virtual time
 * instead of threads. It watches what leaves, on behalf of {@link Promises}.
 */
final class GatewayLife implements EffectSink {

  static final long SILENT_MILLIS = 15_000;
  static final long GRACE_MILLIS = 10_000;
  private static final long WALL_MILLIS = 1_795_000_000_000L;
  private static final long TEN_DAYS = 864_000_000L;
  private static final long FEED_BYTES = 1 << 12;
  private static final long ALL_FEEDS_BYTES = 1 << 16;
  private static final int CHECK_EVERY_TURNS = 8;
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
  private final Planted planted;
  private final TreeMap<Long, Connection> connections = new TreeMap<>();
  private final Map<String, Set<Promises.Ref>> leasedAt = new TreeMap<>();
  private boolean dead;
  private boolean turnPlanned;
  private long dueAt = Long.MAX_VALUE;
  private long busyUntil;
  private long lastLink;
  private int turns;

  GatewayLife(World world, SimStore store, long wallBehindMillis, long seed) {
    this.world = world;
    this.store = store;
    this.planted = new Planted(world.mutant(), world.promises());
    SimTime time = world.time();
    WriteLease lease = store.acquire();
    clock =
        new EngineClock(WALL_MILLIS + time.now() - wallBehindMillis, () -> time.now() * 1_000_000L);
    feeds = new TaskFeeds(lease.epoch(), FEED_BYTES, ALL_FEEDS_BYTES, clock::nowMillis);
    links = new NodeLinks(CONFIG, lease.epoch(), feeds, leases, new SimTimers(time));
    dispatcher = new Dispatcher(rules(), seed);
    engine = new Engine(dispatcher, store, lease, clock, CONFIG.retention(), this, failure -> {});
    Restart restart = new Restart(TERMS);
    clock.goOnAfter(restart.load(store, lease, clock.nowMillis() - rules().requestIdMillis()));
    restart.restore(dispatcher, clock.nowMillis());
    links.attach(engine);
    feeds.begin(clock.nowMillis());
    doors = new GatewayDoors(this, engine, reader, feeds, store, new SimTimers(time));
    planDue();
  }

  private DispatcherConfig rules() {
    return world.mutant() == Mutant.LEASE_NEVER_EXPIRES
        ? DispatcherConfig.of(Strategy.LEAST_CONNECTIONS, SILENT_MILLIS, TEN_DAYS, 100_000)
        : DispatcherConfig.of(Strategy.LEAST_CONNECTIONS, SILENT_MILLIS, GRACE_MILLIS, 100_000);
  }

  boolean isDead() {
    return dead;
  }

  long nowMillis() {
    return clock.nowMillis();
  }

  /** It is no more: nothing that it did not commit ever happened. */
  void die() {
    dead = true;
    world.promises().gatewayDied();
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

  LinkRequest heard(LinkRequest message) {
    return planted.inbound(message, leasedAt);
  }

  /** Where callers come in. */
  GatewayDoors doors() {
    return doors;
  }

  /** A submission as a planted bug changes it. */
  void submitPlanted(SubmitTaskRequest request, StreamObserver<SubmitTaskResponse> out) {
    Submission submission = reader.read(request, World.PROJECT, clock.nowMillis());
    ReplyTo replyTo =
        answer -> {
          if (answer instanceof Answer.Conflict) {
            out.onError(Status.ALREADY_EXISTS.asRuntimeException());
            return;
          }
          TaskId id =
              answer instanceof Answer.Submitted fresh
                  ? fresh.task().id()
                  : ((Answer.Repeated) answer).id();
          Task task = Task.newBuilder().setId(id.toString()).build();
          out.onNext(SubmitTaskResponse.newBuilder().setTask(task).build());
          out.onCompleted();
        };
    engine.submit(planted.submission(submission), replyTo);
    poke();
  }

  /** How much longer answers take because the disk is slow. */
  long slowMillis() {
    return store.slowMillis;
  }

  // Time.

  void poke() {
    if (!dead && !turnPlanned) {
      turnPlanned = true;
      long wait = Math.max(busyUntil - world.time().now(), world.below(3));
      world.time().after(wait, this::turn);
    }
  }

  private void turn() {
    turnPlanned = false;
    if (dead) {
      return;
    }
    try {
      world.stepped(Math.max(1, engine.turnOnce()));
      if (++turns % CHECK_EVERY_TURNS == 0) {
        dispatcher.checkInvariants();
      }
    } catch (SimStore.Crash crash) {
      world.gatewayDied(this, String.valueOf(crash.getMessage()));
      return;
    } catch (CompletionException e) {
      if (e.getCause() instanceof StoreException failure) {
        world.gatewayDied(this, String.valueOf(failure.getMessage()));
        return;
      }
      throw new Violation("a commit failed", e);
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw new Violation("the gateway contradicts itself: " + e.getMessage(), e);
    }
    long slow = store.slowMillis;
    store.slowMillis = 0;
    busyUntil = world.time().now() + slow;
    for (Connection connection : connections.values()) {
      connection.flush(slow);
    }
    planDue();
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
          reader.read(request, World.PROJECT, clock.nowMillis()), answer -> answered[0] = true);
      engine.turnOnce();
    } catch (CompletionException e) {
      if (e.getCause() instanceof StoreException) {
        return false;
      }
      throw e;
    } catch (SimStore.Crash crash) {
      return false;
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
      world.promises().leased(leased.id(), leased.attempt());
      note(leased);
    } else if (effect instanceof Effect.Unleased unleased) {
      leases.end(unleased.id(), unleased.attempt());
      world.promises().unleased(unleased.id(), unleased.attempt());
      Promises.Ref ref = new Promises.Ref(unleased.id(), unleased.attempt());
      leasedAt.values().forEach(refs -> refs.remove(ref));
    } else if (effect instanceof Effect.NodeChanged node) {
      world
          .time()
          .note("node", node.nodeId().hashCode(), node.to().name().hashCode(), node::toString);
    } else if (effect instanceof Effect.Push push) {
      planted.pushes(push, lastLink).forEach(this::push);
    } else {
      if (effect instanceof Effect.StopAttempt stop && planted.is(Mutant.HOLDS_DROPPED)) {
        engine.post(new Event.Stopped(stop.link(), stop.id(), stop.attempt()));
      }
      if (!(effect instanceof Effect.Ack && planted.is(Mutant.RESULT_NOT_ACKED))) {
        links.release(effect);
      }
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
      world
          .promises()
          .pushed(
              push.id(),
              push.attempt(),
              connection.node.nodeId(),
              connection.node.types(),
              store.leaseOf(new Promises.Ref(push.id(), push.attempt())));
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
