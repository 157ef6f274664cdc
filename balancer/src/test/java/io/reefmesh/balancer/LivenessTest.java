package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.held;
import static io.reefmesh.balancer.MeshScenario.profile;
import static io.reefmesh.balancer.MeshScenario.retrying;
import static io.reefmesh.balancer.MeshScenario.terms;
import static io.reefmesh.balancer.MeshScenario.timed;
import static io.reefmesh.balancer.MeshScenario.unattended;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Beats, silence, newcomers, pushes that never left, and work that stands still. */
final class LivenessTest {

  private final MeshScenario mesh = new MeshScenario();

  private Effect.Rhythm welcomeOf(String id) {
    mesh.join(id, profile(1));
    return mesh.the(Effect.Welcome.class).get(0).rhythm();
  }

  // Beats.

  @Test
  void shouldStretchBeatsAsTheFleetGrows() {
    BeatPace pace = new BeatPace(5_000, 500);
    assertThat(pace.intervalMillis(1)).isEqualTo(5_000);
    assertThat(pace.intervalMillis(10)).isEqualTo(5_000);
    assertThat(pace.intervalMillis(2_500)).isEqualTo(5_000);
    assertThat(pace.intervalMillis(2_501)).isEqualTo(5_002);
    assertThat(pace.intervalMillis(10_000)).isEqualTo(20_000);
    assertThat(pace.intervalMillis(20_000)).isEqualTo(40_000);
    assertThat(pace.intervalMillis(Integer.MAX_VALUE)).isEqualTo(600_000);
  }

  @Test
  void shouldBearLongerSilenceOnlyOfThoseThatWereToldToBeatLess() {
    BeatPace pace = new BeatPace(5_000, 500);
    assertThat(pace.silentAfterMillis(5_000, 15_000)).isEqualTo(15_000);
    assertThat(pace.silentAfterMillis(5_000, 7_000)).as("as configured").isEqualTo(7_000);
    assertThat(pace.silentAfterMillis(20_000, 15_000)).isEqualTo(60_000);
    assertThat(pace.silentAfterMillis(6_000, 40_000)).isEqualTo(40_000);
  }

  @Test
  void shouldSpreadFirstBeatsOverTheInterval() {
    BeatPace pace = new BeatPace(5_000, 500);
    SplittableRandom random = new SplittableRandom(1);
    Set<Long> fifths = new HashSet<>();
    for (int i = 0; i < 200; i++) {
      long first = pace.firstMillis(5_000, random);
      assertThat(first).isBetween(500L, 5_000L);
      fifths.add((first - 500) / 901);
    }
    assertThat(fifths).hasSize(5);
  }

  @Test
  void shouldTellEachNodeTheIntervalOfItsTimeAndJudgeItByThat() {
    // given: 1 beat a second, so the second node makes it 2 s
    MeshScenario few =
        new MeshScenario(DispatcherConfig.defaults().withPace(new BeatPace(1_000, 1)));
    MeshScenario.Peer a = few.join("a", profile(1));
    assertThat(few.the(Effect.Welcome.class).get(0).rhythm())
        .isEqualTo(new Effect.Rhythm(1_000, 25_000));
    for (int i = 0; i < 9; i++) {
      few.join("b" + i, profile(1));
    }
    assertThat(few.the(Effect.Welcome.class).get(0).rhythm())
        .isEqualTo(new Effect.Rhythm(10_000, 40_000));
    // when: a hears of it with its next beat
    few.beat(a, profile(1), 0);
    assertThat(few.the(Effect.BeatReply.class).get(0).rhythm().beatMillis()).isEqualTo(10_000);
    // then
    few.pass(15_000);
    assertThat(few.node("a").state()).isEqualTo(NodeState.ONLINE);
    assertThat(few.node("b0").state()).as("told 2 s: 15 s hold").isEqualTo(NodeState.SUSPECT);
    few.pass(15_000);
    assertThat(few.node("a").state()).isEqualTo(NodeState.SUSPECT);
  }

  @Test
  void shouldKeepLeasesOfNodesThatBeatLess() {
    MeshScenario few =
        new MeshScenario(DispatcherConfig.defaults().withPace(new BeatPace(1_000, 1)));
    List<MeshScenario.Peer> others = new ArrayList<>();
    for (int i = 0; i < 19; i++) {
      others.add(few.join("b" + i, profile(0)));
    }
    MeshScenario.Peer a = few.join("a", profile(1));
    TaskId id = few.submit(retrying(1));
    few.accept(a, id, 1);
    for (int i = 0; i < 8; i++) {
      few.pass(14_000);
      others.forEach(other -> few.beat(other, profile(0), 0));
      if (i == 3) {
        few.beat(a, profile(1), 1, held(id, 1));
      }
    }
    assertThat(few.view(id).state()).isEqualTo(TaskState.RUNNING);
    assertThat(few.node("a").state()).isEqualTo(NodeState.BUSY);
  }

