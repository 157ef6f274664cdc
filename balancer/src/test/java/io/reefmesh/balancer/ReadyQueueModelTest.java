package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The ready queue against its own description, read literally: a list that is searched for the
 * smallest bucket, then turn, then key, among the tasks that some node has room for and no cap
 * keeps.
 */
final class ReadyQueueModelTest {

  private static final int STEPS = 6_000;
  private static final long STEP = 1_000;
  private static final String[] PROJECTS = {"a", "b", "c", "d"};
  private static final String[] TYPES = {"x", "y", "z"};
  private static final QueueRules RULES =
      new QueueRules(
          STEP, 0, 0, 2, ImmutableMap.of("a", 1, "b", 3, "c", 7), ImmutableMap.of("b", 2, "d", 1));

  /** A project's turns, as they are described. */
  private static final class Turns {
    final Map<String, Long> passes = new HashMap<>();
    long now;

    long passOf(String project) {
      return Math.max(passes.getOrDefault(project, 0L), 0L);
    }

    void charge(String project) {
      now = Math.max(now, passOf(project));
      passes.put(project, now + 720_720 / RULES.weightOf(project));
    }

    /** It has ready tasks again. */
    void back(String project) {
      passes.put(project, Math.max(passOf(project), now));
    }

    void nobodyWaits() {
      passes.replaceAll((project, pass) -> Math.min(pass, now));
    }
  }

  private final List<NodeEntry> nodes = new ArrayList<>();
  private final ReadyQueue queue = new ReadyQueue(Strategy.ROUND_ROBIN, RULES, nodes, () -> 0);
  private final Turns turns = new Turns();
  private final List<TaskEntry> waiting = new ArrayList<>();
  private final List<TaskEntry> running = new ArrayList<>();
  private SplittableRandom random = new SplittableRandom(0);
  private long now = TaskId.EPOCH_MILLIS + 1_000_000;
  private int counter;

  private TaskEntry task() {
    String project = PROJECTS[random.nextInt(PROJECTS.length)];
    TaskTerms terms =
        Terms.of(project)
            .type(TYPES[random.nextInt(TYPES.length)])
            .priority(1 + random.nextInt(4))
            .key(random.nextInt(3) == 0 ? "k" + random.nextInt(2) : null)
            .build();
    TaskEntry task =
        new TaskEntry(
            TaskId.of(now, counter++ & 0xffff, 0), terms, new MeshScenario.Thing("b"), null);
    task.readyKey = task.id.createdAtMillis() + (terms.priority() - 1) * STEP;
    task.bucket = Math.floorDiv(task.readyKey, STEP);
    return task;
  }

  private boolean hasReady(String project) {
    return waiting.stream().anyMatch(task -> task.terms.project().equals(project));
  }

  private void add(TaskEntry task) {
    if (!hasReady(task.terms.project())) {
      turns.back(task.terms.project());
    }
    waiting.add(task);
    queue.add(task);
  }

  private long runningOf(String project, @Nullable String key) {
    return running.stream()
        .filter(task -> task.terms.project().equals(project))
        .filter(task -> key == null || key.equals(task.terms.concurrencyKey()))
        .count();
  }

  private boolean mayGo(TaskEntry task) {
    String project = task.terms.project();
    String key = task.terms.concurrencyKey();
    int cap = RULES.capOf(project);
    return (cap == 0 || runningOf(project, null) < cap)
        && (key == null || runningOf(project, key) < RULES.keyCap())
        && nodes.stream()
            .anyMatch(
                node ->
                    node.candidate().hasRoom() && node.profile.serves(task.terms.requirement()));
  }

  private boolean goesBefore(TaskEntry a, TaskEntry b) {
    if (a.bucket != b.bucket) {
      return a.bucket < b.bucket;
    }
    long first = turns.passOf(a.terms.project());
    long second = turns.passOf(b.terms.project());
    if (first != second) {
      return first < second;
    }
    return a.readyKey != b.readyKey ? a.readyKey < b.readyKey : a.id.value() < b.id.value();
  }

  private @Nullable TaskEntry expected() {
    TaskEntry best = null;
    for (TaskEntry task : waiting) {
      if (mayGo(task) && (best == null || goesBefore(task, best))) {
        best = task;
      }
    }
    return best;
  }

  private void dispatch() {
    TaskEntry next = queue.next();
    TaskEntry expected = expected();
    if (!Objects.equals(next, expected)) {
      throw new AssertionError(named(next) + " is offered, not " + named(expected));
    }
    if (next != null) {
      turns.charge(next.terms.project());
      waiting.remove(next);
      running.add(next);
      queue.pushed(next);
      noteIdle();
    }
  }

  private static String named(@Nullable TaskEntry task) {
    return task == null ? "no task" : task.id + " of project " + task.terms.project();
  }

  private void noteIdle() {
    if (waiting.isEmpty()) {
      turns.nobodyWaits();
    }
  }

  private void end(TaskEntry task) {
    running.remove(task);
    queue.freePermits(task.terms, task);
  }

  private void open(NodeEntry node, boolean open) {
    node.leaving = !open;
    queue.nodeChanged(node, now);
  }

  private void disturb() {
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> add(task());
      case 3, 4, 5 -> dispatch();
      case 6, 7 -> {
        if (!running.isEmpty()) {
          TaskEntry task = running.get(random.nextInt(running.size()));
          end(task);
          if (random.nextInt(4) == 0) {
            add(task);
          }
        }
      }
      case 8 -> {
        if (!waiting.isEmpty()) {
          queue.remove(waiting.remove(random.nextInt(waiting.size())));
          noteIdle();
        }
      }
      default -> {
        now += random.nextInt(300);
        open(nodes.get(random.nextInt(nodes.size())), random.nextInt(3) > 0);
      }
    }
  }

  private void join(String... types) {
    NodeProfile profile =
        new NodeProfile(
            false,
            ImmutableSortedSet.of(),
            ImmutableSortedSet.copyOf(types),
            ImmutableMap.of(),
            1_000,
            1,
            false,
            "",
            "");
    NodeEntry node = new NodeEntry("n" + nodes.size(), "", profile, DispatcherConfig.defaults());
    node.introduced = true;
    node.link = 1L + nodes.size();
    nodes.add(node);
    queue.nodeReprofiled(node, now);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldAlwaysOfferTheTaskThatTheRulesName(long seed) {
    random = new SplittableRandom(seed);
    join("x");
    join("y", "z");
    join("z", "x");
    for (int i = 0; i < STEPS; i++) {
      disturb();
    }
    nodes.forEach(node -> open(node, true));
    while (!waiting.isEmpty() || !running.isEmpty()) {
      if (expected() == null) {
        end(running.get(random.nextInt(running.size())));
      }
      dispatch();
    }
    assertThat(queue.caps.all()).as("caps that nobody needs").hasSizeLessThanOrEqualTo(3);
  }
}
