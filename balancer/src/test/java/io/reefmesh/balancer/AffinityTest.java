package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.profile;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions and the nodes that keep their state. */
final class AffinityTest {

  private final MeshScenario mesh = new MeshScenario();
  private MeshScenario.@Nullable Peer home;

  private static NodeProfile keeper(int slots, String... capabilities) {
    return new NodeProfile(
        false,
        ImmutableSortedSet.copyOf(capabilities),
        ImmutableSortedSet.of(),
        ImmutableMap.of(),
        slots,
        1,
        true,
        "test",
        "");
  }

  private static Terms turn() {
    return Terms.of("p").session("s");
  }

  private TaskId submit(Terms terms) {
    return mesh.submit(terms.build());
  }

  private String nodeOf(TaskId id) {
    return String.valueOf(mesh.view(id).nodeId());
  }

  private MeshScenario.Peer home() {
    MeshScenario.Peer peer = home;
    if (peer == null) {
      throw new AssertionError("nobody is home");
    }
    return peer;
  }

  private MeshFigures.Affinity figures() {
    mesh.step(new Event.LookAtMesh(new MeshScenario.Thing("r")));
    return mesh.answer(Answer.Figures.class).figures().affinity();
  }

  /** Session s has run on node home, which has one slot. */
  @BeforeEach
  void runFirstTurn() {
    home = mesh.join("home", keeper(1));
    TaskId first = submit(turn());
    mesh.succeed(home(), first, 1);
  }

  /** Another task takes home's slot, then a node with room is there. */
  private TaskId fillHome() {
    TaskId filler = submit(Terms.of("p"));
    mesh.join("other", keeper(8));
    return filler;
  }

  @Test
  void shouldGoBackToTheNodeThatKeepsTheSessionsState() {
    for (int i = 0; i < 5; i++) {
      mesh.join("other-" + i, keeper(8));
    }
    assertThat(nodeOf(submit(turn()))).isEqualTo("home");
    assertThat(figures()).isEqualTo(new MeshFigures.Affinity(1, 0, 0, 0));
  }

  @Test
  void shouldLetTheStrategyChooseWhenNeitherNodeNorTaskAsksForMore() {
    MeshScenario plain = new MeshScenario();
    MeshScenario.Peer a = plain.join("a", profile(2));
    TaskId first = plain.submit(turn().build());
    plain.submit(Terms.of("p").build());
    plain.succeed(a, first, 1);
    plain.join("b", profile(8));
    assertThat(plain.view(plain.submit(turn().build())).nodeId()).isEqualTo("b");
    plain.step(new Event.LookAtMesh(new MeshScenario.Thing("r")));
    assertThat(plain.answer(Answer.Figures.class).figures().affinity())
        .isEqualTo(new MeshFigures.Affinity(0, 0, 0, 0));
  }

  @Test
  void shouldGoBackWhenTheTaskAsksForItAndTheNodeDoesNot() {
    MeshScenario plain = new MeshScenario();
    MeshScenario.Peer a = plain.join("a", profile(2));
    TaskId first = plain.submit(turn().build());
    plain.submit(Terms.of("p").build());
    plain.succeed(a, first, 1);
    plain.join("b", profile(8));
    assertThat(plain.view(plain.submit(turn().preferSessionNode(true).build())).nodeId())
        .isEqualTo("a");
  }

  @Test
  void shouldWaitForItsFullNodeAndGetItsNextSlot() {
    TaskId filler = fillHome();
    TaskId second = submit(turn());
    assertThat(mesh.waitReason(second).cause()).isEqualTo(WaitReason.Cause.NODES_BUSY);
    assertThat(mesh.waitReason(second).message()).contains("node home", "session s", "full");
    assertThat(mesh.waitReason(second).untilMillis()).isEqualTo(mesh.now + 5_000);
    mesh.pass(3_000);
    mesh.succeed(home(), filler, 1);
    assertThat(nodeOf(second)).isEqualTo("home");
    assertThat(figures()).isEqualTo(new MeshFigures.Affinity(1, 0, 1, 3_000));
  }

  @Test
  void shouldGoElsewhereWhenItHasWaitedLongEnough() {
    fillHome();
    TaskId second = submit(turn());
    mesh.pass(4_999);
    assertThat(mesh.view(second).state()).isEqualTo(TaskState.QUEUED);
    mesh.pass(1);
    assertThat(nodeOf(second)).isEqualTo("other");
    assertThat(figures()).isEqualTo(new MeshFigures.Affinity(0, 1, 1, 5_000));
  }

