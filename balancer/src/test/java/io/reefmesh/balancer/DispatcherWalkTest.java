package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Long random histories with honest nodes and a dishonest world: links break with messages on their
 * way, processes die, callers cancel. Afterwards the world is left in peace, and every task must
 * end.
 */
final class DispatcherWalkTest {

  private static final int STEPS = 1_500;
  private static final int SLOTS = 3;

  /**
   * A node that follows the protocol: what it received in order, what it runs, what is not acked.
   */
  private final class Peer {
    final String id;
    int life = 1;
    long link = -1;
    final ArrayDeque<Effect> inFlight = new ArrayDeque<>();
    final Map<Effect.AttemptRef, Boolean> held = new LinkedHashMap<>();
    long received;

    Peer(String id) {
      this.id = id;
    }

    void connect() {
      inFlight.clear();
      received = 0;
      link = ++lastLink;
      owners.put(link, this);
      step(new Event.Hello(link, id, "life-" + life, MeshScenario.profile(SLOTS), heldNow()));
    }

    ImmutableList<Event.HeldAttempt> heldNow() {
      List<Event.HeldAttempt> now = new ArrayList<>();
      held.forEach(
          (ref, finished) -> now.add(new Event.HeldAttempt(ref.id(), ref.attempt(), finished)));
      return ImmutableList.copyOf(now);
    }

    void beat() {
      step(
          new Event.Beat(
              link,
              false,
              0,
              0,
              SLOTS,
              MeshScenario.profile(SLOTS).capabilities(),
              heldNow(),
              received));
    }

    long running() {
      return held.values().stream().filter(finished -> !finished).count();
    }

    /** Takes in the next message from the gateway. */
    void receive() {
      Effect effect = inFlight.poll();
      if (effect instanceof Effect.Push push) {
        received = push.ordinal();
        Effect.AttemptRef ref = new Effect.AttemptRef(push.id(), push.attempt());
        assertThat(running()).as("slots of %s", id).isLessThan(SLOTS);
        if (random.nextInt(12) == 0) {
          step(new Event.Refused(link, ref.id(), ref.attempt(), "not now", 1_000));
        } else {
          held.put(ref, false);
          step(new Event.Accepted(link, ref.id(), ref.attempt()));
        }
      } else if (effect instanceof Effect.StopAttempt stop) {
        drop(new Effect.AttemptRef(stop.id(), stop.attempt()));
      } else if (effect instanceof Effect.Ack ack) {
        held.remove(new Effect.AttemptRef(ack.id(), ack.attempt()));
      } else if (effect instanceof Effect.Welcome welcome) {
        welcome.drop().forEach(this::drop);
        held.forEach(
            (ref, finished) -> {
              if (finished) {
                resend.add(ref);
              }
            });
        flushResults();
      } else if (effect instanceof Effect.BeatReply reply) {
        reply.drop().forEach(this::drop);
      } else if (effect instanceof Effect.Probe) {
        beat();
      }
    }

    private final List<Effect.AttemptRef> resend = new ArrayList<>();

    private void flushResults() {
      List<Effect.AttemptRef> now = List.copyOf(resend);
      resend.clear();
      now.forEach(this::report);
    }

    private void drop(Effect.AttemptRef ref) {
      Boolean finished = held.get(ref);
      if (finished != null && !finished) {
        held.remove(ref);
        step(new Event.Stopped(link, ref.id(), ref.attempt()));
      }
    }

    void finishOne() {
      for (Map.Entry<Effect.AttemptRef, Boolean> entry : held.entrySet()) {
        if (!entry.getValue()) {
          entry.setValue(true);
          if (link > 0) {
            report(entry.getKey());
          }
          return;
        }
      }
    }

    private void report(Effect.AttemptRef ref) {
      Failure failure = ref.hashCode() % 5 == 0 ? new Failure("FLAKY", "again", true, 0) : null;
      step(new Event.Finished(link, ref.id(), ref.attempt(), failure, null));
    }

    void loseLink() {
      long lost = link;
      link = -1;
      inFlight.clear();
      step(new Event.LinkClosed(lost));
    }

    void die() {
      held.clear();
      resend.clear();
      life++;
      if (link > 0) {
        loseLink();
      }
    }
  }

  private MeshScenario mesh = new MeshScenario();
  private SplittableRandom random = new SplittableRandom(0);
  private final List<Peer> peers = new ArrayList<>();
  private final Map<Long, Peer> owners = new HashMap<>();
  private final List<TaskId> tasks = new ArrayList<>();
  private final StringBuilder trace = new StringBuilder();
  private long lastLink;

