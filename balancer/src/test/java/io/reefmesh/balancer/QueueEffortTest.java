package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** Counts what the ready queue compares among a hundred thousand tasks: each single call. */
final class QueueEffortTest {

  private static final int TASKS = 100_000;

  /** Four heaps of at most 17 levels; two comparisons a level down, one up. */
  private static final long LIMIT = 4 * 3 * 17;

  private final List<NodeEntry> nodes = new ArrayList<>();
  private final ReadyQueue queue =
      new ReadyQueue(
          Strategy.ROUND_ROBIN,
          new QueueRules(60_000, 0, 0, 1, ImmutableMap.of(), ImmutableMap.of("capped", 1)),
          nodes,
          () -> 0);
  private long worst;

  private void join() {
    NodeEntry node =
        new NodeEntry("n", "", MeshScenario.profile(10 * TASKS), DispatcherConfig.defaults());
    node.introduced = true;
    node.link = 1;
    nodes.add(node);
    queue.nodeReprofiled(node, 0);
  }

  private static TaskEntry task(int i, Terms terms) {
    TaskTerms built = terms.build();
    TaskId id = TaskId.of(MeshScenario.START - i / 60_000, i % 60_000, 0);
    TaskEntry task = new TaskEntry(id, built, new MeshScenario.Thing("b"), null);
    task.readyKey = (i * 7_919L % TASKS) * 10;
    task.bucket = Math.floorDiv(task.readyKey, 60_000);
    return task;
  }

  private void count(Runnable call) {
    long before = queue.effort.comparisons;
    call.run();
    worst = Math.max(worst, queue.effort.comparisons - before);
  }

  private void fillAndEmpty(IntFunction<Terms> terms) {
    List<TaskEntry> tasks = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      TaskEntry task = task(i, terms.apply(i));
      tasks.add(task);
      count(() -> queue.add(task));
    }
    for (int i = 0; i < TASKS; i += 2) {
      TaskEntry gone = tasks.get(i);
      count(() -> queue.remove(gone));
    }
    for (int i = 1; i < TASKS; i += 2) {
      count(
          () -> {
            TaskEntry next = queue.next();
            if (next == null) {
              throw new AssertionError("tasks are left, and none is offered");
            }
            queue.pushed(next);
            queue.freePermits(next.terms, next);
          });
    }
    assertThat(queue.next()).isNull();
  }

  @Test
  void shouldCompareFewTasksOfOneProject() {
    join();
    fillAndEmpty(i -> Terms.of("p"));
    assertThat(worst).isLessThanOrEqualTo(2 * LIMIT);
  }

  @Test
  void shouldCompareFewAmongThousandsOfProjects() {
    join();
    fillAndEmpty(i -> Terms.of("p" + i % 5_000));
    assertThat(worst).isLessThanOrEqualTo(2 * LIMIT);
  }

  @Test
  void shouldCompareFewWhenEachTaskHasAKeyOfItsOwn() {
    join();
    fillAndEmpty(i -> Terms.of("p").key("k" + i));
    assertThat(worst).isLessThanOrEqualTo(2 * LIMIT);
  }

  @Test
  void shouldCompareFewWhenAllTasksHaveOneKeyAndCap() {
    join();
    fillAndEmpty(i -> Terms.of("capped").key("k"));
    assertThat(worst).isLessThanOrEqualTo(2 * LIMIT);
  }

  @Test
  void shouldCompareForATurnOnlyWhereThereIsRoom() {
    // given: a thousand requirements that no node serves, all of one project
    fillRequirements(1_000);
    join();
    List<TaskEntry> served = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      TaskEntry task = task(i, Terms.of("p"));
      served.add(task);
      queue.add(task);
    }
    // when
    for (int i = 0; i < served.size(); i++) {
      count(
          () -> {
            TaskEntry next = queue.next();
            if (next != null) {
              queue.pushed(next);
            }
          });
    }
    // then
    assertThat(worst).isLessThanOrEqualTo(LIMIT);
  }

  private void fillRequirements(int count) {
    for (int i = 0; i < count; i++) {
      queue.add(task(i, Terms.of("p").type("work", "none-" + i)));
    }
  }
}
