package io.reefmesh.gateway.store;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.v1.TaskSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Lives of tasks as rows: gathering them by table, and committing them to SQLite. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@SuppressWarnings("NullAway.Init")
public class StoreBenchmark {

  private static final int TASKS = 256;
  private static final long NOW = TaskId.EPOCH_MILLIS + 1_000_000;

  private final TaskBody body =
      new TaskBody(
          TaskSpec.newBuilder().setType("bench").setPriority(5).build(),
          "application/octet-stream",
          ByteString.copyFrom(new byte[300]),
          null);
  private final ResultBody result =
      new ResultBody("application/octet-stream", ByteString.copyFrom(new byte[300]), null);

  private Path folder;
  private SqliteTaskStore store;
  private WriteLease lease;
  private long count;
  private List<Mutation> mutations;

  /** A store in the folder that {@code reefmesh.bench.folder} names, or the current one. */
  @Setup(Level.Trial)
  public void setUp() throws IOException {
    folder =
        Files.createTempDirectory(
            Path.of(System.getProperty("reefmesh.bench.folder", "")).toAbsolutePath(), "jmh-");
    store = SqliteTaskStore.open(folder);
    lease = store.acquire();
    mutations = lives();
  }

  /** Removes it. */
  @TearDown(Level.Trial)
  public void tearDown() throws IOException {
    store.close();
    try (var paths = Files.walk(folder)) {
      paths
          .sorted(Comparator.reverseOrder())
          .forEach(
              path -> {
                try {
                  Files.delete(path);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    }
  }

  /** By table, without writing them; per task. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public int gather() {
    return MutationBatch.of(mutations).results().size();
  }

  /** Two commits, one of submissions and assignments and one of results; per task. */
  @Benchmark
  @OperationsPerInvocation(TASKS)
  public long commit() {
    List<Mutation> all = lives();
    List<Mutation> begins = new ArrayList<>();
    List<Mutation> ends = new ArrayList<>();
    all.forEach(mutation -> (mutation instanceof Mutation.Ended ? ends : begins).add(mutation));
    store.commit(lease, begins, NOW).toCompletableFuture().join();
    store.commit(lease, ends, NOW).toCompletableFuture().join();
    return count;
  }

  private List<Mutation> lives() {
    List<Mutation> all = new ArrayList<>();
    for (int i = 0; i < TASKS; i++) {
      TaskId id = TaskId.of(NOW + (count >>> 16), (int) (count & 0xffff), 0);
      count++;
      all.add(new Mutation.Submitted(id, "default", "bench", null, null, null, body));
      all.add(new Mutation.Assigned(id, 1, "node-1", "0123456789abcdef", NOW, ImmutableList.of()));
      all.add(
          new Mutation.Ended(id, TaskState.SUCCEEDED, 1, NOW, null, result, ImmutableList.of()));
    }
    return all;
  }
}