  private void step(Event event) {
    List<Effect> effects = mesh.step(event);
    trace.append(mesh.now).append(event).append(effects.size());
    for (Effect effect : effects) {
      deliver(effect);
    }
  }

  private void deliver(Effect effect) {
    long link = linkOf(effect);
    Peer peer = owners.get(link);
    if (peer != null && peer.link == link) {
      if (effect instanceof Effect.CloseLink) {
        peer.link = -1;
        peer.inFlight.clear();
      } else {
        peer.inFlight.add(effect);
      }
    }
  }

  private static long linkOf(Effect effect) {
    if (effect instanceof Effect.Push push) {
      return push.link();
    } else if (effect instanceof Effect.StopAttempt stop) {
      return stop.link();
    } else if (effect instanceof Effect.Ack ack) {
      return ack.link();
    } else if (effect instanceof Effect.Welcome welcome) {
      return welcome.link();
    } else if (effect instanceof Effect.BeatReply reply) {
      return reply.link();
    } else if (effect instanceof Effect.Probe probe) {
      return probe.link();
    } else if (effect instanceof Effect.CloseLink close) {
      return close.link();
    }
    return -1;
  }

  private void pass(long millis) {
    long until = mesh.now + millis;
    while (mesh.dispatcher.nextDueMillis() <= until) {
      mesh.now = Math.max(mesh.now, mesh.dispatcher.nextDueMillis());
      step(new Event.Tick());
    }
    mesh.now = until;
  }

  private void submit() {
    String session = random.nextInt(3) == 0 ? "s" + random.nextInt(3) : null;
    TaskTerms terms = MeshScenario.terms(Requirement.of("work"), 1 + random.nextInt(10), session);
    TaskId id = TaskId.of(mesh.now, tasks.size() & 0xffff, 0);
    tasks.add(id);
    step(
        new Event.Submit(
            new MeshScenario.Thing("c"), id, terms, new MeshScenario.Thing("b"), null, null));
  }

  private void disturb() {
    Peer peer = peers.get(random.nextInt(peers.size()));
    switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4 -> submit();
      case 5, 6, 7, 8, 9, 10 -> peer.receive();
      case 11, 12, 13 -> peer.finishOne();
      case 14 -> {
        if (peer.link > 0) {
          peer.beat();
        }
      }
      case 15 -> {
        if (peer.link > 0 && random.nextInt(3) == 0) {
          peer.loseLink();
        } else if (peer.link < 0) {
          peer.connect();
        }
      }
      case 16 -> {
        if (random.nextInt(6) == 0) {
          peer.die();
        }
      }
      case 17 -> {
        if (!tasks.isEmpty()) {
          TaskId id = tasks.get(random.nextInt(tasks.size()));
          step(new Event.Cancel(new MeshScenario.Thing("c"), id, "default", ""));
        }
      }
      default -> pass(random.nextInt(random.nextInt(8) == 0 ? 20_000 : 600));
    }
  }

  /** Everybody is linked, listens, finishes and beats. */
  private void peace() {
    for (int round = 0; round < 2_000 && mesh.dispatcher.liveTasks() > 0; round++) {
      for (Peer peer : peers) {
        if (peer.link < 0) {
          peer.connect();
        }
        while (!peer.inFlight.isEmpty()) {
          peer.receive();
        }
        peer.finishOne();
        peer.beat();
      }
      pass(3_000);
    }
  }

  private String walk(Strategy strategy, long seed) {
    mesh = new MeshScenario(DispatcherConfig.of(strategy, 15_000, 10_000, 1_000));
    random = new SplittableRandom(seed);
    peers.clear();
    owners.clear();
    tasks.clear();
    trace.setLength(0);
    lastLink = 0;
    for (int i = 0; i < 4; i++) {
      peers.add(new Peer("n" + i));
    }
    for (int i = 0; i < STEPS; i++) {
      disturb();
    }
    peace();
    assertThat(mesh.dispatcher.liveTasks()).as("left over after seed %d", seed).isZero();
    assertThat(tasks).allSatisfy(id -> assertThat(mesh.outcome(id)).isNotNull());
    return trace.toString();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void shouldEndEveryTaskExactlyOnce(long seed) {
    walk(Strategy.LEAST_CONNECTIONS, seed);
  }

  @ParameterizedTest
  @EnumSource(Strategy.class)
  void shouldDecideTheSameAgainForTheSameHistory(Strategy strategy) {
    assertThat(walk(strategy, 99)).isEqualTo(walk(strategy, 99));
  }
}
