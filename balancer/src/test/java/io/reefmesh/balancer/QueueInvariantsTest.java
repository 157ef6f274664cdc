package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An invariant that cannot fail proves nothing: each is shown a state that breaks it. */
final class QueueInvariantsTest {

  /** A mesh with a task of each kind, and what a defect would do to it. */
  private static final class Broken {
    final MeshState mesh =
        new MeshState(
            DispatcherConfig.defaults()
                .withQueue(
                    new QueueRules(
                        60_000, 5_000, 0, 1, ImmutableMap.of(), ImmutableMap.of("capped", 1))),
            1);
    final NodeHealth health = new NodeHealth(mesh);
    final TaskLife tasks = new TaskLife(mesh, health);
    final NodeLife nodes = new NodeLife(mesh, tasks, health);
    final Placement placement = new Placement(mesh, tasks);
    final TaskEntry running;
    final TaskEntry cappedBehind;
    final TaskEntry keyed;
    final TaskEntry impossible;
    final TaskEntry delayed;
    final TaskEntry awaiting;
    final NodeEntry home;
    private int counter;

    Broken() {
      mesh.nowMillis = MeshScenario.START;
      TaskEntry first = submit(Terms.of("p").session("s").preferSessionNode(true));
      nodes.hello(hello(1, "home", 1));
      placement.run();
      home = node("home");
      tasks.succeeded(first, null);
      running = submit(Terms.of("capped").key("k"));
      placement.run();
      nodes.hello(hello(2, "other", 9));
      awaiting = submit(Terms.of("p").session("s").preferSessionNode(true));
      cappedBehind = submit(Terms.of("capped"));
      submit(Terms.of("q").key("k"));
      keyed = submit(Terms.of("q").key("k"));
      impossible = submit(Terms.of("p").type("work", "gpu"));
      delayed = submit(Terms.of("p").notBefore(mesh.nowMillis + 1_000));
      placement.run();
      mesh.takeEffects();
    }

    private static Event.Hello hello(long link, String id, int slots) {
      return new Event.Hello(link, id, "i", MeshScenario.profile(slots), ImmutableList.of());
    }

    NodeEntry node(String id) {
      NodeEntry node = mesh.nodes.get(id);
      if (node == null) {
        throw new AssertionError("no node " + id);
      }
      return node;
    }

    private TaskEntry submit(Terms terms) {
      return tasks.submit(
          new Event.Submit(
              new MeshScenario.Thing("c"),
              TaskId.of(mesh.nowMillis, counter++, 0),
              terms.build(),
              new MeshScenario.Thing("b"),
              null,
              null));
    }

    static ProjectLane lane(TaskEntry task) {
      ProjectLane lane = task.lane;
      if (lane == null) {
        throw new AssertionError("task " + task.id + " is in no lane");
      }
      return lane;
    }

    static ReadyGroup group(TaskEntry task) {
      ReadyGroup group = task.group;
      if (group == null) {
        throw new AssertionError("task " + task.id + " is in no group");
      }
      return group;
    }

    Cap cap(TaskTerms terms) {
      Cap cap = mesh.ready.caps.inTheWay(terms);
      if (cap == null) {
        throw new AssertionError("no cap is in the way");
      }
      return cap;
    }
  }

  /** What a defect would do. */
  private interface Defect {
    void strike(Broken mesh);
  }

  private static Arguments defect(String complaint, Defect defect) {
    return Arguments.of(complaint, defect);
  }

  static Stream<Arguments> defects() {
    return Stream.of(
        defect("stands in the queue", m -> m.delayed.parked = true),
        defect("is in a lost group", m -> m.impossible.group = Broken.group(m.keyed)),
        defect("stands in 2 places", m -> m.impossible.parked = true),
        defect("stands in 0 places", m -> m.impossible.lane = null),
        defect("is in no heap", m -> m.impossible.readyPosition = -1),
        defect("is in another's lane", m -> m.keyed.lane = Broken.lane(m.cappedBehind)),
        defect("waits for node home, which is SUSPECT", m -> m.home.link = NodeEntry.NO_LINK),
        defect("did not run its session", m -> m.home.incarnation = "another"),
        defect("waits too long", m -> m.awaiting.awaitsUntilMillis += 60_000),
        defect("waits too long", m -> m.awaiting.awaitsUntilMillis = m.mesh.nowMillis),
        defect("nothing ends the wait", m -> m.mesh.timers.cancel(m.awaiting)),
        defect("counts tasks that it has not", m -> Broken.group(m.keyed).tasks++),
        defect("a group is in the wrong place", m -> Broken.group(m.impossible).position = 3),
        defect(
            "is in a group it cannot serve", m -> Broken.group(m.impossible).capable.add(m.home)),
        defect("the lane of project q counts wrong", m -> Broken.lane(m.keyed).size++),
        defect("has the wrong head", m -> Broken.lane(m.impossible).head = null),
        defect("is in the wrong place", m -> Broken.lane(m.impossible).aside = true),
        defect(
            "stands aside though it has a permit",
            m -> m.cap(m.cappedBehind.terms).free(m.running)),
        defect("is too far back", m -> Broken.lane(m.impossible).pass += 1),
        defect("counts ready tasks that it has not", m -> Broken.lane(m.keyed).share.ready++),
        defect("counts lanes wrong", m -> Broken.lane(m.keyed).share.lanes++),
        defect(
            "is more than a turn ahead",
            m -> Broken.lane(m.keyed).share.pass += 10 * Broken.lane(m.keyed).share.stride),
        defect("are not its leases and holds", m -> m.cap(m.keyed.terms).take(m.impossible)),
        defect(
            "are not its leases and holds", m -> m.mesh.ready.caps.take(m.running.terms, m.home)),
        defect("a permit was not taken", m -> forgetCaps(m)),
        defect("more tasks wait for nodes", m -> m.mesh.tasks.remove(m.awaiting.id)),
        defect("could run on node other", m -> hideFromQueue(m)));
  }

  private static void forgetCaps(Broken m) {
    m.mesh.ready.caps.all().removeIf(cap -> cap.lanes == 0);
  }

  /** Somebody forgets to look for work after a node offers more. */
  private static void hideFromQueue(Broken m) {
    NodeEntry other = m.node("other");
    other.profile =
        new NodeProfile(
            false,
            ImmutableSortedSet.of("gpu"),
            ImmutableSortedSet.of(),
            ImmutableMap.of(),
            9,
            1,
            false,
            "",
            "");
    Broken.group(m.impossible).capable.add(other);
  }

  @ParameterizedTest
  @MethodSource("defects")
  void shouldComplainWhenTheQueueContradictsItself(String complaint, Defect defect) {
    // given
    Broken mesh = new Broken();
    assertThatCode(() -> new QueueInvariants(mesh.mesh).check()).doesNotThrowAnyException();
    // when
    defect.strike(mesh);
    // then
    assertThatThrownBy(() -> new QueueInvariants(mesh.mesh).check())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(complaint);
  }
}
