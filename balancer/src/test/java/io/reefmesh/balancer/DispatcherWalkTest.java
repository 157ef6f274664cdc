package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
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
 * way, or without a word; processes die, leave, or claim another's name; slots come and go; pushes
 * never leave the gateway; the gateway restarts; callers cancel. Afterwards the world is left in
 * peace, and every task must end.
 */
final class DispatcherWalkTest {

  private static final int STEPS = 1_500;
  private static final int MAX_SLOTS = 4;
  private static final List<RefusalScope> SCOPES = List.of(RefusalScope.values());
  private static final String[] PROJECTS = {"default", "a", "b"};

  /**
   * A node that follows the protocol: what it received in order, what it runs, what is not acked.
   */
  private final class Peer {
    final String id;
    final String process;
    int life = 1;
    int slots = 3;
    long link = -1;
    boolean welcomed;
    final ArrayDeque<Effect> inFlight = new ArrayDeque<>();
    final Map<Effect.AttemptRef, Boolean> held = new LinkedHashMap<>();
    final Map<Effect.AttemptRef, Long> progress = new HashMap<>();
    boolean failing;
    boolean draining;
    long received;

    Peer(String id, String process) {
      this.id = id;
      this.process = process;
    }

    String incarnation() {
      return process + life;
    }

    /** Every other node keeps its sessions' state; the last ones alone have llm. */
    NodeProfile profile() {
      boolean smart = id.compareTo("n2") >= 0;
      return new NodeProfile(
          false,
          smart ? ImmutableSortedSet.of("llm") : ImmutableSortedSet.of(),
          ImmutableSortedSet.of(),
          ImmutableMap.of(),
          slots,
          1,
          id.endsWith("1") || id.endsWith("3"),
          "test",
          "");
    }

    boolean isLinked() {
      return link > 0 && welcomed;
    }

    void connect() {
      inFlight.clear();
      received = 0;
      welcomed = false;
      link = ++lastLink;
      owners.put(link, this);
      step(new Event.Hello(link, id, incarnation(), profile(), heldNow()));
    }

    ImmutableList<Event.HeldAttempt> heldNow() {
      List<Event.HeldAttempt> now = new ArrayList<>();
      held.forEach(
          (ref, finished) ->
              now.add(
                  new Event.HeldAttempt(
                      ref.id(), ref.attempt(), finished, progress.getOrDefault(ref, 0L), 0)));
      return ImmutableList.copyOf(now);
    }

    void beat() {
      step(new Event.Beat(link, false, 0, 0, slots, profile().capabilities(), heldNow(), received));
    }

    long running() {
      return held.values().stream().filter(finished -> !finished).count();
    }

    /** Takes in the next message from the gateway. */
    void receive() {
      Effect effect = inFlight.poll();
      if (effect instanceof Effect.Push push) {
        received = push.ordinal();
        assertThat(draining).as("node %s drains and was pushed %s", id, push).isFalse();
        Effect.AttemptRef ref = new Effect.AttemptRef(push.id(), push.attempt());
        assertThat(running()).as("slots of %s", id).isLessThan(MAX_SLOTS);
        if (random.nextInt(12) == 0) {
          RefusalScope scope = SCOPES.get(random.nextInt(SCOPES.size()));
          step(new Event.Refused(link, ref.id(), ref.attempt(), "not now", 1_000, scope));
        } else {
          assertThat(started.put(ref, incarnation())).as("runs of %s", ref).isNull();
          held.put(ref, false);
          step(new Event.Accepted(link, ref.id(), ref.attempt()));
        }
      } else if (effect instanceof Effect.StopAttempt stop) {
        drop(new Effect.AttemptRef(stop.id(), stop.attempt()));
      } else if (effect instanceof Effect.Ack ack) {
        held.remove(new Effect.AttemptRef(ack.id(), ack.attempt()));
      } else if (effect instanceof Effect.Welcome welcome) {
        welcomed = true;
        draining = welcome.draining();
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
      } else if (effect instanceof Effect.Drain drain) {
        draining = drain.draining();
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
          if (isLinked()) {
            report(entry.getKey());
          }
          return;
        }
      }
    }

    private void report(Effect.AttemptRef ref) {
      boolean fails = failing || ref.hashCode() % 5 == 0;
      Failure failure = fails ? new Failure("FLAKY", "again", true, 0) : null;
      step(new Event.Finished(link, ref.id(), ref.attempt(), failure, null));
    }

    void loseLink() {
      long lost = link;
      link = -1;
      inFlight.clear();
      if (random.nextBoolean()) {
        step(new Event.LinkClosed(lost));
      } else {
        unnoticed.add(lost);
      }
    }

