package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.held;
import static io.reefmesh.balancer.MeshScenario.profile;
import static io.reefmesh.balancer.MeshScenario.retrying;
import static io.reefmesh.balancer.MeshScenario.terms;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;

/** What becomes of work when nodes go silent, come back, are cloned or disagree. */
final class NodeLifeTest {

  private final MeshScenario mesh = new MeshScenario();

  @Test
  void shouldLetANodeThatComesBackInTimeKeepItsWork() {
    // given
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.accept(a, id, 1);
    mesh.join("b", profile(1));
    mesh.disconnect(a);
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.SUSPECT);
    mesh.pass(9_999);
    // when
    MeshScenario.Peer again = mesh.join("a", profile(1), held(id, 1));
    // then
    assertThat(mesh.the(Effect.Welcome.class).get(0).keep())
        .containsExactly(new Effect.AttemptRef(id, 1));
    assertThat(mesh.view(id).attempt()).isEqualTo(1);
    mesh.succeed(again, id, 1);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.SUCCEEDED);
  }

  @Test
  void shouldMoveTheWorkOfANodeThatDoesNotComeBack() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.accept(a, id, 1);
    mesh.join("b", profile(1));
    mesh.disconnect(a);
    mesh.pass(10_000);
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.OFFLINE);
    mesh.pass(1_000);
    assertThat(mesh.view(id).nodeId()).isEqualTo("b");
    assertThat(mesh.view(id).history())
        .extracting(AttemptRecord::outcome)
        .containsExactly(AttemptOutcome.LOST);
  }

  @Test
  void shouldWaitLongerForATaskThatAsksForIt() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskTerms base = terms();
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
                3_600_000,
                0));
    mesh.accept(a, id, 1);
    mesh.disconnect(a);
    mesh.pass(3_599_999);
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.SUSPECT);
    mesh.join("a", profile(1), held(id, 1));
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.RUNNING);
  }

  @Test
  void shouldSuspectASilentNodeAndGiveItUpAfterTheGrace() {
    mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(1));
    mesh.pass(14_999);
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.BUSY);
    mesh.pass(1);
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.SUSPECT);
    mesh.pass(10_000);
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.OFFLINE);
    assertThat(mesh.the(Effect.CloseLink.class))
        .extracting(Effect.CloseLink::reason)
        .containsExactly(Effect.CloseLink.Reason.SILENT);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.FAILED);
  }

  @Test
  void shouldTrustASilentNodeAgainWhenItSpeaks() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.pass(20_000);
    mesh.beat(a, profile(1), 1, held(id, 1));
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.BUSY);
    mesh.pass(14_000);
    assertThat(mesh.view(id).attempt()).isEqualTo(1);
  }

  @Test
  void shouldForgetANodeThatIsLongGone() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    mesh.disconnect(a);
    mesh.pass(10_000);
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.OFFLINE);
    mesh.pass(3_600_000);
    mesh.step(new Event.LookAtNodes(new MeshScenario.Thing("r")));
    assertThat(mesh.answer(Answer.Nodes.class).nodes()).isEmpty();
  }

  @Test
  void shouldNotTakeABeatWrittenBeforeTheAssignmentForItsLoss() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.beat(a, profile(1), 0);
    assertThat(mesh.view(id).attempt()).isEqualTo(1);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldPushAgainAtNoCostWhatTheNodeReceivedAndDoesNotHold() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(1));
    mesh.beat(a, profile(1), 1);
    assertThat(mesh.view(id).attempt()).isEqualTo(2);
    assertThat(mesh.view(id).history())
        .extracting(AttemptRecord::outcome)
        .containsExactly(AttemptOutcome.UNRECEIVED);
  }

  @Test
  void shouldChargeWhatTheNodeAcceptedAndThenForgot() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(1));
    mesh.accept(a, id, 1);
    mesh.beat(a, profile(1), 1);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.FAILED);
  }

  @Test
  void shouldPushAgainWhatTheOldLinkNeverDelivered() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(1));
    mesh.disconnect(a);
    MeshScenario.Peer again = mesh.join("a", profile(1));
    assertThat(mesh.the(Effect.Push.class))
        .singleElement()
        .satisfies(
            push -> {
              assertThat(push.link()).isEqualTo(again.link());
              assertThat(push.attempt()).isEqualTo(2);
              assertThat(push.ordinal()).isEqualTo(1);
            });
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldRenewOnlyWhatABeatNames() {
    MeshScenario.Peer a = mesh.join("a", profile(2));
    TaskId named = mesh.submit(retrying(1));
    TaskId unnamed = mesh.submit(retrying(1));
    for (int i = 0; i < 5; i++) {
      mesh.pass(5_000);
      mesh.beat(a, profile(2), 0, held(named, 1));
    }
    mesh.pass(1_000);
    assertThat(mesh.outcome(unnamed)).as("its lease ran out").isEqualTo(TaskState.FAILED);
    assertThat(mesh.view(named).state()).isEqualTo(TaskState.RUNNING);
  }

  @Test
  void shouldTellANodeToDropWhatItShouldNotHold() {
    MeshScenario.Peer a = mesh.join("a", profile(2));
    TaskId unknown = TaskId.of(mesh.now, 9_999, 1);
    mesh.beat(a, profile(2), 0, held(unknown, 7));
    assertThat(mesh.the(Effect.BeatReply.class).get(0).drop())
        .containsExactly(new Effect.AttemptRef(unknown, 7));
    assertThat(mesh.node("a").held()).as("it still takes a slot").hasSize(1);
    mesh.beat(a, profile(2), 0);
    assertThat(mesh.node("a").held()).isEmpty();
  }

  @Test
  void shouldDropAStaleAttemptOfANodeThatComesBackTooLate() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.accept(a, id, 1);
    mesh.disconnect(a);
    mesh.join("b", profile(1));
    mesh.pass(11_000);
    assertThat(mesh.view(id).nodeId()).isEqualTo("b");
    MeshScenario.Peer late = mesh.join("a", profile(1), held(id, 1));
    assertThat(mesh.the(Effect.Welcome.class).get(0).drop())
        .containsExactly(new Effect.AttemptRef(id, 1));
    mesh.succeed(late, id, 1);
    assertThat(mesh.the(Effect.Ack.class).get(0).status()).isEqualTo(Effect.Ack.Status.STALE);
    assertThat(mesh.view(id).attempt()).isEqualTo(2);
  }

  @Test
  void shouldRecordALateResultWhileNoLaterAttemptWasPushed() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.accept(a, id, 1);
    mesh.disconnect(a);
    mesh.pass(30_000);
    MeshScenario.Peer late = mesh.join("a", profile(0), new Event.HeldAttempt(id, 1, true));
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.QUEUED);
    mesh.succeed(late, id, 1);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.SUCCEEDED);
    assertThat(mesh.the(Effect.Ack.class).get(0).status()).isEqualTo(Effect.Ack.Status.RECORDED);
  }

  @Test
  void shouldTakeAResultOnceAndOnlyFromItsHolder() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    MeshScenario.Peer b = mesh.join("b", profile(1));
    mesh.succeed(b, id, 1);
    assertThat(mesh.the(Effect.Ack.class).get(0).status()).isEqualTo(Effect.Ack.Status.STALE);
    assertThat(mesh.live(id)).isNotNull();
    mesh.succeed(a, id, 1);
    mesh.succeed(a, id, 1);
    assertThat(mesh.the(Effect.Ack.class).get(0).status()).isEqualTo(Effect.Ack.Status.RECORDED);
    mesh.succeed(a, TaskId.of(mesh.now, 77, 3), 1);
    assertThat(mesh.the(Effect.Ack.class).get(0).status()).isEqualTo(Effect.Ack.Status.UNKNOWN);
    assertThat(mesh.dispatcher.staleMessages()).isEqualTo(3);
  }

  @Test
  void shouldIgnoreALinkThatWasReplaced() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.join("a", profile(1), held(id, 1));
    assertThat(mesh.the(Effect.CloseLink.class).get(0).reason())
        .isEqualTo(Effect.CloseLink.Reason.REPLACED);
    mesh.succeed(a, id, 1);
    assertThat(mesh.live(id)).isNotNull();
    mesh.disconnect(a);
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.BUSY);
  }

  @Test
  void shouldRefuseASecondProcessWhileTheFirstLives() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    MeshScenario.Peer clone = mesh.join("a", "incarnation-2", profile(1));
    assertThat(mesh.the(Effect.Probe.class))
        .extracting(Effect.Probe::link)
        .containsExactly(a.link());
    assertThat(mesh.the(Effect.Welcome.class)).isEmpty();
    mesh.beat(a, profile(1), 0);
    assertThat(mesh.the(Effect.CloseLink.class))
        .singleElement()
        .satisfies(
            close -> {
              assertThat(close.link()).isEqualTo(clone.link());
              assertThat(close.reason()).isEqualTo(Effect.CloseLink.Reason.DUPLICATE);
            });
    mesh.disconnect(clone);
    assertThat(mesh.node("a").incarnation()).isEqualTo("incarnation-1");
  }

  @Test
  void shouldLetANewProcessTakeThePlaceOfOneThatDoesNotAnswer() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.accept(a, id, 1);
    MeshScenario.Peer fresh = mesh.join("a", "incarnation-2", profile(1));
    mesh.pass(2_000);
    assertThat(mesh.the(Effect.Welcome.class))
        .extracting(Effect.Welcome::link)
        .containsExactly(fresh.link());
    assertThat(mesh.node("a").incarnation()).isEqualTo("incarnation-2");
    assertThat(mesh.view(id).history())
        .extracting(AttemptRecord::outcome)
        .containsExactly(AttemptOutcome.LOST);
  }

  @Test
  void shouldWelcomeARestartedNodeAtOnce() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.accept(a, id, 1);
    mesh.disconnect(a);
    mesh.join("a", "incarnation-2", profile(1));
    assertThat(mesh.view(id).history()).hasSize(1);
    mesh.pass(1_000);
    assertThat(mesh.view(id).attempt()).isEqualTo(2);
  }

  @Test
  void shouldMoveEverythingWhenANodeUnregisters() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.accept(a, id, 1);
    mesh.join("b", profile(1));
    mesh.step(new Event.Leaving(a.link(), "bye", true));
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.OFFLINE);
    mesh.pass(1_000);
    assertThat(mesh.view(id).nodeId()).isEqualTo("b");
  }

  @Test
  void shouldGiveALeavingNodeNothingNew() {
    MeshScenario.Peer a = mesh.join("a", profile(2));
    TaskId first = mesh.submit(terms());
    mesh.step(new Event.Leaving(a.link(), "", false));
    TaskId second = mesh.submit(terms());
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.DRAINING);
    assertThat(mesh.view(second).state()).isEqualTo(TaskState.QUEUED);
    mesh.succeed(a, first, 1);
    assertThat(mesh.outcome(first)).isEqualTo(TaskState.SUCCEEDED);
  }

  @Test
  void shouldAdoptAfterARestartOfTheGateway() {
    // given
    RestoredTask stored = stored("a", "incarnation-1");
    mesh.restart(stored);
    mesh.join("b", profile(4));
    mesh.pass(19_999);
    assertThat(mesh.view(stored.id()).attempt()).isEqualTo(1);
    // when
    MeshScenario.Peer a = mesh.join("a", profile(1), held(stored.id(), 1));
    // then
    assertThat(mesh.view(stored.id()).state()).isEqualTo(TaskState.RUNNING);
    mesh.succeed(a, stored.id(), 1);
    assertThat(mesh.outcome(stored.id())).isEqualTo(TaskState.SUCCEEDED);
  }

  @Test
  void shouldMoveTheWorkOfANodeThatStaysAwayAfterARestart() {
    RestoredTask stored = stored("a", "incarnation-1");
    mesh.restart(stored);
    mesh.pass(20_000);
    mesh.join("b", profile(4));
    mesh.pass(1_000);
    assertThat(mesh.view(stored.id()).nodeId()).isEqualTo("b");
    assertThat(mesh.view(stored.id()).attempt()).isEqualTo(2);
  }

  @Test
  void shouldEndTheLeasesOfAnOlderProcessAfterARestart() {
    RestoredTask stored = stored("a", "incarnation-1");
    mesh.restart(stored);
    mesh.join("a", "incarnation-2", profile(1));
    assertThat(mesh.view(stored.id()).history())
        .extracting(AttemptRecord::outcome)
        .containsExactly(AttemptOutcome.LOST);
  }

  private RestoredTask stored(String nodeId, String incarnation) {
    return new RestoredTask(
        TaskId.of(mesh.now - 60_000, 1, 1),
        terms(),
        new MeshScenario.Thing("body"),
        null,
        1,
        nodeId,
        incarnation,
        mesh.now - 30_000,
        mesh.now - 60_000,
        0,
        ImmutableList.of());
  }
}
