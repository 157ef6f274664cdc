package io.reefmesh.chaos.work;

import io.reefmesh.node.NodeConfig;
import io.reefmesh.node.NodeRunner;
import io.reefmesh.node.StopSignals;
import io.reefmesh.v1.NodeType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** A node's process: the real node-runner with a handler that leaves traces. */
@Command(name = "node", hidden = true, description = "A node of a chaos run.")
public final class ChaosNode implements Callable<Integer> {

  private static final int LINK_SECONDS = 120;
  private static final long LOOK_MILLIS = 200;

  @Option(names = "--gateway", required = true)
  String gateway = "";

  @Option(names = "--id", required = true)
  String id = "";

  @Option(names = "--life", required = true)
  int life;

  @Option(names = "--slots", required = true)
  int slots;

  @Option(names = "--effects", required = true)
  Path effects = Path.of("");

  @Option(names = "--stop-millis", required = true)
  long stopMillis;

  /** When this file appears, all work ends at once. */
  @Option(names = "--release")
  @Nullable Path release;

  @Override
  public Integer call() throws InterruptedException, IOException {
    leaveWithParent();
    CountDownLatch released = new CountDownLatch(1);
    try (EffectFile file = new EffectFile(effects, id, life)) {
      NodeRunner runner =
          NodeRunner.start(config(), List.of(new WorkHandler(file, id, life, released)));
      StopSignals.install(runner);
      watch(released);
      if (runner.awaitLinked(Duration.ofSeconds(LINK_SECONDS))) {
        System.out.println(
            "reefmesh node ready: id=" + id + " incarnation=" + runner.incarnation());
      }
      runner.awaitStop();
    }
    return 0;
  }

  private NodeConfig config() {
    return new NodeConfig(
        gateway,
        id,
        NodeType.NODE_TYPE_AGENT,
        slots,
        0,
        List.of(),
        Map.of(),
        false,
        Duration.ofMillis(stopMillis),
        "127.0.0.1",
        OptionalInt.empty(),
        OptionalInt.empty());
  }

  private static void leaveWithParent() {
    ProcessHandle.current()
        .parent()
        .ifPresent(
            parent -> {
              var unused = parent.onExit().thenRun(() -> Runtime.getRuntime().halt(1));
            });
  }

  private void watch(CountDownLatch released) {
    Path file = release;
    if (file == null) {
      return;
    }
    Thread watcher =
        new Thread(
            () -> {
              try {
                while (!Files.exists(file)) {
                  TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
                }
                released.countDown();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "release");
    watcher.setDaemon(true);
    watcher.start();
  }
}
