package io.reefmesh.gateway.store;

import io.reefmesh.balancer.Mutation;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A gateway's store in a process of its own, to be killed. With "commit" it commits numbered
 * batches for ever and prints the number of each once it is durable; with "open" it only tries to
 * open.
 */
final class StoreProcess {

  static final int TASKS_PER_BATCH = 20;

  private StoreProcess() {}

  /** What the n-th batch holds: tasks of which half end in it, and the end of the batch before. */
  static List<Mutation> batch(int number) {
    List<Mutation> batch = new ArrayList<>();
    for (int i = 0; i < TASKS_PER_BATCH; i++) {
      int n = number * TASKS_PER_BATCH + i;
      batch.add(Sample.submitted(n, Sample.body(("payload " + n + " ").repeat(40))));
      batch.add(Sample.assigned(n, 1, "n1"));
      if (i % 2 == 0) {
        batch.add(Sample.succeeded(n, 1, "n1", Sample.START + n));
      } else if (number > 0) {
        batch.add(Sample.succeeded(n - TASKS_PER_BATCH, 1, "n1", Sample.START + n));
      }
    }
    return batch;
  }

  public static void main(String[] args) {
    // Often and in small pieces, so that a kill falls into a checkpoint too.
    SqliteOptions options = SqliteOptions.DEFAULT.withCheckpoints(4, 64, 1);
    try (SqliteTaskStore store = SqliteTaskStore.open(Path.of(args[1]), options)) {
      if (args[0].equals("commit")) {
        WriteLease lease = store.acquire();
        for (int number = Integer.parseInt(args[2]); ; number++) {
          store.commit(lease, batch(number), Sample.START + number).toCompletableFuture().join();
          System.out.println(number);
        }
      }
      System.out.println("opened");
    } catch (StoreException e) {
      System.out.println(e.kind() + " " + e.getMessage());
    }
  }

  static Process start(String... args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx256m");
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(StoreProcess.class.getName());
    command.addAll(List.of(args));
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  static BufferedReader output(Process process) {
    return process.inputReader(StandardCharsets.UTF_8);
  }
}
