package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.profile;
import static io.reefmesh.balancer.MeshScenario.retrying;
import static io.reefmesh.balancer.MeshScenario.terms;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import org.junit.jupiter.api.Test;

/** Several processes with one node id, and nodes that claim what is not theirs. */
final class NodeClaimsTest {

  private final MeshScenario mesh = new MeshScenario();

  private void leave(MeshScenario.Peer peer) {
    mesh.step(new Event.Leaving(peer.link(), "bye", true));
  }

  @Test
  void shouldRefuseANewcomerWhenTheFirstProcessComesBackOnANewLink() {
    mesh.join("a", profile(1));
    MeshScenario.Peer clone = mesh.join("a", "incarnation-2", profile(1));
    MeshScenario.Peer again = mesh.join("a", profile(1));
    assertThat(mesh.the(Effect.CloseLink.class))
        .anySatisfy(
            close -> {
              assertThat(close.link()).isEqualTo(clone.link());
              assertThat(close.reason()).isEqualTo(Effect.CloseLink.Reason.DUPLICATE);
            });
    mesh.pass(3_000);
    assertThat(mesh.node("a").incarnation()).isEqualTo(again.incarnation());
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.ONLINE);
  }

  @Test
  void shouldTurnAwayAHelloThatWasHeldUpWhenALaterLinkOfTheProcessIsHere() {
    MeshScenario.Peer later = mesh.dial("a", "incarnation-1", 2, profile(1));
    TaskId id = mesh.submit(retrying(3));

    MeshScenario.Peer heldUp = mesh.dial("a", "incarnation-1", 1, profile(1));

    assertThat(mesh.the(Effect.CloseLink.class))
        .extracting(Effect.CloseLink::link)
        .containsExactly(heldUp.link());
    assertThat(mesh.the(Effect.Push.class)).isEmpty();
    mesh.accept(later, id, 1);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.RUNNING);
  }

  @Test
  void shouldTurnAwayAHelloThatWasHeldUpAlsoWhenTheLaterLinkHasClosed() {
    MeshScenario.Peer later = mesh.dial("a", "incarnation-1", 2, profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.disconnect(later);

    MeshScenario.Peer heldUp = mesh.dial("a", "incarnation-1", 1, profile(1));

    assertThat(mesh.the(Effect.CloseLink.class))
        .extracting(Effect.CloseLink::link)
        .containsExactly(heldUp.link());
    assertThat(mesh.view(id).history()).isEmpty();
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.SUSPECT);
  }

  @Test
  void shouldTakeTheFirstLinkOfAFreshProcessWhateverItsNumber() {
    mesh.disconnect(mesh.dial("a", "incarnation-1", 7, profile(1)));

    mesh.dial("a", "incarnation-2", 1, profile(1));

    assertThat(mesh.node("a").incarnation()).isEqualTo("incarnation-2");
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.ONLINE);
  }

  @Test
  void shouldTurnAwayANewcomersHelloThatWasHeldUp() {
    mesh.join("a", profile(1));
    MeshScenario.Peer later = mesh.dial("a", "incarnation-2", 2, profile(1));
    MeshScenario.Peer heldUp = mesh.dial("a", "incarnation-2", 1, profile(1));

    assertThat(mesh.the(Effect.CloseLink.class))
        .extracting(Effect.CloseLink::link)
        .containsExactly(heldUp.link());
    mesh.pass(3_000);
    assertThat(mesh.the(Effect.Welcome.class))
        .extracting(Effect.Welcome::link)
        .containsExactly(later.link());
  }

  @Test
  void shouldLetANewcomerInAtOnceWhenTheFirstProcessLeaves() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    MeshScenario.Peer fresh = mesh.join("a", "incarnation-2", profile(1));
    leave(a);
    assertThat(mesh.the(Effect.Welcome.class))
        .extracting(Effect.Welcome::link)
        .containsExactly(fresh.link());
    MeshScenario.Peer third = mesh.join("a", "incarnation-3", profile(1));
    assertThat(mesh.the(Effect.Probe.class))
        .extracting(Effect.Probe::link)
        .containsExactly(fresh.link());
    mesh.beat(fresh, profile(1), 0);
    assertThat(mesh.the(Effect.CloseLink.class))
        .extracting(Effect.CloseLink::link)
        .containsExactly(third.link());
  }

  @Test
  void shouldLetANewcomerInWhenTheFirstProcessClosesItsLink() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    MeshScenario.Peer fresh = mesh.join("a", "incarnation-2", profile(1));
    mesh.disconnect(a);
    assertThat(mesh.node("a").incarnation()).isEqualTo(fresh.incarnation());
    mesh.pass(3_000);
    assertThat(mesh.the(Effect.CloseLink.class)).isEmpty();
  }

  @Test
  void shouldForgetANewcomerThatGoesAway() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    mesh.disconnect(mesh.join("a", "incarnation-2", profile(1)));
    mesh.pass(3_000);
    assertThat(mesh.node("a").incarnation()).isEqualTo(a.incarnation());
    assertThat(mesh.node("a").state()).isEqualTo(NodeState.ONLINE);
  }

  @Test
  void shouldTakeALateResultOnlyFromTheNodeItWasPushedTo() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.accept(a, id, 1);
    leave(a);
    MeshScenario.Peer other = mesh.join("b", profile(0));
    assertThat(other.incarnation()).isEqualTo(a.incarnation());
    mesh.succeed(other, id, 1);
    assertThat(mesh.the(Effect.Ack.class).get(0).status()).isEqualTo(Effect.Ack.Status.STALE);
    assertThat(mesh.live(id)).isNotNull();
  }

  @Test
  void shouldNotLetANodeTurnItsFailureIntoASuccess() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.fail(a, id, 1, new Failure("FLAKY", "again", true, 5_000));
    mesh.succeed(a, id, 1);
    assertThat(mesh.the(Effect.Ack.class).get(0).status()).isEqualTo(Effect.Ack.Status.STALE);
    assertThat(mesh.view(id).history())
        .extracting(AttemptRecord::outcome)
        .containsExactly(AttemptOutcome.FAILED);
  }

  @Test
  void shouldTakeNoNewsOfAnEarlierAttemptFromTheNodeThatHasTheLater() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.step(new Event.Refused(a.link(), id, 1, "not now", 1_000));
    mesh.pass(1_000);
    assertThat(mesh.view(id).attempt()).isEqualTo(2);
    mesh.succeed(a, id, 1);
    assertThat(mesh.the(Effect.Ack.class).get(0).status()).isEqualTo(Effect.Ack.Status.STALE);
    mesh.step(new Event.Stopped(a.link(), id, 1));
    mesh.step(new Event.Refused(a.link(), id, 1, "again", 1_000));
    mesh.step(new Event.Withdrawn(a.link(), id, 1));
    assertThat(mesh.view(id).attempt()).isEqualTo(2);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldKeepTheSlotOfACancelledPushUntilTheNodeHasHeardOfIt() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.step(new Event.Cancel(new MeshScenario.Thing("caller"), id, "default", ""));
    mesh.beat(a, profile(1), 0);
    assertThat(mesh.node("a").held()).hasSize(1);
    mesh.beat(a, profile(1), 1);
    assertThat(mesh.node("a").held()).isEmpty();
  }

  @Test
  void shouldMoveAPushThatNeverLeftAtNoCost() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(2));
    MeshScenario.Peer b = mesh.join("b", profile(1));
    mesh.step(new Event.Withdrawn(a.link(), id, 1));
    assertThat(mesh.view(id).nodeId()).isEqualTo("b");
    mesh.fail(b, id, 2, new Failure("FLAKY", "again", true, 0));
    assertThat(mesh.view(id).state()).as("one of two is charged").isEqualTo(TaskState.QUEUED);
  }

  @Test
  void shouldTryAnotherNodeWhenOneSwallowsWhatItIsPushed() {
    MeshScenario.Peer hole = mesh.join("a", profile(4));
    TaskId id = mesh.submit(terms());
    mesh.join("b", profile(1));
    mesh.beat(hole, profile(4), 1);
    assertThat(mesh.view(id).nodeId()).isEqualTo("b");
  }

  @Test
  void shouldSurviveARetryAfterBeyondAllTime() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.fail(a, id, 1, new Failure("NEVER", "never", true, Long.MAX_VALUE));
    assertThat(mesh.waitReason(id).untilMillis())
        .isLessThanOrEqualTo(id.createdAtMillis() + 24 * 3_600_000);
    assertThat(mesh.view(id).attempt()).isEqualTo(1);
  }

  @Test
  void shouldRenewNoLeaseForAnAttemptThatIsNotTheCurrentOne() {
    MeshScenario.Peer a = mesh.join("a", profile(2));
    TaskId id = mesh.submit(retrying(1));
    mesh.step(
        new Event.Beat(
            a.link(),
            false,
            0,
            0,
            2,
            profile(2).capabilities(),
            ImmutableList.of(MeshScenario.held(id, 9)),
            0));
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.ASSIGNED);
    assertThat(mesh.the(Effect.BeatReply.class).get(0).drop())
        .containsExactly(new Effect.AttemptRef(id, 9));
  }
}
