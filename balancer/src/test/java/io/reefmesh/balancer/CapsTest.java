package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.held;
import static io.reefmesh.balancer.MeshScenario.profile;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Caps on running tasks, by project and by concurrency key. */
final class CapsTest {

  private final MeshScenario mesh =
      new MeshScenario(
          DispatcherConfig.defaults()
              .withQueue(
                  new QueueRules(
                      60_000,
                      5_000,
                      2,
                      1,
                      ImmutableMap.of(),
                      ImmutableMap.of("free", 0, "one", 1))));

  private TaskId submit(Terms terms) {
    return mesh.submit(terms.build());
  }

  private TaskState stateOf(TaskId id) {
    return mesh.view(id).state();
  }

  private void cancel(TaskId id, String project) {
    mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), id, project, ""));
  }

  @Test
  void shouldRunAsManyTasksOfAProjectAsItsCapAndSayWhyTheNextWaits() {
    // given
    MeshScenario.Peer node = mesh.join("a", profile(8));
    TaskId first = submit(Terms.of("p"));
    submit(Terms.of("p"));
    // when
    TaskId third = submit(Terms.of("p"));
    TaskId stranger = submit(Terms.of("q"));
    // then
    assertThat(stateOf(stranger)).as("nobody else is held up").isEqualTo(TaskState.ASSIGNED);
    assertThat(mesh.waitReason(third).cause()).isEqualTo(WaitReason.Cause.CONCURRENCY_CAP);
    assertThat(mesh.waitReason(third).message())
        .isEqualTo("project p is at its cap: 2 of 2 running");
    assertThat(mesh.waitReason(third).blocking()).isNull();
    mesh.succeed(node, first, 1);
    assertThat(mesh.the(Effect.Push.class)).extracting(Effect.Push::id).containsExactly(third);
  }

  @Test
  void shouldGiveAProjectItsOwnCapInPlaceOfTheDefault() {
    mesh.join("a", profile(8));
    submit(Terms.of("one"));
    assertThat(stateOf(submit(Terms.of("one")))).isEqualTo(TaskState.QUEUED);
    for (int i = 0; i < 5; i++) {
      assertThat(stateOf(submit(Terms.of("free")))).isEqualTo(TaskState.ASSIGNED);
    }
  }

  @Test
  void shouldRunOneTaskOfAConcurrencyKeyAtATimeAndNameIt() {
    MeshScenario.Peer node = mesh.join("a", profile(8));
    TaskId first = submit(Terms.of("free").key("k"));
    TaskId second = submit(Terms.of("free").key("k"));
    TaskId otherKey = submit(Terms.of("free").key("l"));
    TaskId otherProject = submit(Terms.of("q").key("k"));
    TaskId noKey = submit(Terms.of("free"));
    assertThat(List.of(stateOf(otherKey), stateOf(otherProject), stateOf(noKey)))
        .containsOnly(TaskState.ASSIGNED);
    assertThat(mesh.waitReason(second))
        .isEqualTo(
            new WaitReason(
                WaitReason.Cause.CONCURRENCY_CAP,
                "concurrency key k is at its cap: 1 of 1 running",
                0,
                first));
    mesh.succeed(node, first, 1);
    assertThat(stateOf(second)).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldWakeThoseAtACapInQueueOrderWhateverTheirRequirement() {
    MeshScenario.Peer node = mesh.join("a", profile(8));
    TaskId running = submit(Terms.of("free").key("k"));
    TaskId low = submit(Terms.of("free").key("k").priority(9));
    TaskId other = submit(Terms.of("free").key("k").type("other").priority(7));
    TaskId high = submit(Terms.of("free").key("k").priority(2));
    for (TaskId next : List.of(high, other, low)) {
      mesh.succeed(node, running, 1);
      assertThat(mesh.the(Effect.Push.class)).extracting(Effect.Push::id).containsExactly(next);
      running = next;
    }
  }

  @Test
  void shouldNotHoldAKeyForATaskThatNoNodeCanServe() {
    mesh.join("a", profile(8));
    TaskId impossible = submit(Terms.of("one").key("k").type("work", "gpu"));
    TaskId possible = submit(Terms.of("one").key("k"));
    assertThat(stateOf(possible)).isEqualTo(TaskState.ASSIGNED);
    assertThat(mesh.waitReason(impossible).cause()).isEqualTo(WaitReason.Cause.NO_CAPABLE_NODE);
  }

  @Test
  void shouldKeepPermitsWhileCancelledWorkHasNotStopped() {
    MeshScenario.Peer node = mesh.join("a", profile(8));
    TaskId first = submit(Terms.of("one").key("k"));
    mesh.accept(node, first, 1);
    TaskId second = submit(Terms.of("one").key("k"));
    cancel(first, "one");
    assertThat(stateOf(second)).isEqualTo(TaskState.QUEUED);
    assertThat(mesh.waitReason(second).message()).contains("project one", "1 of 1");
    for (int i = 0; i < 12; i++) {
      mesh.pass(10_000);
      mesh.beat(node, profile(8), 1, held(first, 1));
    }
    assertThat(stateOf(second)).as("a session would be free by now").isEqualTo(TaskState.QUEUED);
    mesh.step(new Event.Stopped(node.link(), first, 1));
    assertThat(stateOf(second)).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldFreePermitsWhenTheNodeOfAHoldIsOffline() {
    MeshScenario.Peer node = mesh.join("a", profile(8));
    mesh.join("b", profile(0));
    TaskId first = submit(Terms.of("free").key("k"));
    mesh.accept(node, first, 1);
    TaskId second = submit(Terms.of("free").key("k"));
    cancel(first, "free");
    mesh.disconnect(node);
    mesh.pass(9_999);
    assertThat(mesh.waitReason(second).cause()).isEqualTo(WaitReason.Cause.CONCURRENCY_CAP);
    mesh.pass(1);
    assertThat(mesh.waitReason(second).cause()).isEqualTo(WaitReason.Cause.NODES_BUSY);
  }

  @Test
  void shouldFreeAPermitWhenATaskIsRequeued() {
    MeshScenario.Peer node = mesh.join("a", profile(8));
    TaskId first = submit(Terms.of("one"));
    TaskId second = submit(Terms.of("one"));
    mesh.fail(node, first, 1, new Failure("BUSY", "later", true, 60_000));
    assertThat(stateOf(second)).isEqualTo(TaskState.ASSIGNED);
    assertThat(mesh.waitReason(first).cause()).isEqualTo(WaitReason.Cause.BACKOFF);
  }

  @Test
  void shouldNotRunATimedOutTaskAgainWhileItsOwnAttemptHoldsItsKey() {
    MeshScenario.Peer node = mesh.join("a", profile(8));
    TaskId id = submit(Terms.of("free").key("k").runTimeout(5_000));
    mesh.accept(node, id, 1);
    mesh.pass(10_000);
    mesh.beat(node, profile(8), 1, held(id, 1));
    assertThat(mesh.waitReason(id).message())
        .isEqualTo("concurrency key k is at its cap: 1 of 1 running");
    mesh.step(new Event.Stopped(node.link(), id, 1));
    assertThat(stateOf(id)).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldCountRestoredLeases() {
    MeshScenario.Peer node = mesh.join("a", profile(8));
    TaskId first = submit(Terms.of("one").key("k"));
    mesh.accept(node, first, 1);
    TaskId second = submit(Terms.of("one").key("k"));
    TaskId third = submit(Terms.of("free").key("k"));
    mesh.restart();
    mesh.join("b", profile(8));
    assertThat(stateOf(third)).isEqualTo(TaskState.ASSIGNED);
    assertThat(mesh.waitReason(second).message()).contains("project one", "1 of 1");
    MeshScenario.Peer again = mesh.join("a", profile(8), held(first, 1));
    assertThat(stateOf(second)).isEqualTo(TaskState.QUEUED);
    mesh.succeed(again, first, 1);
    assertThat(stateOf(second)).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldCountAnOldAttemptThatANodeStillRunsAfterARestart() {
    // given: an attempt that timed out and goes on, whose task is queued again
    MeshScenario.Peer node = mesh.join("a", profile(8));
    TaskId id = submit(Terms.of("free").key("k").runTimeout(5_000));
    mesh.accept(node, id, 1);
    mesh.pass(5_000);
    mesh.restart();
    // when: the node says so before any other can serve the task
    MeshScenario.Peer again = mesh.join("a", profile(1), held(id, 1));
    mesh.pass(1_000);
    mesh.beat(again, profile(8), 0, held(id, 1));
    // then
    assertThat(mesh.waitReason(id).cause()).isEqualTo(WaitReason.Cause.CONCURRENCY_CAP);
    mesh.step(new Event.Stopped(again.link(), id, 1));
    assertThat(stateOf(id)).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldTakeNoPermitForAnAttemptThatANodeMakesUp() {
    mesh.join("a", profile(8));
    TaskId id = submit(Terms.of("free").key("k").type("work", "gpu"));
    mesh.join("liar", profile(8, "gpu"), held(id, 7), held(TaskId.of(mesh.now, 99, 0), 1));
    assertThat(stateOf(id)).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldRunAsManyOfAKeyAsConfigured() {
    QueueRules rules = new QueueRules(60_000, 0, 0, 3, ImmutableMap.of(), ImmutableMap.of());
    MeshScenario three = new MeshScenario(DispatcherConfig.defaults().withQueue(rules));
    MeshScenario.Peer node = three.join("a", profile(8));
    ImmutableList.Builder<TaskId> ids = ImmutableList.builder();
    for (int i = 0; i < 5; i++) {
      ids.add(three.submit(Terms.of("p").key("k").build()));
    }
    List<TaskId> tasks = ids.build();
    assertThat(three.view(tasks.get(2)).state()).isEqualTo(TaskState.ASSIGNED);
    assertThat(three.waitReason(tasks.get(3)).message()).contains("3 of 3 running");
    three.succeed(node, tasks.get(1), 1);
    assertThat(three.view(tasks.get(3)).state()).isEqualTo(TaskState.ASSIGNED);
    assertThat(three.view(tasks.get(4)).state()).isEqualTo(TaskState.QUEUED);
  }
}
