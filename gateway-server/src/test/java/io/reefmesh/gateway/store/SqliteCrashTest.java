package io.reefmesh.gateway.store;

import static io.reefmesh.gateway.store.Sample.id;
import static io.reefmesh.gateway.store.StoreProcess.TASKS_PER_BATCH;
import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is left when a gateway dies without closing its store. */
@Timeout(180)
final class SqliteCrashTest {

  @TempDir Path folder;

  @Test
  void shouldHaveEveryAcknowledgedBatchWhenProcessIsKilled() throws Exception {
    int next = 0;
    for (int round = 1; round <= 3; round++) {
      // given
      Process process = StoreProcess.start("commit", folder.toString(), "" + next);
      int last = readUntil(process, next + 40 * round);

      // when
      process.toHandle().destroyForcibly(); // unlike the process's own, leaves its output readable
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();

      // then
      int acknowledged = lastLine(process, last);
      next = checkWhole(folder, acknowledged) + 1;
    }
  }

  @Test
  void shouldHaveAllCommitsWhenFilesAreCopiedWithoutClosing(@TempDir Path copy) throws Exception {
    // given
    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      commitBatches(store, 30);
      assertThat(Files.size(folder.resolve("reefmesh.db-wal"))).isPositive();

      // when
      copy("reefmesh.db", copy);
      copy("reefmesh.db-wal", copy);
    }

    // then
    assertThat(checkWhole(copy, 29)).isEqualTo(29);
  }

  @Test
  void shouldHaveWholeBatchesOnlyWhenTailOfWalIsLost(@TempDir Path copies) throws Exception {
    // given
    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      commitBatches(store, 30);
      long size = Files.size(folder.resolve("reefmesh.db-wal"));
      int previous = 30;
      for (int cut = 1; cut <= 10; cut++) {
        // when
        Path copy = Files.createDirectory(copies.resolve("cut" + cut));
        copy("reefmesh.db", copy);
        copy("reefmesh.db-wal", copy);
        truncate(copy.resolve("reefmesh.db-wal"), size - size * cut / 10 + 1_000L * (cut % 3));

        // then
        int last = checkWhole(copy, -1);
        assertThat(last).isLessThanOrEqualTo(previous);
        previous = last;
      }
      assertThat(previous).as("with hardly any WAL left").isLessThan(3);
    }
  }

  private static void commitBatches(SqliteTaskStore store, int count) {
    WriteLease lease = store.acquire();
    for (int number = 0; number < count; number++) {
      store.commit(lease, StoreProcess.batch(number), Sample.START).toCompletableFuture().join();
    }
  }

  /**
   * Checks that the store has batches 0 to some last one, all whole and none after.
   *
   * @param atLeast the last batch that must be there
   * @return the last batch that is there; -1: none
   */
  private static int checkWhole(Path folder, int atLeast) {
    try (SqliteTaskStore store = SqliteTaskStore.open(folder)) {
      TaskQuery.Page newest = store.list(Sample.page(Sample.ALL, null, 1));
      if (newest.tasks().isEmpty()) {
        assertThat(atLeast).isEqualTo(-1);
        return -1;
      }
      int last = numberOf(newest.tasks().get(0).id()) / TASKS_PER_BATCH;
      assertThat(last).isGreaterThanOrEqualTo(atLeast);
      int tasks = (last + 1) * TASKS_PER_BATCH;
      List<TaskId> ids = IntStream.range(0, tasks).mapToObj(Sample::id).toList();
      var found = store.read(ids);
      assertThat(found).hasSize(tasks);
      for (int n = 0; n < tasks; n++) {
        boolean open = n / TASKS_PER_BATCH == last && n % 2 == 1;
        assertThat(Objects.requireNonNull(found.get(id(n))).state())
            .as("task %d of %d", n, tasks)
            .isEqualTo(open ? TaskState.ASSIGNED : TaskState.SUCCEEDED);
      }
      return last;
    }
  }

  private static int numberOf(TaskId id) {
    return (int) (id.createdAtMillis() - Sample.START);
  }

  private static int readUntil(Process process, int number) throws IOException {
    BufferedReader output = StoreProcess.output(process);
    int last = -1;
    while (last < number) {
      String line = output.readLine();
      assertThat(line).as("the process should go on").isNotNull();
      last = Integer.parseInt(line);
    }
    return last;
  }

  /** What it still managed to say before it died; a line without an end does not count. */
  private static int lastLine(Process process, int last) throws IOException {
    StringBuilder rest = new StringBuilder();
    BufferedReader output = StoreProcess.output(process);
    for (int c = output.read(); c >= 0; c = output.read()) {
      rest.append((char) c);
    }
    int end = rest.lastIndexOf("\n");
    if (end <= 0) {
      return last;
    }
    String[] lines = rest.substring(0, end).split("\n", -1);
    return Integer.parseInt(lines[lines.length - 1]);
  }

  private void copy(String name, Path to) throws IOException {
    Files.copy(folder.resolve(name), to.resolve(name));
  }

  private static void truncate(Path file, long size) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(Math.min(size, channel.size()));
      channel.write(ByteBuffer.allocate(7), channel.size());
    }
  }
}