  // Newcomers.

  @Test
  void shouldGoOnWithTheProbeWhenTheSameNewcomerDialsAgain() {
    mesh.join("a", profile(1));
    MeshScenario.Peer first = mesh.join("a", "incarnation-2", profile(1));
    mesh.pass(1_500);
    mesh.disconnect(first);
    MeshScenario.Peer again = mesh.join("a", "incarnation-2", profile(1));
    assertThat(mesh.the(Effect.Probe.class)).as("it was asked already").isEmpty();
    mesh.pass(499);
    assertThat(mesh.node("a").incarnation()).isEqualTo("incarnation-1");
    mesh.pass(1);
    assertThat(mesh.the(Effect.Welcome.class))
        .extracting(Effect.Welcome::link)
        .containsExactly(again.link());
  }

  @Test
  void shouldLetANewcomerInThatIsBackAfterTheProbeWentUnanswered() {
    mesh.join("a", profile(1));
    MeshScenario.Peer first = mesh.join("a", "incarnation-2", profile(1));
    mesh.disconnect(first);
    mesh.pass(3_000);
    assertThat(mesh.node("a").incarnation()).isEqualTo("incarnation-1");
    MeshScenario.Peer again = mesh.join("a", "incarnation-2", profile(1));
    assertThat(mesh.the(Effect.Welcome.class))
        .extracting(Effect.Welcome::link)
        .containsExactly(again.link());
  }

