package io.reefmesh.cli;

import io.reefmesh.client.CallRetry;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshTimeoutException;
import io.reefmesh.client.MeshUnavailableException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import picocli.CommandLine.Option;

/** The options by which a command finds its gateway. */
final class MeshOptions {

  /** Names the gateway for clients; a node knows it as one of its settings. */
  static final String GATEWAY_VARIABLE = "REEFMESH_GATEWAY";

  private static final int CALLBACK_THREADS = 2;

  @Option(
      names = "--gateway",
      paramLabel = "TARGET",
      defaultValue = "${env:REEFMESH_GATEWAY:-127.0.0.1:7420}",
      description =
          "The gateway, as host:port. Default: REEFMESH_GATEWAY in the environment, or 127.0.0.1:7420.")
  String gateway = "127.0.0.1:7420";

  @Option(
      names = "--project",
      paramLabel = "NAME",
      defaultValue = "${env:REEFMESH_PROJECT:-}",
      description =
          "The project of the tasks. Default: REEFMESH_PROJECT in the environment, or the gateway's"
              + " default project.")
  String project = "";

  @Option(
      names = "--connect-timeout",
      paramLabel = "TIME",
      defaultValue = "10s",
      description = "How long to try to reach the gateway. Default: ${DEFAULT-VALUE}.")
  Duration connectTimeout = Duration.ofSeconds(10);

  /** What a command does with a client. */
  interface Work<T> {
    /** Uses the client, which is closed afterwards. */
    T with(MeshClient client) throws InterruptedException;
  }

  /**
   * Runs it with a client of this gateway.
   *
   * @throws CommandException if no gateway answers, naming the target
   */
  <T> T call(Work<T> work) throws InterruptedException {
    try (MeshClient client = open()) {
      return work.with(client);
    } catch (MeshUnavailableException | MeshTimeoutException e) {
      throw new CommandException(
          ExitCode.UNREACHABLE,
          "no gateway answered at "
              + gateway
              + " ("
              + FailureReport.reason(e)
              + "): start one with \"reefmesh gateway\", or name another with --gateway",
          e);
    }
  }

  /** Waits for a future of the client's, and throws what it failed with. */
  static <T> T await(CompletableFuture<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  private MeshClient open() {
    try {
      MeshClient.Builder builder =
          MeshClient.builder()
              .target(gateway)
              .userAgentSuffix("reefmesh-cli")
              .retry(CallRetry.standard().withGiveUpAfter(connectTimeout))
              .callbackExecutor(callbacks());
      if (!project.isEmpty()) {
        builder.project(project);
      }
      return builder.build();
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          ExitCode.USAGE, "--gateway or --project is wrong: " + e.getMessage(), e);
    }
  }

  /** Listeners of ours print, so they must not sit on network threads. */
  private static Executor callbacks() {
    return Executors.newFixedThreadPool(
        CALLBACK_THREADS,
        task -> {
          Thread thread = new Thread(task, "mesh-events");
          thread.setDaemon(true);
          return thread;
        });
  }
}
