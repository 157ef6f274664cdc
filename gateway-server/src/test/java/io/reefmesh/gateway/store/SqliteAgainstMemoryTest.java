package io.reefmesh.gateway.store;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import io.reefmesh.balancer.AttemptOutcome;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random lives of many tasks, cut into random commits, come out the same in both stores. */
final class SqliteAgainstMemoryTest {

  private static final TaskState[] OUTCOMES = {
    TaskState.SUCCEEDED, TaskState.FAILED, TaskState.CANCELLED, TaskState.EXPIRED
  };

  @TempDir Path folder;

  private Random random = new Random();
  private final List<Integer> open = new ArrayList<>();
  private final Map<Integer, List<AttemptRecord>> histories = new HashMap<>();
  private final Map<Integer, String> nodes = new HashMap<>();
  private int submitted;
  private int foundWithoutReading;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void shouldAgreeWithMemory(long seed) {
    random = new Random(seed);
    InMemoryTaskStore memory = new InMemoryTaskStore();
    SqliteTaskStore sqlite = SqliteTaskStore.open(folder);
    try {
      WriteLease inMemory = memory.acquire();
      WriteLease onDisk = sqlite.acquire();
      long now = Sample.START;
      for (int round = 0; round < 40; round++) {
        List<Mutation> batch = batch(random.nextInt(1, 60));
        now += random.nextInt(50);
        memory.commit(inMemory, batch, now).toCompletableFuture().join();
        sqlite.commit(onDisk, batch, now).toCompletableFuture().join();
        if (random.nextInt(10) == 0) {
          // all that can be: which of them go first is a matter of each store's scan
          long before = Sample.START + random.nextInt(3_000);
          long keep = random.nextInt(500);
          assertThat(sqlite.expire(onDisk, before, keep, Integer.MAX_VALUE))
              .isEqualTo(memory.expire(inMemory, before, keep, Integer.MAX_VALUE));
        }
        if (random.nextInt(15) == 0) {
          sqlite.close();
          sqlite = SqliteTaskStore.open(folder);
          onDisk = sqlite.acquire();
        }
        compare(memory, inMemory, sqlite, onDisk);
      }
      assertThat(foundWithoutReading).isPositive();
    } finally {
      sqlite.close();
    }
  }

  private void compare(TaskStore memory, WriteLease inMemory, TaskStore sqlite, WriteLease onDisk) {
    List<TaskId> ids = new ArrayList<>();
    for (int n = 0; n <= submitted; n++) {
      ids.add(Sample.id(n));
    }
    Map<TaskId, StoredTask> expected = memory.read(ids);
    assertThat(sqlite.read(ids)).isEqualTo(expected);
    for (TaskId id : ids) {
      StoredTask lately = sqlite.endedLately(id);
      if (lately != null) {
        assertThat(lately).isEqualTo(expected.get(id));
        foundWithoutReading++;
      }
    }
    TaskQuery query = query();
    TaskQuery.Page page = sqlite.list(query);
    assertThat(page).as("%s", query).isEqualTo(memory.list(query));
    var fromMemory = new TaskStoreContract.Loaded();
    var fromDisk = new TaskStoreContract.Loaded();
    long idsFrom = Sample.START + random.nextInt(100);
    assertThat(sqlite.load(onDisk, idsFrom, fromDisk))
        .isEqualTo(memory.load(inMemory, idsFrom, fromMemory));
    assertThat(fromDisk.tasks).isEqualTo(fromMemory.tasks);
    assertThat(fromDisk.requestIds).isEqualTo(fromMemory.requestIds);
    assertThat(fromDisk.requestTasks).isEqualTo(fromMemory.requestTasks);
  }

  private TaskQuery query() {
    ImmutableSet.Builder<TaskState> states = ImmutableSet.builder();
    for (TaskState state : TaskState.values()) {
      if (random.nextInt(4) == 0) {
        states.add(state);
      }
    }
    TaskQuery query = newestFirst(states.build());
    return random.nextInt(3) == 0
        ? query.oldestFirst(Sample.id(random.nextInt(1, 300)), Sample.id(random.nextInt(1, 500)))
        : query;
  }

  private TaskQuery newestFirst(ImmutableSet<TaskState> states) {
    return new TaskQuery(
        random.nextInt(5) == 0 ? "acme" : "default",
        random.nextBoolean() ? ImmutableSet.of() : states,
        rarely("ping"),
        rarely("n" + random.nextInt(4)),
        rarely("s1"),
        random.nextInt(5) == 0 ? ImmutableMap.of("even", "true") : ImmutableMap.of(),
        random.nextInt(3) == 0 ? Sample.START + random.nextInt(200) : 0,
        random.nextInt(3) == 0 ? Sample.START + random.nextInt(1_000) : 0,
        random.nextInt(3) == 0 ? Sample.id(random.nextInt(1, 500)) : null,
        random.nextInt(1, 40));
  }

  private @Nullable String rarely(String value) {
    return random.nextInt(4) == 0 ? value : null;
  }

  private List<Mutation> batch(int size) {
    List<Mutation> batch = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      batch.add(open.isEmpty() || random.nextInt(3) == 0 ? submit() : change());
    }
    return batch;
  }

  private Mutation submit() {
    int n = submitted++;
    open.add(n);
    histories.put(n, new ArrayList<>());
    String even = Boolean.toString(n % 2 == 0);
    TaskBody body = Sample.body("payload " + n);
    return Sample.submitted(
        Sample.id(n),
        n % 7 == 0 ? "acme" : "default",
        n % 3 == 0 ? "tool" : "ping",
        n % 5 == 0 ? "s1" : null,
        n % 4 == 0 ? "request-" + n : null,
        new TaskBody(
            body.spec().toBuilder().putLabels("even", even).build(),
            body.contentType(),
            requireNonNull(body.payload()),
            n % 11 == 0 ? Sample.id(0) : null));
  }

  private Mutation change() {
    int index = random.nextInt(open.size());
    int n = open.get(index);
    List<AttemptRecord> history = histories.getOrDefault(n, List.of());
    int attempt = history.size() + 1;
    String node = nodes.get(n);
    if (random.nextInt(4) == 0) {
      open.remove(index);
      return end(n, history, node);
    }
    if (node == null) {
      String chosen = "n" + random.nextInt(4);
      nodes.put(n, chosen);
      return Sample.assigned(n, attempt, chosen, history.toArray(new AttemptRecord[0]));
    }
    nodes.remove(n);
    history.add(Sample.attempt(attempt, node, AttemptOutcome.LOST));
    return Sample.requeued(n, attempt, history.toArray(new AttemptRecord[0]));
  }

  private Mutation end(int n, List<AttemptRecord> history, @Nullable String node) {
    if (node != null && random.nextBoolean()) {
      history.add(Sample.attempt(history.size() + 1, node, AttemptOutcome.FAILED));
    }
    TaskState outcome = OUTCOMES[random.nextInt(OUTCOMES.length)];
    return new Mutation.Ended(
        Sample.id(n),
        outcome,
        history.size(),
        Sample.START + n + random.nextInt(2_500),
        outcome == TaskState.SUCCEEDED ? null : Sample.failed(n).failure(),
        outcome == TaskState.SUCCEEDED ? Sample.result("r" + n) : null,
        ImmutableList.copyOf(history));
  }
}
