package io.reefmesh.bench.process;

import io.reefmesh.cli.ReadyLine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A process of the run. Its standard error goes to a log file; on its standard output it says that
 * it is ready, and what it has to tell. Thread-safe.
 */
public final class ChildProcess {

  private static final int LOG_LINES_SHOWN = 8;
  private static final int MAX_LINES_KEPT = 10_000;

  private final String name;
  private final Process process;
  private final Path log;
  private final CompletableFuture<ReadyLine> ready = new CompletableFuture<>();
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>(MAX_LINES_KEPT);

  private ChildProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * Starts it.
   *
   * @param environment set beside this process's own, which it gets without settings of the mesh
   * @param log where its standard error goes, appended
   */
  public static ChildProcess start(
      String name, List<String> command, Map<String, String> environment, Path log) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder
        .environment()
        .keySet()
        .removeIf(variable -> variable.startsWith("REEFMESH_") || variable.equals("LOG_DIR"));
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      ChildProcess started = new ChildProcess(name, process, log);
      Thread reader = new Thread(started::readOutput, "output-of-" + name);
      reader.setDaemon(true);
      reader.start();
      return started;
    } catch (IOException e) {
      throw new BenchException(
          "the process of " + name + " cannot be started: " + e.getMessage(), e);
    }
  }

  /** Its name in reports. */
  public String name() {
    return name;
  }

  /** Its number. */
  public long pid() {
    return process.pid();
  }

  /** Whether it runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits until it says that it is ready.
   *
   * @return the facts it says
   * @throws BenchException with the end of its log, if it ends first or takes too long
   */
  public Map<String, String> awaitReady(Duration limit) throws InterruptedException {
    try {
      return ready.get(limit.toMillis(), TimeUnit.MILLISECONDS).facts();
    } catch (ExecutionException e) {
      throw failed("ended before it was ready");
    } catch (TimeoutException e) {
      throw failed("was not ready after " + limit.toSeconds() + " s");
    }
  }

  /**
   * Its next line on standard output that is not the ready line.
   *
   * @throws BenchException if there is none in time
   */
  public String awaitLine(Duration limit) throws InterruptedException {
    String line = lines.poll(limit.toMillis(), TimeUnit.MILLISECONDS);
    if (line == null) {
      throw failed("said nothing within " + limit.toSeconds() + " s");
    }
    return line;
  }

  /** Its last line so far; null: there is none. Lines before it are forgotten. */
  public @Nullable String latestLine() {
    String latest = null;
    String line;
    while ((line = lines.poll()) != null) {
      latest = line;
    }
    return latest;
  }

  /** Ends it as an operator would, and kills it when that takes longer than the limit. */
  public void stop(Duration limit) {
    process.destroy();
    try {
      if (process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    kill();
  }

  /** SIGKILL. Returns when it is gone. */
  public void kill() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void readOutput() {
    // Read to the end, so that the process never blocks on a full pipe.
    try (BufferedReader reader = process.inputReader(Charset.defaultCharset())) {
      String line;
      while ((line = reader.readLine()) != null) {
        take(line);
      }
      ready.completeExceptionally(new IllegalStateException("ended"));
    } catch (IOException | UncheckedIOException e) {
      ready.completeExceptionally(e);
    }
  }

  private void take(String line) {
    if (!ready.isDone() && ReadyLine.parse(line).map(ready::complete).orElse(false)) {
      return;
    }
    while (!lines.offer(line)) {
      lines.poll();
    }
  }

  private BenchException failed(String what) {
    return new BenchException(
        name + " " + what + "; the end of its log, " + log + ":\n" + logEnd());
  }

  private String logEnd() {
    try {
      List<String> all = Files.readAllLines(log, Charset.defaultCharset());
      return "  "
          + String.join("\n  ", all.subList(Math.max(0, all.size() - LOG_LINES_SHOWN), all.size()));
    } catch (IOException e) {
      return "  (not readable: " + e.getMessage() + ")";
    }
  }
}