  @Test
  void shouldWaitForHalfOfAShortQueueTimeoutOnly() {
    fillHome();
    TaskId second = submit(turn().queueTimeout(3_000));
    mesh.pass(1_500);
    assertThat(nodeOf(second)).isEqualTo("other");
  }

  @Test
  void shouldWaitOnceForAllTheTimesItsNodeIsFull() {
    // given: home's slot is free for a moment, and taken by an older task
    TaskId filler = fillHome();
    TaskId second = submit(turn());
    mesh.pass(3_000);
    TaskId urgent = submit(Terms.of("p").priority(1).type("work").label("only", "home"));
    assertThat(mesh.view(urgent).state()).isEqualTo(TaskState.QUEUED);
    mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), filler, "p", ""));
    mesh.pass(2_000);
    assertThat(nodeOf(second)).isEqualTo("other");
  }

  @Test
  void shouldGoElsewhereInTheSameStepWhenTheLinkOfItsNodeCloses() {
    fillHome();
    TaskId second = submit(turn());
    mesh.disconnect(home());
    assertThat(nodeOf(second)).isEqualTo("other");
    assertThat(figures().misses()).isEqualTo(1);
  }

  @Test
  void shouldGoElsewhereInTheSameStepWhenItsNodeDrains() {
    fillHome();
    TaskId second = submit(turn());
    mesh.step(new Event.Leaving(home().link(), "update", false));
    assertThat(nodeOf(second)).isEqualTo("other");
  }

  @Test
  void shouldGoElsewhereInTheSameStepWhenItsNodeLeaves() {
    fillHome();
    TaskId second = submit(turn());
    mesh.step(new Event.Leaving(home().link(), "", true));
    assertThat(nodeOf(second)).isEqualTo("other");
  }

  @Test
  void shouldGoElsewhereInTheSameStepWhenItsNodeLeavesThatWasBusyWithoutATask() {
    mesh.step(
        new Event.Beat(
            home().link(), true, 0, 0, 1, ImmutableSortedSet.of(), ImmutableList.of(), 1));
    mesh.join("other", keeper(8));
    TaskId second = submit(turn());
    assertThat(mesh.waitReason(second).message()).contains("node home");
    mesh.step(new Event.Leaving(home().link(), "", true));
    assertThat(nodeOf(second)).isEqualTo("other");
  }

  @Test
  void shouldGoElsewhereInTheSameStepWhenItsNodeGoesSilent() {
    TaskId filler = fillHome();
    mesh.pass(12_000);
    MeshScenario.Peer other = mesh.join("other", keeper(8));
    TaskId second = submit(turn());
    mesh.pass(3_000);
    assertThat(nodeOf(second)).isEqualTo("other");
    assertThat(other.link()).isPositive();
    assertThat(mesh.view(filler).state()).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldGoElsewhereWhenItsNodeIsAnotherProcessByNow() {
    TaskId filler = fillHome();
    TaskId second = submit(turn());
    mesh.join("home", "incarnation-2", keeper(0));
    mesh.pass(2_000);
    assertThat(nodeOf(second)).isEqualTo("other");
    assertThat(mesh.view(filler).attempt()).isGreaterThanOrEqualTo(1);
  }

  @Test
  void shouldGoOnWaitingWhenItsProcessOnlyOpenedANewLink() {
    TaskId filler = fillHome();
    TaskId second = submit(turn());
    mesh.pass(1_000);
    MeshScenario.Peer again = mesh.join("home", keeper(1), MeshScenario.held(filler, 1));
    assertThat(mesh.view(second).state()).isEqualTo(TaskState.QUEUED);
    assertThat(mesh.waitReason(second).untilMillis()).isEqualTo(mesh.now + 4_000);
    mesh.succeed(again, filler, 1);
    assertThat(nodeOf(second)).isEqualTo("home");
  }

  @Test
  void shouldGoElsewhereWhenItsNodeNoLongerServesIt() {
    mesh.disconnect(home());
    home = mesh.join("home", keeper(1, "llm"));
    TaskId next = submit(turn().type("work", "llm"));
    assertThat(nodeOf(next)).isEqualTo("home");
    mesh.succeed(home(), next, 1);
    fillHome();
    mesh.join("smart", keeper(8, "llm"));
    TaskId waiting = submit(turn().type("work", "llm"));
    assertThat(mesh.view(waiting).state()).isEqualTo(TaskState.QUEUED);
    mesh.beat(home(), keeper(1), 0);
    assertThat(nodeOf(waiting)).isEqualTo("smart");
  }

  @Test
  void shouldTryAnotherNodeAfterItsOwnFailedIt() {
    TaskId second = submit(turn());
    mesh.join("other", keeper(8));
    mesh.fail(home(), second, 1, new Failure("FLAKY", "", true, 0));
    mesh.pass(1_000);
    assertThat(nodeOf(second)).isEqualTo("other");
  }

  @Test
  void shouldGoElsewhereWhenItsNodeRefusesIt() {
    TaskId second = submit(turn());
    mesh.join("other", keeper(8));
    mesh.step(new Event.Refused(home().link(), second, 1, "cold", 60_000));
    assertThat(nodeOf(second)).isEqualTo("other");
  }

  @Test
  void shouldGoBackAfterARestartOfTheGateway() {
    TaskId second = submit(turn());
    mesh.accept(home(), second, 1);
    mesh.restart();
    home = mesh.join("home", keeper(1), MeshScenario.held(second, 1));
    for (int i = 0; i < 3; i++) {
      mesh.join("other-" + i, keeper(8));
    }
    mesh.succeed(home(), second, 1);
    assertThat(nodeOf(submit(turn()))).isEqualTo("home");
  }

  @Test
  void shouldLetOnlyAsManyGoOnAsThereIsRoomAndTheOldestFirst() {
    // given: three sessions that ran on home wait for its one slot
    for (String session : new String[] {"t", "u"}) {
      mesh.succeed(home(), submit(Terms.of("p").session(session)), 1);
    }
    TaskId filler = fillHome();
    TaskId s = submit(turn());
    TaskId t = submit(Terms.of("p").session("t").priority(2));
    TaskId u = submit(Terms.of("p").session("u"));
    // when
    mesh.succeed(home(), filler, 1);
    // then
    assertThat(nodeOf(t)).isEqualTo("home");
    assertThat(mesh.waitReason(s).message()).contains("node home");
    mesh.succeed(home(), t, 1);
    assertThat(nodeOf(s)).isEqualTo("home");
    assertThat(mesh.waitReason(u).message()).contains("node home");
  }

  @Test
  void shouldNotLetATaskAtItsCapKeepTheSlotFromTheNextThatWaits() {
    // given: two sessions wait for home; the older one's key is taken elsewhere meanwhile
    mesh.succeed(home(), submit(Terms.of("p").session("t")), 1);
    TaskId filler = fillHome();
    TaskId keyed = submit(turn().key("k"));
    TaskId next = submit(Terms.of("p").session("t"));
    assertThat(nodeOf(submit(Terms.of("p").key("k")))).isEqualTo("other");
    // when
    mesh.succeed(home(), filler, 1);
    // then
    assertThat(nodeOf(next)).isEqualTo("home");
    assertThat(mesh.waitReason(keyed).cause()).isEqualTo(WaitReason.Cause.CONCURRENCY_CAP);
  }

  @Test
  void shouldEndTheWaitOfACancelledTask() {
    TaskId filler = fillHome();
    TaskId second = submit(turn());
    mesh.pass(1_000);
    mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), second, "p", ""));
    assertThat(figures()).isEqualTo(new MeshFigures.Affinity(0, 0, 1, 1_000));
    mesh.succeed(home(), filler, 1);
    assertThat(mesh.the(Effect.Push.class)).isEmpty();
  }

  @Test
  void shouldNotWaitWhenWaitingIsOff() {
    QueueRules rules = new QueueRules(60_000, 0, 0, 1, ImmutableMap.of(), ImmutableMap.of());
    MeshScenario hasty = new MeshScenario(DispatcherConfig.defaults().withQueue(rules));
    MeshScenario.Peer a = hasty.join("a", keeper(1));
    hasty.succeed(a, hasty.submit(turn().build()), 1);
    hasty.submit(Terms.of("p").build());
    hasty.join("b", keeper(1));
    assertThat(hasty.view(hasty.submit(turn().build())).nodeId()).isEqualTo("b");
    hasty.step(new Event.LookAtMesh(new MeshScenario.Thing("r")));
    assertThat(hasty.answer(Answer.Figures.class).figures().affinity())
        .isEqualTo(new MeshFigures.Affinity(0, 1, 0, 0));
  }
}
