package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.eager;
import static io.reefmesh.balancer.MeshScenario.profile;
import static io.reefmesh.balancer.MeshScenario.retrying;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What follows a failed attempt: when, where, how often, and for whom it is over. */
final class RetryTest {

  private static final Failure FLAKY = new Failure("FLAKY", "try again", true, 0);

  private final MeshScenario mesh = new MeshScenario();

  /** The process that has the task dies; another life of some node is there at once. */
  private void die(TaskId id, String node, int life) {
    MeshScenario.Peer peer = mesh.join(node, "life-" + life, profile(1));
    for (int i = 0; i < 120 && mesh.view(id).state() == TaskState.QUEUED; i++) {
      mesh.pass(1_000);
      mesh.beat(peer, profile(1), 0);
    }
    assertThat(mesh.view(id).nodeId()).isEqualTo(node);
    mesh.accept(peer, id, mesh.view(id).attempt());
    mesh.disconnect(peer);
    mesh.pass(10_000);
  }

  @Test
  void shouldWaitAnywhereBetweenZeroAndABoundThatDoubles() {
    long longest = 0;
    Set<Long> waits = new HashSet<>();
    for (int i = 0; i < 60; i++) {
      MeshScenario.Peer a = mesh.join("a", profile(1));
      TaskId id = mesh.submit(retrying(4));
      long bound = 1_000;
      for (int attempt = 1; attempt <= 3; attempt++) {
        mesh.fail(a, id, attempt, FLAKY);
        long wait =
            mesh.view(id).state() == TaskState.QUEUED
                ? mesh.waitReason(id).untilMillis() - mesh.now
                : 0;
        assertThat(wait).isBetween(0L, bound);
        waits.add(wait);
        longest = Math.max(longest, wait);
        bound *= 2;
        mesh.resume("a");
        mesh.pass(wait);
      }
      mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), id, "default", ""));
      mesh.disconnect(a);
      mesh.pass(10_000);
    }
    assertThat(waits).as("drawn, not fixed").hasSizeGreaterThan(100);
    assertThat(longest).isGreaterThan(3_000);
  }

  @Test
  void shouldNotTryAgainBeforeTheHandlerSaid() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(eager("work", 3));
    mesh.fail(a, id, 1, new Failure("QUOTA", "later", true, 12_000));
    mesh.pass(11_999);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.QUEUED);
    mesh.pass(1);
    assertThat(mesh.view(id).attempt()).isEqualTo(2);
  }

  @Test
  void shouldTryNodesThatHaveNotTriedItFirst() {
    // Each of b and c has something to do, so that a is what the strategy would choose.
    MeshScenario.Peer b = mesh.join("b", profile(2));
    mesh.submit(eager("work", 1));
    MeshScenario.Peer c = mesh.join("c", profile(2));
    mesh.submit(eager("work", 1));
    MeshScenario.Peer a = mesh.join("a", profile(2));
    TaskId id = mesh.submit(eager("work", 4));
    Set<String> tried = new HashSet<>();
    for (int attempt = 1; attempt <= 3; attempt++) {
      String node = String.valueOf(mesh.view(id).nodeId());
      assertThat(tried.add(node)).as("attempt %d on %s", attempt, node).isTrue();
      mesh.fail(node.equals("a") ? a : node.equals("b") ? b : c, id, attempt, FLAKY);
    }
    assertThat(mesh.view(id).state()).as("all have, so any will do").isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldNeverTryAgainAfterCodesThatForbidIt() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(5));
    mesh.fail(a, id, 1, new Failure("NEVER_AGAIN", "no", true, 0));
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.FAILED);
  }

  @Test
  void shouldEndWithTheLastFailureWhenAttemptsAreUsedUp() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(eager("work", 2));
    mesh.fail(a, id, 1, FLAKY);
    mesh.fail(a, id, 2, FLAKY);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.FAILED);
    assertThat(mesh.persisted(Mutation.Ended.class).get(0).failure()).isEqualTo(FLAKY);
  }

  @Test
  void shouldFailATaskThatKilledThreeNodesWithTheirNames() {
    TaskId id = mesh.submit(eager("work", 100));
    die(id, "a", 1);
    die(id, "b", 1);
    mesh.restart();
    assertThat(mesh.view(id).state()).as("two are not enough").isEqualTo(TaskState.QUEUED);
    die(id, "c", 1);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.FAILED);
    Failure failure = mesh.finalFailure();
    assertThat(failure.code()).isEqualTo(Failure.POISON);
    assertThat(failure.retryable()).isFalse();
    assertThat(failure.message()).contains("3 node processes").contains("a, b, c");
  }

  @Test
  void shouldCountLivesOfOneNodeThatDiesAgainAndAgain() {
    TaskId id = mesh.submit(eager("work", 100));
    die(id, "a", 1);
    die(id, "a", 2);
    assertThat(mesh.live(id)).isNotNull();
    die(id, "a", 3);
    assertThat(mesh.finalFailure().message()).contains("a, a, a");
  }

  @Test
  void shouldNotCountNodesThatLeaveInOrderOrStayAlive() {
    TaskId id = mesh.submit(eager("work", 100));
    for (int i = 1; i <= 5; i++) {
      MeshScenario.Peer peer = mesh.join("a", "life-" + i, profile(1));
      mesh.accept(peer, id, mesh.view(id).attempt());
      mesh.step(new Event.Leaving(peer.link(), "", true));
    }
    MeshScenario.Peer b = mesh.join("b", "life", profile(1));
    for (int i = 0; i < 4; i++) {
      mesh.accept(b, id, mesh.view(id).attempt());
      mesh.step(new Event.Stopped(b.link(), id, mesh.view(id).attempt()));
    }
    assertThat(mesh.live(id)).isNotNull();
  }

  @Test
  void shouldAskAsManyLivesAsIsConfigured() {
    MeshScenario brave = new MeshScenario(DispatcherConfig.defaults().withPoisonLives(0));
    TaskId id = brave.submit(eager("work", 7));
    for (int i = 1; i <= 7; i++) {
      MeshScenario.Peer peer = brave.join("a", "life-" + i, profile(1));
      brave.accept(peer, id, i);
      brave.disconnect(peer);
      brave.pass(10_000);
    }
    assertThat(brave.outcome(id)).isEqualTo(TaskState.FAILED);
    assertThat(brave.finalFailure().code()).isEqualTo(Failure.NODE_LOST);
  }
}
