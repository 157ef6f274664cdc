package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.profile;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who goes before whom, and how long anybody can be overtaken. */
final class QueueOrderTest {

  private static final long STEP = 60_000;

  private final MeshScenario mesh = weighing(ImmutableMap.of("heavy", 3));
  private final Map<TaskId, String> projects = new HashMap<>();

  private static MeshScenario weighing(ImmutableMap<String, Integer> weights) {
    QueueRules rules = new QueueRules(STEP, 5_000, 0, 1, weights, ImmutableMap.of());
    return new MeshScenario(DispatcherConfig.defaults().withQueue(rules));
  }

  private TaskId submit(Terms terms) {
    TaskTerms built = terms.build();
    TaskId id = mesh.submit(built);
    projects.put(id, built.project());
    return id;
  }

  private TaskId pushed() {
    return mesh.the(Effect.Push.class).get(0).id();
  }

  /** What one slot runs, one after the other. */
  private List<TaskId> serve(MeshScenario.Peer node, TaskId first, int count) {
    List<TaskId> served = new ArrayList<>(List.of(first));
    while (served.size() < count) {
      mesh.succeed(node, served.get(served.size() - 1), 1);
      served.add(pushed());
    }
    return served;
  }

  private long countOf(String project, List<TaskId> served) {
    return served.stream().filter(id -> project.equals(projects.get(id))).count();
  }

  @Test
  void shouldLetTheLastPriorityBeOvertakenForTenStepsAndNoLonger() {
    // given: one slot, a task of priority 10 and ever more of priority 1
    TaskId patient = submit(Terms.of("p").priority(10));
    long submitted = mesh.now;
    submit(Terms.of("p").priority(1));
    MeshScenario.Peer node = mesh.join("a", profile(1));
    long overtakenLast = 0;
    // when: each second one is done and two more come
    while (!pushed().equals(patient)) {
      TaskId running = pushed();
      mesh.now += 1_000;
      mesh.beat(node, profile(1), 1_000_000, MeshScenario.held(running, 1));
      submit(Terms.of("p").priority(1));
      submit(Terms.of("p").priority(1));
      mesh.succeed(node, running, 1);
      overtakenLast = Math.max(overtakenLast, pushed().createdAtMillis() - submitted);
      assertThat(mesh.now - submitted).as("it must come up").isLessThan(40 * STEP);
    }
    // then
    assertThat(overtakenLast).isBetween(9 * STEP - 1_000, 10 * STEP - 1);
  }

  @Test
  void shouldNeverLetATaskBeOvertakenByOneCreatedMoreThanItsPriorityInStepsLater() {
    for (int late = 1; late <= 10; late++) {
      for (int early = 1; early <= 10; early++) {
        MeshScenario one = weighing(ImmutableMap.of());
        TaskId old = one.submit(Terms.of("p").priority(late).build());
        one.now += (late - early + 1) * STEP;
        if (one.now >= MeshScenario.START) {
          one.submit(Terms.of("p").priority(early).build());
          one.join("a", profile(1));
          assertThat(one.the(Effect.Push.class).get(0).id())
              .as("priority %d against a later %d", late, early)
              .isEqualTo(old);
        }
      }
    }
  }

  @Test
  void shouldShareByWeightWhenEachProjectHasABacklogOfItsOwn() {
    for (int i = 0; i < 100; i++) {
      submit(Terms.of("light"));
    }
    for (int i = 0; i < 100; i++) {
      submit(Terms.of("heavy"));
    }
    MeshScenario.Peer node = mesh.join("a", profile(1));
    List<TaskId> served = serve(node, pushed(), 80);
    for (int i = 4; i <= 80; i += 4) {
      assertThat(countOf("light", served.subList(0, i))).isBetween(i / 4 - 1L, i / 4 + 1L);
    }
  }

  /** Each submits its next task only when one has been taken: {@code 0}: no backlog at all. */
  @ParameterizedTest
  @ValueSource(strings = {"light", "heavy", "both"})
  void shouldShareByWeightWhenTasksComeOneByOne(String sparing) {
    for (String project : List.of("heavy", "light")) {
      boolean few = sparing.equals("both") || sparing.equals(project);
      for (int i = 0; i < (few ? 2 : 200); i++) {
        submit(Terms.of(project));
      }
    }
    MeshScenario.Peer node = mesh.join("a", profile(1));
    TaskId running = pushed();
    List<TaskId> served = new ArrayList<>();
    for (int i = 0; i < 120; i++) {
      served.add(running);
      submit(Terms.of(String.valueOf(projects.get(running))));
      mesh.succeed(node, running, 1);
      running = pushed();
    }
    assertThat(countOf("light", served)).isBetween(29L, 31L);
  }

