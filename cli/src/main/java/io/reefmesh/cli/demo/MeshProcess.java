package io.reefmesh.cli.demo;

import io.reefmesh.cli.CommandException;
import io.reefmesh.cli.ExitCode;
import io.reefmesh.cli.ReadyLine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A gateway or a node as a process of its own. Its log goes to a file; of its standard output only
 * the ready line matters. Thread-safe.
 */
final class MeshProcess {

  private static final int LOG_LINES_SHOWN = 5;

  private final String name;
  private final Process process;
  private final Path log;
  private final CompletableFuture<ReadyLine> ready = new CompletableFuture<>();

  private MeshProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * Starts it.
   *
   * @param log where its standard error goes, appended
   */
  static MeshProcess start(String name, List<String> command, Path log) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    // Settings in the environment of whoever runs the demo are meant for other processes.
    builder
        .environment()
        .keySet()
        .removeIf(variable -> variable.startsWith("REEFMESH_") || variable.equals("LOG_DIR"));
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      MeshProcess started = new MeshProcess(name, process, log);
      Thread reader = new Thread(started::readOutput, "output-of-" + name);
      reader.setDaemon(true);
      reader.start();
      return started;
    } catch (IOException e) {
      throw new CommandException(
          ExitCode.INTERNAL, "the process of " + name + " cannot be started: " + e.getMessage(), e);
    }
  }

  /**
   * Waits until it says that it is ready.
   *
   * @throws CommandException with the end of its log, if it ends first or takes too long
   */
  ReadyLine awaitReady(Duration limit) throws InterruptedException {
    try {
      return ready.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw failed("ended before it was ready");
    } catch (TimeoutException e) {
      throw failed("was not ready after " + limit.toSeconds() + " s");
    }
  }

  /** Whether it has said that it is ready. */
  boolean isReady() {
    return ready.isDone() && !ready.isCompletedExceptionally();
  }

  String name() {
    return name;
  }

  long processId() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** SIGKILL, and waits until the system has taken it away. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor(10, TimeUnit.SECONDS);
  }

  /** SIGTERM; does not wait. */
  void terminate() {
    process.destroy();
  }

  /** Waits for its end, and kills it when that takes longer than the limit. */
  void awaitEnd(Duration limit) {
    try {
      if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private void readOutput() {
    // Read to the end, so that the process never blocks on a full pipe.
    try (BufferedReader reader = process.inputReader(Charset.defaultCharset())) {
      String line;
      while ((line = reader.readLine()) != null) {
        ReadyLine.parse(line).ifPresent(ready::complete);
      }
      ready.completeExceptionally(new IllegalStateException("ended"));
    } catch (IOException | UncheckedIOException e) {
      ready.completeExceptionally(e);
    }
  }

  private CommandException failed(String what) {
    return new CommandException(
        ExitCode.INTERNAL, name + " " + what + "; the end of its log, " + log + ":\n" + logEnd());
  }

  private String logEnd() {
    try {
      List<String> lines = Files.readAllLines(log, Charset.defaultCharset());
      return "  "
          + String.join(
              "\n  ", lines.subList(Math.max(0, lines.size() - LOG_LINES_SHOWN), lines.size()));
    } catch (IOException e) {
      return "  (not readable: " + e.getMessage() + ")";
    }
  }
}
