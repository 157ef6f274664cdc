package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.held;
import static io.reefmesh.balancer.MeshScenario.profile;
import static io.reefmesh.balancer.MeshScenario.terms;
import static io.reefmesh.balancer.MeshScenario.timed;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What holds over a restart of the gateway: times, fences, sessions and request ids. */
final class RestorationTest {

  private final MeshScenario mesh = new MeshScenario();

  private static TaskTerms notBefore(long millis) {
    TaskTerms base = terms();
    return new TaskTerms(
        base.project(),
        base.requirement(),
        base.priority(),
        null,
        null,
        false,
        base.queueTimeoutMillis(),
        base.runTimeoutMillis(),
        base.totalTimeoutMillis(),
        0,
        base.retry(),
        0,
        millis);
  }

  @Test
  void shouldHonourNotBeforeOverARestart() {
    TaskId id = mesh.submit(notBefore(mesh.now + 60_000));
    mesh.restart();
    MeshScenario.Peer a = mesh.join("a", profile(1));
    assertThat(mesh.waitReason(id).cause()).isEqualTo(WaitReason.Cause.NOT_BEFORE);
    for (int i = 0; i < 6; i++) {
      mesh.pass(10_000);
      mesh.beat(a, profile(1), 0);
    }
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldCountTheTimeToComeBackFromTheEndOfALongLoad() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.accept(a, id, 1);
    long grace = DispatcherConfig.defaults().graceMillis();
    RestoredTask stored = mesh.stored(id);
    Dispatcher late = new Dispatcher(DispatcherConfig.defaults(), 1);

    // when
    late.beginRestore(mesh.now);
    late.restore(stored);
    long ready = mesh.now + 10 * grace;
    late.endRestore(ready);

    // then
    late.step(new Event.Tick(), ready + 2 * grace - 1);
    assertThat(late.leasedTasks()).isEqualTo(1);
    late.step(new Event.Tick(), ready + 2 * grace + 1);
    assertThat(late.leasedTasks()).isZero();
    late.checkInvariants();
  }

  @Test
  void shouldHonourBackOffOverARestart() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.fail(a, id, 1, new Failure("BUSY", "later", true, 30_000));
    mesh.checkFold();
    mesh.restart();
    mesh.checkFold();
    mesh.join("a", profile(1));
    assertThat(mesh.waitReason(id).cause()).isEqualTo(WaitReason.Cause.BACKOFF);
    assertThat(mesh.waitReason(id).untilMillis()).isEqualTo(mesh.now + 30_000);
  }

  @Test
  void shouldNotPushWhatRanOutOfTimeWhileTheGatewayWasDown() {
    TaskId id = mesh.submit(timed(3_600_000, 3_600_000, 30_000, 3));
    mesh.now += 30_000;
    mesh.restart();
    mesh.join("a", profile(1));
    assertThat(mesh.the(Effect.Push.class)).isEmpty();
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.EXPIRED);
  }

  @Test
  void shouldAdoptWhatRanOutOfTimeButNotPushItAgain() {
    // given
    MeshScenario.Peer a = mesh.join("a", profile(2));
    TaskId kept = mesh.submit(timed(3_600_000, 3_600_000, 30_000, 3));
    TaskId lost = mesh.submit(timed(3_600_000, 3_600_000, 30_000, 3));
    mesh.accept(a, kept, 1);
    mesh.now += 30_000;
    mesh.restart();
    // when
    MeshScenario.Peer again = mesh.join("a", profile(2), held(kept, 1));
    // then
    assertThat(mesh.the(Effect.Push.class)).isEmpty();
    assertThat(mesh.outcome(lost)).isEqualTo(TaskState.EXPIRED);
    mesh.succeed(again, kept, 1);
    assertThat(mesh.outcome(kept)).isEqualTo(TaskState.SUCCEEDED);
  }

  @Test
  void shouldNeverUseAFencingTokenAgain() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.step(new Event.Refused(a.link(), id, 1, "no", 1_000));
    mesh.restart();
    mesh.join("a", profile(1));
    assertThat(mesh.view(id).attempt()).isEqualTo(2);
  }

  @Test
  void shouldTakeTheResultOfARestoredAttemptThatTheNodeListsAsFinished() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.accept(a, id, 1);
    mesh.restart();
    MeshScenario.Peer again = mesh.join("a", profile(1), new Event.HeldAttempt(id, 1, true));
    assertThat(mesh.view(id).attempt()).isEqualTo(1);
    mesh.succeed(again, id, 1);
    assertThat(mesh.the(Effect.Ack.class).get(0).status()).isEqualTo(Effect.Ack.Status.RECORDED);
  }

  @Test
  void shouldKnowARequestIdThatWasUsedAgainAfterItWasForgotten() {
    mesh.submit(terms(), "request", "digest");
    mesh.now += 24 * 3_600_000;
    TaskId second = mesh.submit(terms(), "request", "digest");
    // A store may bring back more than the last 24 hours, when the clock was set back.
    mesh.restart();
    mesh.pass(60_000);
    mesh.submit(terms(), "request", "digest");
    assertThat(mesh.answer(Answer.Repeated.class).id()).isEqualTo(second);
  }

  @Test
  void shouldKeepTheOrderOfASessionOverARestart() {
    MeshScenario.Peer a = mesh.join("a", profile(3));
    TaskId first = mesh.submit(terms(Requirement.of("work"), 5, "s"));
    TaskId second = mesh.submit(terms(Requirement.of("work"), 1, "s"));
    mesh.accept(a, first, 1);
    mesh.restart();
    mesh.join("b", profile(3));
    assertThat(mesh.waitReason(second).cause()).isEqualTo(WaitReason.Cause.SESSION_BUSY);
    MeshScenario.Peer again = mesh.join("a", profile(3), held(first, 1));
    mesh.succeed(again, first, 1);
    assertThat(mesh.view(second).state()).isEqualTo(TaskState.ASSIGNED);
  }
}