  @Test
  void shouldAskAnewWhenTheNodeHadAnswered() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    MeshScenario.Peer first = mesh.join("a", "incarnation-2", profile(1));
    mesh.disconnect(first);
    mesh.beat(a, profile(1), 0);
    mesh.pass(3_000);
    mesh.join("a", "incarnation-2", profile(1));
    assertThat(mesh.the(Effect.Probe.class)).hasSize(1);
    assertThat(mesh.the(Effect.Welcome.class)).isEmpty();
  }

  @Test
  void shouldNotStartTheProbeAnewForYetAnotherProcess() {
    mesh.join("a", profile(1));
    MeshScenario.Peer second = mesh.join("a", "incarnation-2", profile(1));
    mesh.pass(1_500);
    MeshScenario.Peer third = mesh.join("a", "incarnation-3", profile(1));
    assertThat(mesh.the(Effect.CloseLink.class))
        .extracting(Effect.CloseLink::link)
        .containsExactly(second.link());
    mesh.pass(500);
    assertThat(mesh.the(Effect.Welcome.class))
        .extracting(Effect.Welcome::link)
        .containsExactly(third.link());
  }

  // Pushes that never left.

  @Test
  void shouldNotChargeAPushThatNeverLeftWhenItsLeaseEnds() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(1));
    for (int i = 0; i < 2; i++) {
      mesh.pass(12_000);
      mesh.beat(a, profile(1), 0);
    }
    mesh.pass(1_000);
    assertThat(mesh.the(Effect.Recall.class)).containsExactly(new Effect.Recall(a.link(), id, 1));
    assertThat(mesh.view(id).attempt()).isEqualTo(1);
    mesh.join("b", profile(1));
    mesh.step(new Event.Withdrawn(a.link(), id, 1));
    assertThat(mesh.view(id).nodeId()).isEqualTo("b");
    assertThat(mesh.view(id).history())
        .extracting(AttemptRecord::outcome)
        .containsExactly(AttemptOutcome.UNRECEIVED);
  }

  @Test
  void shouldChargeAPushThatLeftWhenItsLeaseEnds() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(1));
    for (int i = 0; i < 2; i++) {
      mesh.pass(12_000);
      mesh.beat(a, profile(1), 0);
    }
    mesh.pass(2_000);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.FAILED);
    assertThat(mesh.node("a").held()).as("it may still come to it").hasSize(1);
  }

  @Test
  void shouldAskForPushesBackFromANodeThatFallsSilent() {
    MeshScenario.Peer a = mesh.join("a", profile(2));
    TaskId running = mesh.submit(retrying(1));
    mesh.accept(a, running, 1);
    TaskId waiting = mesh.submit(retrying(1));
    mesh.pass(15_000);
    assertThat(mesh.the(Effect.Recall.class))
        .containsExactly(new Effect.Recall(a.link(), waiting, 1));
  }

  // Work that stands still.

  @Test
  void shouldEndAnAttemptThatMakesNoProgress() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(unattended(12_000));
    mesh.accept(a, id, 1);
    mesh.pass(5_000);
    mesh.beat(a, profile(1), 1, held(id, 1, 0, 0));
    mesh.pass(6_999);
    mesh.beat(a, profile(1), 1, held(id, 1, 0, 0));
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.RUNNING);
    mesh.pass(1);
    mesh.beat(a, profile(1), 1, held(id, 1, 0, 0));
    TaskView view = mesh.view(id);
    assertThat(view.state()).isEqualTo(TaskState.QUEUED);
    assertThat(view.history())
        .singleElement()
        .satisfies(
            past -> {
              assertThat(past.outcome()).isEqualTo(AttemptOutcome.TIMED_OUT);
              assertThat(MeshScenario.codeOf(past)).isEqualTo(Failure.NO_PROGRESS);
            });
    assertThat(mesh.the(Effect.StopAttempt.class)).hasSize(1);
    assertThat(mesh.node("a").held())
        .as("the slot is held until it has stopped")
        .containsExactly(new NodeView.Held(id, 1, true));
  }

  @Test
  void shouldCountOutputAndProgressAlikeAsAdvance() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(unattended(4_000));
    mesh.accept(a, id, 1);
    for (int i = 1; i < 20; i++) {
      mesh.pass(5_000);
      mesh.beat(a, profile(1), 1, i % 2 == 0 ? held(id, 1, i, i - 1) : held(id, 1, i - 1, i));
    }
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.RUNNING);
  }

  @Test
  void shouldNotTakeTheSilenceOfBeatsForTheSilenceOfWork() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(unattended(1_000));
    mesh.accept(a, id, 1);
    mesh.pass(14_000);
    mesh.beat(a, profile(1), 1, held(id, 1, 7, 0));
    assertThat(mesh.view(id).state())
        .as("it may have worked all the time")
        .isEqualTo(TaskState.RUNNING);
    mesh.pass(1_000);
    mesh.beat(a, profile(1), 1, held(id, 1, 7, 0));
    assertThat(mesh.view(id).history()).hasSize(1);
  }

  @Test
  void shouldNotEndAnAttemptWhoseResultWaits() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(unattended(1_000));
    mesh.accept(a, id, 1);
    mesh.pass(14_000);
    mesh.beat(a, profile(1), 1, new Event.HeldAttempt(id, 1, true, 0, 0));
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.RUNNING);
  }

  @Test
  void shouldStartTheNoProgressTimeAnewAfterAGatewayRestart() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(unattended(10_000));
    mesh.accept(a, id, 1);
    mesh.pass(5_000);
    mesh.beat(a, profile(1), 1, held(id, 1, 3, 3));
    mesh.now += 60_000;
    mesh.restart();
    MeshScenario.Peer again = mesh.join("a", profile(1), held(id, 1, 3, 3));
    mesh.pass(9_999);
    mesh.beat(again, profile(1), 0, held(id, 1, 3, 3));
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.RUNNING);
    mesh.pass(1);
    mesh.beat(again, profile(1), 0, held(id, 1, 3, 3));
    assertThat(mesh.view(id).history()).hasSize(1);
  }

  // The queue timeout.

  @Test
  void shouldStartTheQueueTimeoutAnewWhenATaskIsQueuedAgain() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(timed(10_000, 3_600_000, 86_400_000, 5));
    mesh.accept(a, id, 1);
    mesh.pass(9_000);
    mesh.beat(a, profile(0), 1, held(id, 1));
    mesh.fail(a, id, 1, new Failure("FLAKY", "again", true, 14_000));
    mesh.pass(14_000 + 9_999);
    assertThat(mesh.view(id).state()).as("back-off does not count").isEqualTo(TaskState.QUEUED);
    mesh.pass(1);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.EXPIRED);
  }

  @Test
  void shouldNotCountTheNotBeforeTimeAsWaiting() {
    TaskTerms base = timed(10_000, 3_600_000, 86_400_000, 5);
    TaskId id =
        mesh.submit(
            new TaskTerms(
                base.project(),
                base.requirement(),
                5,
                null,
                null,
                false,
                base.queueTimeoutMillis(),
                base.runTimeoutMillis(),
                base.totalTimeoutMillis(),
                0,
                base.retry(),
                0,
                mesh.now + 60_000));
    mesh.pass(69_999);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.QUEUED);
    mesh.pass(1);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.EXPIRED);
  }

  @Test
  void shouldGiveNodesTimeToComeBackBeforeAQueueTimeoutStrikes() {
    TaskId id = mesh.submit(timed(10_000, 3_600_000, 86_400_000, 5));
    mesh.now += 3_600_000;
    mesh.restart();
    mesh.pass(19_999);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.QUEUED);
    mesh.join("a", profile(1));
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldExpireWhatNobodyTookAfterARestart() {
    TaskId id = mesh.submit(timed(10_000, 3_600_000, 86_400_000, 5));
    mesh.now += 3_600_000;
    mesh.restart();
    mesh.pass(20_000);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.EXPIRED);
  }

  @Test
  void shouldTellTheConfiguredIntervalToAFewNodes() {
    assertThat(welcomeOf("a")).isEqualTo(new Effect.Rhythm(5_000, 25_000));
    assertThat(welcomeOf("b")).isEqualTo(new Effect.Rhythm(5_000, 25_000));
    assertThat(mesh.submit(terms())).isNotNull();
  }
}