  @Test
  void shouldKeepItsDebtWhenAProjectHasNothingReadyBetweenItsTurns() {
    // given: the light project never has two tasks at once
    for (int i = 0; i < 200; i++) {
      submit(Terms.of("heavy"));
    }
    submit(Terms.of("light"));
    MeshScenario.Peer node = mesh.join("a", profile(1));
    TaskId running = pushed();
    List<TaskId> served = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      served.add(running);
      if ("light".equals(projects.get(running))) {
        submit(Terms.of("light"));
      }
      mesh.succeed(node, running, 1);
      running = pushed();
    }
    assertThat(countOf("light", served)).isBetween(19L, 21L);
  }

  @Test
  void shouldShareAcrossRequirements() {
    // given: the same nodes serve both types
    for (int i = 0; i < 60; i++) {
      submit(Terms.of("light").type(i % 2 == 0 ? "x" : "y"));
      submit(Terms.of("heavy").type(i % 2 == 0 ? "y" : "x"));
    }
    MeshScenario.Peer node = mesh.join("a", profile(1));
    List<TaskId> served = serve(node, pushed(), 40);
    assertThat(countOf("light", served)).isBetween(9L, 11L);
  }

  @Test
  void shouldServeANewcomerSoonAndNotForLong() {
    for (int i = 0; i < 50; i++) {
      submit(Terms.of("a"));
      submit(Terms.of("b"));
    }
    MeshScenario.Peer node = mesh.join("n", profile(1));
    List<TaskId> before = serve(node, pushed(), 30);
    for (int i = 0; i < 50; i++) {
      submit(Terms.of("new"));
    }
    mesh.succeed(node, before.get(29), 1);
    List<TaskId> after = serve(node, pushed(), 30);
    assertThat(countOf("new", after.subList(0, 3))).isEqualTo(1);
    assertThat(countOf("new", after)).isBetween(9L, 11L);
    assertThat(countOf("a", after)).isBetween(9L, 11L);
  }

  @Test
  void shouldGiveNoCreditForTheTimeThatNoNodeCouldServeAProject() {
    // given: for a long time only one of two projects has a node
    for (int i = 0; i < 60; i++) {
      submit(Terms.of("blocked").type("any", "gpu"));
      submit(Terms.of("lucky").type("any"));
    }
    MeshScenario.Peer plain = mesh.join("plain", profile(1));
    TaskId running = serve(plain, pushed(), 30).get(29);
    // when: the only node of all from now on serves both
    MeshScenario.Peer both = mesh.join("plain", "incarnation-2", profile(0, "gpu"));
    mesh.pass(2_000);
    mesh.beat(both, profile(1, "gpu"), 0);
    List<TaskId> served = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      TaskId next = pushed();
      served.add(next);
      mesh.succeed(both, next, mesh.the(Effect.Push.class).get(0).attempt());
    }
    // then
    assertThat(countOf("blocked", served)).isBetween(9L, 11L);
    assertThat(mesh.view(running).state()).isEqualTo(TaskState.QUEUED);
  }

  @Test
  void shouldTakeTheLowerBucketWhoeverTurnItIs() {
    TaskId old = submit(Terms.of("greedy"));
    mesh.now += STEP;
    TaskId other = submit(Terms.of("modest"));
    TaskId older = submit(Terms.of("greedy").priority(4));
    MeshScenario.Peer node = mesh.join("a", profile(1));
    assertThat(serve(node, pushed(), 3)).containsExactly(old, older, other);
  }

  @Test
  void shouldPutARetriedTaskBackBeforeItsYoungerEquals() {
    MeshScenario.Peer node = mesh.join("a", profile(1));
    TaskId first = submit(Terms.of("p"));
    TaskId second = submit(Terms.of("p"));
    TaskId third = submit(Terms.of("p"));
    // when: it fails, and its back-off ends while the second runs
    mesh.fail(node, first, 1, new Failure("FLAKY", "again", true, 0));
    assertThat(pushed()).isEqualTo(second);
    mesh.pass(1_000);
    mesh.succeed(node, second, 1);
    // then
    assertThat(pushed()).isEqualTo(first);
    mesh.succeed(node, first, 2);
    assertThat(pushed()).isEqualTo(third);
  }

  @Test
  void shouldServeAnOlderEqualFirstWhenAFreshOneCouldBePushedAtOnce() {
    MeshScenario.Peer node = mesh.join("a", profile(1));
    TaskId running = submit(Terms.of("p"));
    TaskId waiting = submit(Terms.of("p"));
    mesh.beat(node, profile(2), 1, MeshScenario.held(running, 1));
    assertThat(mesh.view(waiting).state()).isEqualTo(TaskState.ASSIGNED);
    TaskId fresh = submit(Terms.of("p"));
    assertThat(mesh.view(fresh).state()).isEqualTo(TaskState.QUEUED);
  }

  @Test
  void shouldKeepTheOrderOverARestart() {
    List<TaskId> order = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      order.add(submit(Terms.of("p").priority(5)));
      mesh.now += 10;
    }
    order.add(0, submit(Terms.of("p").priority(1)));
    mesh.restart();
    MeshScenario.Peer node = mesh.join("a", profile(1));
    assertThat(serve(node, pushed(), 6)).isEqualTo(order);
  }
}