    void die() {
      held.clear();
      resend.clear();
      life++;
      if (link > 0) {
        loseLink();
      }
    }

    void leave(boolean unregister) {
      step(new Event.Leaving(link, "", unregister));
      if (unregister) {
        die();
      }
    }
  }

  private MeshScenario mesh = new MeshScenario();
  private SplittableRandom random = new SplittableRandom(0);
  private final List<Peer> peers = new ArrayList<>();
  private final Map<Long, Peer> owners = new HashMap<>();
  private final List<TaskId> tasks = new ArrayList<>();
  private final Map<TaskId, String> projects = new HashMap<>();
  private final StringBuilder trace = new StringBuilder();
  private OrderWatch order = new OrderWatch(mesh);

  /** Which process began to run which attempt: never a second one. */
  private final Map<Effect.AttemptRef, String> started = new HashMap<>();

  /** Links that are broken, which the gateway has not noticed. */
  private final List<Long> unnoticed = new ArrayList<>();

  /** Pushes that never left the gateway, which the dispatcher has not heard yet. */
  private final List<Event.Withdrawn> withdrawn = new ArrayList<>();

  private long lastLink;

  private void step(Event event) {
    List<Effect> effects = mesh.step(event);
    trace.append(mesh.now).append(event).append(effects.size());
    for (Effect effect : effects) {
      deliver(effect);
    }
    if (effects.stream().anyMatch(Effect.Push.class::isInstance)) {
      checkSlots(effects);
      order.check(effects, link -> owners.containsKey(link) ? owners.get(link).id : "");
    }
  }

  /** Whoever was given work has room for it, as the gateway knows it. */
  private void checkSlots(List<Effect> effects) {
    for (Effect effect : effects) {
      if (effect instanceof Effect.Push push && owners.containsKey(push.link())) {
        NodeView node = mesh.node(owners.get(push.link()).id);
        assertThat(node.held()).hasSizeLessThanOrEqualTo(node.profile().slots());
      }
    }
  }

  private void deliver(Effect effect) {
    long link = linkOf(effect);
    Peer peer = owners.get(link);
    if (peer != null && peer.link == link) {
      if (effect instanceof Effect.CloseLink) {
        peer.link = -1;
        peer.inFlight.clear();
      } else if (effect instanceof Effect.Push push && random.nextInt(15) == 0) {
        withdrawn.add(new Event.Withdrawn(link, push.id(), push.attempt()));
      } else if (effect instanceof Effect.Recall recall) {
        if (tookBack(peer, recall.id(), recall.attempt())) {
          withdrawn.add(new Event.Withdrawn(link, recall.id(), recall.attempt()));
        }
      } else if (effect instanceof Effect.StopAttempt stop
          && tookBack(peer, stop.id(), stop.attempt())) {
        withdrawn.add(new Event.Withdrawn(link, stop.id(), stop.attempt()));
      } else {
        peer.inFlight.add(effect);
      }
    }
  }

  /** Whether the push still waited in the gateway. */
  private boolean tookBack(Peer peer, TaskId id, int attempt) {
    return random.nextBoolean()
        && peer.inFlight.removeIf(
            waiting ->
                waiting instanceof Effect.Push push
                    && push.id().equals(id)
                    && push.attempt() == attempt);
  }

  private void noticeAll() {
    List<Event> late = new ArrayList<>(withdrawn);
    unnoticed.forEach(link -> late.add(new Event.LinkClosed(link)));
    withdrawn.clear();
    unnoticed.clear();
    late.forEach(this::step);
  }

  /** Another life of the gateway: no link and no message outlives it, the store does. */
  private void restartGateway() {
    mesh.checkFold();
    withdrawn.clear();
    unnoticed.clear();
    owners.clear();
    for (Peer peer : peers) {
      peer.link = -1;
      peer.inFlight.clear();
    }
    mesh.now += random.nextInt(3_000);
    mesh.restart();
    step(new Event.Tick());
    mesh.checkFold();
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
    } else if (effect instanceof Effect.Recall recall) {
      return recall.link();
    } else if (effect instanceof Effect.Drain drain) {
      return drain.link();
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
    String[] needs = random.nextInt(5) == 0 ? new String[] {"llm"} : new String[0];
    TaskTerms terms =
        random.nextInt(6) == 0
            ? MeshScenario.timed(
                1 + random.nextInt(9_000), 1 + random.nextInt(9_000), 1 + random.nextInt(60_000), 2)
            : random.nextInt(6) == 0
                ? MeshScenario.unattended(1 + random.nextInt(9_000))
                : Terms.of(PROJECTS[random.nextInt(PROJECTS.length)])
                    .type("work", needs)
                    .priority(random.nextInt(3) == 0 ? 1 + random.nextInt(10) : 5)
                    .session(random.nextInt(3) == 0 ? "s" + random.nextInt(3) : null)
                    .key(random.nextInt(4) == 0 ? "k" + random.nextInt(2) : null)
                    .preferSessionNode(random.nextInt(3) == 0)
                    .build();
    TaskId id = TaskId.of(mesh.now, tasks.size() & 0xffff, 0);
    tasks.add(id);
    projects.put(id, terms.project());
    step(
        new Event.Submit(
            new MeshScenario.Thing("c"), id, terms, new MeshScenario.Thing("b"), null, null));
  }

  private void disturb() {
    Peer peer = peers.get(random.nextInt(peers.size()));
    switch (random.nextInt(27)) {
      case 0, 1, 2, 3, 4 -> submit();
      case 5, 6, 7, 8, 9, 10 -> peer.receive();
      case 11, 12, 13 -> peer.finishOne();
      case 14 -> {
        if (peer.isLinked()) {
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
          cancel(id);
        }
      }
      case 18 -> peer.slots = random.nextInt(MAX_SLOTS + 1);
      case 19 -> noticeAll();
      case 20 -> mesh.checkFold();
      case 21 -> rareTurn(peer);
      case 22 -> order(peer);
      case 23 -> peer.held.keySet().forEach(ref -> peer.progress.merge(ref, 1L, Long::sum));
      case 24 -> {
        if (random.nextInt(4) == 0) {
          peer.failing = !peer.failing;
        }
      }
      default -> pass(random.nextInt(random.nextInt(8) == 0 ? 20_000 : 600));
    }
  }

  /** What operators do. */
  private void order(Peer peer) {
    MeshScenario.Thing operator = new MeshScenario.Thing("o");
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> step(new Event.DrainNode(operator, peer.id, "test"));
      case 3, 4, 5, 6 -> step(new Event.ResumeNode(operator, peer.id));
      default -> step(new Event.RemoveNode(operator, peer.id, random.nextBoolean()));
    }
  }

  private void cancel(TaskId id) {
    String project = projects.getOrDefault(id, "default");
    step(new Event.Cancel(new MeshScenario.Thing("c"), id, project, ""));
  }

  private void rareTurn(Peer peer) {
    switch (random.nextInt(12)) {
      case 0, 1 -> restartGateway();
      case 2 -> {
        for (TaskId id : List.copyOf(tasks)) {
          cancel(id);
        }
      }
      case 3, 4 -> {
        if (peer.isLinked()) {
          peer.leave(random.nextBoolean());
        }
      }
      default -> peer.slots = 3;
    }
  }

  /** Everybody is linked, listens, finishes and beats; whose name another has is turned away. */
  private void peace() {
    noticeAll();
    for (Peer peer : peers) {
      peer.slots = 3;
      peer.failing = false;
      step(new Event.ResumeNode(new MeshScenario.Thing("o"), peer.id));
    }
    for (Peer peer : peers) {
      if (peer.link > 0) {
        // Whoever was leaving has changed its mind.
        peer.loseLink();
      }
    }
    noticeAll();
    for (int round = 0; round < 2_000 && mesh.dispatcher.liveTasks() > 0; round++) {
      for (Peer peer : peers) {
        if (peer.link < 0) {
          peer.connect();
        }
        while (!peer.inFlight.isEmpty()) {
          peer.receive();
        }
        peer.finishOne();
        if (peer.isLinked()) {
          peer.beat();
        }
      }
      noticeAll();
      pass(1_500);
    }
  }

  private String walk(Strategy strategy, long seed) {
    mesh =
        new MeshScenario(
            DispatcherConfig.of(strategy, 15_000, 10_000, 1_000).withQueue(OrderWatch.RULES));
    order = new OrderWatch(mesh);
    projects.clear();
    random = new SplittableRandom(seed);
    peers.clear();
    owners.clear();
    tasks.clear();
    trace.setLength(0);
    lastLink = 0;
    started.clear();
    withdrawn.clear();
    unnoticed.clear();
    for (int i = 0; i < 4; i++) {
      peers.add(new Peer("n" + i, "first-"));
    }
    peers.add(new Peer("n0", "clone-"));
    for (int i = 0; i < STEPS; i++) {
      disturb();
    }
    peace();
    mesh.checkFold();
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
