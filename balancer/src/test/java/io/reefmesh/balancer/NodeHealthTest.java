package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.eager;
import static io.reefmesh.balancer.MeshScenario.profile;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which failures take a node out, for what, for how long, and how it comes back. */
final class NodeHealthTest {

  private static final Failure FLAKY = new Failure("FLAKY", "try again", true, 0);
  private static final Failure WRONG = new Failure("WRONG", "never", false, 0);

  private final MeshScenario mesh = new MeshScenario();

  /** A node that offers these types only. */
  private static NodeProfile offering(int slots, String... types) {
    return new NodeProfile(
        false,
        ImmutableSortedSet.of(),
        ImmutableSortedSet.copyOf(types),
        ImmutableMap.of(),
        slots,
        1,
        false,
        "test",
        "");
  }

  /** Tasks with one attempt each, which all go to this node and end so. */
  private List<TaskId> run(MeshScenario.Peer node, int count, String type, Failure... how) {
    List<TaskId> ids = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      TaskId id = mesh.submit(eager(type, 1));
      assertThat(mesh.view(id).nodeId()).as("who got task %d", i).isEqualTo(node.id());
      end(node, id, 1, how);
      ids.add(id);
    }
    return ids;
  }

  private void end(MeshScenario.Peer node, TaskId id, int attempt, Failure... how) {
    if (how.length == 0) {
      mesh.succeed(node, id, attempt);
    } else {
      mesh.fail(node, id, attempt, how[0]);
    }
  }

  private NodeState stateOf(String node) {
    return mesh.node(node).state();
  }

  @Test
  void shouldTakeANodeOutThatFailsSeveralTypes() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    run(a, 2, "one", FLAKY);
    run(a, 2, "two", FLAKY);
    assertThat(stateOf("a")).as("four attempts prove nothing").isEqualTo(NodeState.ONLINE);
    run(a, 1, "one", FLAKY);
    NodeView out = mesh.node("a");
    assertThat(out.state()).isEqualTo(NodeState.UNHEALTHY);
    assertThat(out.stateReason()).contains("failed");
    assertThat(out.retryAtMillis()).isBetween(mesh.now + 5_000, mesh.now + 5_500);
    assertThat(mesh.the(Effect.NodeChanged.class))
        .extracting(Effect.NodeChanged::to)
        .containsExactly(NodeState.UNHEALTHY);
    TaskId waiting = mesh.submit(eager("three", 1));
    assertThat(mesh.waitReason(waiting).cause()).isEqualTo(WaitReason.Cause.NODES_BUSY);
    assertThat(mesh.waitReason(waiting).message()).isEqualTo("1 of 1 capable nodes are unhealthy");
    assertThat(mesh.waitReason(waiting).untilMillis()).isEqualTo(out.retryAtMillis());
  }

  @Test
  void shouldTakeOutForOneTypeOnlyWhenOnlyThatTypeFails() {
    MeshScenario.Peer a = mesh.join("a", offering(1, "bad", "good"));
    run(a, 5, "bad", FLAKY);
    assertThat(stateOf("a")).isEqualTo(NodeState.ONLINE);
    assertThat(mesh.node("a").coolDowns())
        .singleElement()
        .satisfies(
            cool -> {
              assertThat(cool.type()).isEqualTo("bad");
              assertThat(cool.untilMillis()).isBetween(mesh.now + 5_000, mesh.now + 5_500);
            });
    TaskId waiting = mesh.submit(eager("bad", 1));
    assertThat(mesh.waitReason(waiting).message()).contains("cools down for type bad");
    assertThat(mesh.waitReason(waiting).cause()).isEqualTo(WaitReason.Cause.NODES_BUSY);
    run(a, 1, "good", FLAKY);
    assertThat(stateOf("a")).as("one failure of another type").isEqualTo(NodeState.ONLINE);
    MeshScenario.Peer b = mesh.join("b", offering(1, "bad"));
    assertThat(mesh.view(waiting).nodeId()).as("another node is not meant").isEqualTo(b.id());
  }

  @Test
  void shouldNotBlameTheNodeForOneTypeThatFailsAmongOthersThatDoNot() {
    MeshScenario.Peer a = mesh.join("a", offering(1, "bad", "good"));
    run(a, 2, "good");
    run(a, 3, "bad", FLAKY);
    assertThat(stateOf("a")).as("3 of 5 failed, all of one type").isEqualTo(NodeState.ONLINE);
    assertThat(mesh.node("a").coolDowns()).as("3 attempts prove nothing").isEmpty();
    run(a, 2, "bad", FLAKY);
    assertThat(mesh.node("a").coolDowns()).hasSize(1);
  }

  @Test
  void shouldTakeTheNodeOutWhenItsOnlyTypeFails() {
    MeshScenario.Peer a = mesh.join("a", offering(1, "bad"));
    run(a, 5, "bad", FLAKY);
    assertThat(stateOf("a")).isEqualTo(NodeState.UNHEALTHY);
    assertThat(mesh.node("a").coolDowns()).isEmpty();
  }

  @Test
  void shouldNotBlameANodeForOneTaskThatFailsEverywhere() {
    MeshScenario.Peer a = mesh.join("a", offering(1, "bad"));
    for (int i = 0; i < 2; i++) {
      TaskId id = mesh.submit(eager("bad", 6));
      for (int attempt = 1; attempt <= 6; attempt++) {
        mesh.fail(a, id, attempt, FLAKY);
      }
      assertThat(mesh.outcome(id)).isEqualTo(TaskState.FAILED);
    }
    assertThat(stateOf("a")).isEqualTo(NodeState.ONLINE);
  }

  @Test
  void shouldNotBlameANodeThatMostlySucceeds() {
    MeshScenario.Peer a = mesh.join("a", offering(1, "work"));
    run(a, 6, "work");
    run(a, 5, "work", FLAKY);
    assertThat(stateOf("a")).as("5 of 11").isEqualTo(NodeState.ONLINE);
    run(a, 1, "work", FLAKY);
    assertThat(stateOf("a")).as("6 of 12").isEqualTo(NodeState.UNHEALTHY);
  }

  @Test
  void shouldForgetFailuresThatAreLongAgo() {
    MeshScenario.Peer a = mesh.join("a", offering(1, "work"));
    run(a, 4, "work", FLAKY);
    for (int i = 0; i < 6; i++) {
      mesh.pass(10_000);
      mesh.beat(a, offering(1, "work"), 99);
    }
    run(a, 4, "work", FLAKY);
    assertThat(stateOf("a")).isEqualTo(NodeState.ONLINE);
  }

  @Test
  void shouldNotCountWhatDoesNotSpeakAgainstTheNode() {
    MeshScenario.Peer a = mesh.join("a", offering(1, "work"));
    run(a, 8, "work", WRONG);
    for (int i = 0; i < 8; i++) {
      TaskId id = mesh.submit(eager("work", 1));
      mesh.accept(a, id, 1);
      mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), id, "default", ""));
      mesh.step(new Event.Stopped(a.link(), id, 1));
    }
    assertThat(stateOf("a")).isEqualTo(NodeState.ONLINE);
  }

  @Test
  void shouldTakeANodeOutThatLosesWhatItRunsWhileItIsLinked() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    for (int i = 0; i < 5; i++) {
      TaskId id = mesh.submit(eager("work", 1));
      mesh.accept(a, id, 1);
      mesh.step(new Event.Stopped(a.link(), id, 1));
    }
    assertThat(stateOf("a")).isEqualTo(NodeState.UNHEALTHY);
  }

  @Test
  void shouldNotHoldItsDeathAgainstANode() {
    for (int i = 0; i < 6; i++) {
      MeshScenario.Peer a = mesh.join("a", "incarnation-" + i, profile(1));
      TaskId id = mesh.submit(eager("work", 1));
      mesh.accept(a, id, 1);
      mesh.disconnect(a);
    }
    mesh.join("a", "incarnation-9", profile(1));
    assertThat(stateOf("a")).isEqualTo(NodeState.ONLINE);
  }

  @Test
  void shouldNotHoldBrokenLinksAgainstANode() {
    for (int i = 0; i < 6; i++) {
      MeshScenario.Peer a = mesh.join("a", profile(1));
      TaskId id = mesh.submit(eager("work", 1));
      mesh.accept(a, id, 1);
      mesh.disconnect(a);
      mesh.pass(10_000);
      assertThat(mesh.outcome(id)).isEqualTo(TaskState.FAILED);
    }
    mesh.join("a", profile(1));
    assertThat(stateOf("a")).isEqualTo(NodeState.ONLINE);
  }

  @Test
  void shouldTryAgainWithOneTaskAndBelieveItsSuccess() {
    NodeProfile profile = offering(3, "work");
    MeshScenario.Peer a = mesh.join("a", profile);
    run(a, 5, "work", FLAKY);
    TaskId first = mesh.submit(eager("work", 1));
    TaskId second = mesh.submit(eager("work", 1));
    mesh.pass(5_500);
    assertThat(mesh.view(first).nodeId()).isEqualTo("a");
    assertThat(mesh.view(second).state()).as("one at a time").isEqualTo(TaskState.QUEUED);
    assertThat(stateOf("a")).isEqualTo(NodeState.UNHEALTHY);
    mesh.succeed(a, first, 1);
    assertThat(stateOf("a")).isEqualTo(NodeState.ONLINE);
    assertThat(mesh.view(second).state()).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldStayOutTwiceAsLongWhenTheProbeFails() {
    NodeProfile profile = offering(3, "work");
    MeshScenario.Peer a = mesh.join("a", profile);
    run(a, 5, "work", FLAKY);
    long expected = 5_000;
    for (int i = 0; i < 9; i++) {
      long wait = mesh.node("a").retryAtMillis() - mesh.now;
      assertThat(wait).as("time %d", i).isBetween(expected, expected + expected / 10);
      TaskId probe = mesh.submit(eager("work", 1));
      for (long left = wait; left > 0; left -= 5_000) {
        mesh.pass(Math.min(left, 5_000));
        if (mesh.view(probe).state() == TaskState.QUEUED) {
          mesh.beat(a, profile, 99);
        }
      }
      mesh.fail(a, probe, 1, FLAKY);
      assertThat(stateOf("a")).isEqualTo(NodeState.UNHEALTHY);
      expected = Math.min(expected * 2, 300_000);
    }
  }

  @Test
  void shouldTryTheNextTaskWhenTheProbeSaysNothingOfTheNode() {
    NodeProfile profile = offering(3, "work");
    MeshScenario.Peer a = mesh.join("a", profile);
    run(a, 5, "work", FLAKY);
    TaskId first = mesh.submit(eager("work", 1));
    TaskId second = mesh.submit(eager("work", 1));
    mesh.pass(5_500);
    mesh.fail(a, first, 1, WRONG);
    assertThat(stateOf("a")).isEqualTo(NodeState.UNHEALTHY);
    assertThat(mesh.view(second).nodeId()).isEqualTo("a");
  }

  @Test
  void shouldProbeATypeTooWithOneTaskAtATime() {
    NodeProfile profile = offering(3, "bad", "good");
    MeshScenario.Peer a = mesh.join("a", profile);
    run(a, 5, "bad", FLAKY);
    TaskId first = mesh.submit(eager("bad", 1));
    TaskId second = mesh.submit(eager("bad", 1));
    mesh.pass(5_500);
    assertThat(mesh.view(first).state()).isEqualTo(TaskState.ASSIGNED);
    assertThat(mesh.view(second).state()).isEqualTo(TaskState.QUEUED);
    run(a, 1, "good");
    mesh.succeed(a, first, 1);
    assertThat(mesh.node("a").coolDowns()).isEmpty();
    assertThat(mesh.view(second).state()).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldIgnoreWhatWasGivenBeforeTheCircuitOpened() {
    NodeProfile profile = offering(2, "work");
    MeshScenario.Peer a = mesh.join("a", profile);
    TaskId old = mesh.submit(eager("work", 1));
    run(a, 5, "work", FLAKY);
    mesh.succeed(a, old, 1);
    assertThat(stateOf("a")).isEqualTo(NodeState.UNHEALTHY);
  }

  @Test
  void shouldTryARestartedNodeAtOnce() {
    NodeProfile profile = offering(2, "work");
    MeshScenario.Peer a = mesh.join("a", profile);
    run(a, 5, "work", FLAKY);
    mesh.disconnect(a);
    MeshScenario.Peer again = mesh.join("a", "incarnation-2", profile);
    assertThat(stateOf("a")).isEqualTo(NodeState.UNHEALTHY);
    TaskId probe = mesh.submit(eager("work", 1));
    mesh.succeed(again, probe, 1);
    assertThat(stateOf("a")).isEqualTo(NodeState.ONLINE);
  }

  @Test
  void shouldBeUnhealthyStillWhenItComesBackFromOffline() {
    NodeProfile profile = offering(2, "work");
    MeshScenario.Peer a = mesh.join("a", profile);
    run(a, 5, "work", FLAKY);
    for (int i = 0; i < 5; i++) {
      TaskId probe = mesh.submit(eager("work", 1));
      while (mesh.view(probe).state() == TaskState.QUEUED) {
        mesh.pass(1_000);
        if (mesh.view(probe).state() == TaskState.QUEUED) {
          mesh.beat(a, profile, 99);
        }
      }
      mesh.fail(a, probe, 1, FLAKY);
    }
    mesh.disconnect(a);
    mesh.pass(10_000);
    assertThat(stateOf("a")).isEqualTo(NodeState.OFFLINE);
    mesh.join("a", profile);
    assertThat(stateOf("a")).isEqualTo(NodeState.UNHEALTHY);
  }

  @Test
  void shouldBeGivenWorkAgainWhenItIsResumed() {
    NodeProfile profile = offering(2, "work");
    MeshScenario.Peer a = mesh.join("a", profile);
    run(a, 5, "work", FLAKY);
    TaskId waiting = mesh.submit(eager("work", 1));
    assertThat(mesh.resume("a").state()).isEqualTo(NodeState.ONLINE);
    assertThat(mesh.view(waiting).state()).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldBlameTheNodeForTimeouts() {
    NodeProfile profile = offering(1, "work");
    MeshScenario.Peer a = mesh.join("a", profile);
    for (int i = 0; i < 5; i++) {
      TaskId id =
          mesh.submit(
              new TaskTerms(
                  "default",
                  Requirement.of("work"),
                  5,
                  null,
                  null,
                  false,
                  3_600_000,
                  1_000,
                  86_400_000,
                  0,
                  new TaskTerms.Retry(1, 0, 1, 0, com.google.common.collect.ImmutableSet.of()),
                  0,
                  0));
      mesh.accept(a, id, 1);
      mesh.pass(1_000);
      assertThat(mesh.outcome(id)).isEqualTo(TaskState.FAILED);
      mesh.step(new Event.Stopped(a.link(), id, 1));
    }
    assertThat(stateOf("a")).isEqualTo(NodeState.UNHEALTHY);
  }

  // Refusals.

  @Test
  void shouldOfferWhatWasRefusedElsewhereAtOnceAndAtNoCost() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(eager("work", 1));
    MeshScenario.Peer b = mesh.join("b", profile(1));
    mesh.refuse(a, id, 1, 60_000, RefusalScope.TASK);
    assertThat(mesh.view(id).nodeId()).isEqualTo("b");
    assertThat(mesh.view(id).attempt()).isEqualTo(2);
    mesh.succeed(b, id, 2);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.SUCCEEDED);
    assertThat(mesh.submit(eager("work", 1))).isNotNull();
    assertThat(mesh.node("a").held()).as("another task may go there").hasSize(1);
  }

  @Test
  void shouldKeepATypeAwayFromANodeThatRefusedTheType() {
    MeshScenario.Peer a = mesh.join("a", offering(3, "cold", "warm"));
    TaskId id = mesh.submit(eager("cold", 1));
    mesh.refuse(a, id, 1, 30_000, RefusalScope.TYPE);
    TaskId other = mesh.submit(eager("cold", 1));
    TaskId warm = mesh.submit(eager("warm", 1));
    assertThat(mesh.view(other).state()).isEqualTo(TaskState.QUEUED);
    assertThat(mesh.view(warm).state()).isEqualTo(TaskState.ASSIGNED);
    assertThat(stateOf("a")).isEqualTo(NodeState.ONLINE);
    assertThat(mesh.node("a").coolDowns())
        .containsExactly(new NodeView.CoolDown("cold", mesh.now + 30_000, "cooling down: cold"));
    mesh.pass(14_000);
    mesh.beat(a, offering(3, "cold", "warm"), 99, MeshScenario.held(warm, 1));
    mesh.pass(14_000);
    mesh.beat(a, offering(3, "cold", "warm"), 99, MeshScenario.held(warm, 1));
    mesh.pass(1_999);
    assertThat(mesh.view(other).state()).isEqualTo(TaskState.QUEUED);
    mesh.pass(1);
    assertThat(mesh.view(other).nodeId()).isEqualTo("a");
  }

  @Test
  void shouldLeaveANodeAloneThatRefusedAnything() {
    MeshScenario.Peer a = mesh.join("a", profile(2));
    TaskId id = mesh.submit(eager("work", 1));
    mesh.refuse(a, id, 1, 0, RefusalScope.NODE);
    TaskId other = mesh.submit(eager("other", 1));
    assertThat(stateOf("a")).isEqualTo(NodeState.UNHEALTHY);
    assertThat(mesh.node("a").stateReason()).isEqualTo("cooling down: cold");
    assertThat(mesh.view(other).state()).isEqualTo(TaskState.QUEUED);
    mesh.pass(999);
    assertThat(mesh.view(other).state()).isEqualTo(TaskState.QUEUED);
    mesh.pass(1);
    assertThat(stateOf("a")).as("both run there now").isEqualTo(NodeState.BUSY);
  }

  @Test
  void shouldNotCoolDownForLongerThanAnHour() {
    MeshScenario.Peer a = mesh.join("a", profile(2));
    TaskId id = mesh.submit(eager("work", 1));
    mesh.refuse(a, id, 1, Long.MAX_VALUE, RefusalScope.NODE);
    assertThat(mesh.node("a").retryAtMillis()).isEqualTo(mesh.now + 3_600_000);
  }

  @Test
  void shouldBoundHowOftenANodeThatRefusesEverythingIsAsked() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    for (int i = 0; i < 500; i++) {
      mesh.submit(eager("work", 1));
    }
    int asked = 0;
    long until = mesh.now + 30_000;
    while (mesh.now < until && asked < 100) {
      NodeView node = mesh.node("a");
      if (node.held().isEmpty()) {
        mesh.pass(100);
        mesh.beat(a, profile(1), 0);
      } else {
        asked++;
        NodeView.Held held = node.held().get(0);
        mesh.refuse(a, held.id(), held.attempt(), 1_000, RefusalScope.TASK);
      }
    }
    assertThat(asked).isBetween(5, 15);
  }

  @Test
  void shouldForgiveRefusalsWhenATaskIsServed() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    for (int round = 0; round < 4; round++) {
      for (int i = 0; i < 4; i++) {
        TaskId id = mesh.submit(eager("work", 1));
        mesh.refuse(a, id, 1, 3_600_000, RefusalScope.TASK);
      }
      run(a, 1, "work");
    }
    assertThat(mesh.node("a").coolDowns()).isEmpty();
  }
}
