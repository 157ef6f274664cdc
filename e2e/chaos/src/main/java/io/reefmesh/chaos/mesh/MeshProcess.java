package io.reefmesh.chaos.mesh;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A gateway or a node as a process, and the signals that can be sent to it. Thread-safe. */
public final class MeshProcess {

  private static final Pattern READY = Pattern.compile("^reefmesh \\w+ ready: (.*)$");
  private static final Pattern FACT = Pattern.compile("(\\w+)=(\\S*)");
  private static final int SIGKILL_CODE = 137;
  private static final int GONE_SECONDS = 10;

  private final String name;
  private final Process process;
  private final Path log;
  private final long startedNanos = System.nanoTime();
  private final CompletableFuture<Map<String, String>> ready = new CompletableFuture<>();
  private volatile boolean endExpected;

  private MeshProcess(String name, Process process, Path log) {
    this.name = name;
    this.process = process;
    this.log = log;
  }

  /**
   * Starts one.
   *
   * @param environment variables beside those of this process
   * @param log where all it says goes, appended
   * @param unexpected hears of an end that nobody asked for
   */
  static MeshProcess start(
      String name,
      List<String> command,
      Map<String, String> environment,
      Path log,
      Consumer<String> unexpected) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder
        .environment()
        .keySet()
        .removeIf(key -> key.startsWith("REEFMESH_") || key.startsWith("LOG_"));
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      MeshProcess started = new MeshProcess(name, process, log);
      Thread reader = new Thread(started::readOutput, "output-of-" + name);
      reader.setDaemon(true);
      reader.start();
      var unused = process.onExit().thenAccept(ended -> started.ended(unexpected));
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be started", e);
    }
  }

  /** When it was started, on the machine's monotonic clock. */
  public long startedNanos() {
    return startedNanos;
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether it runs, or stands still. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits until it says that it is ready, and gives what it says with it.
   *
   * @throws IllegalStateException if it ends first, or takes too long
   */
  public Map<String, String> awaitReady(Duration limit) throws InterruptedException {
    try {
      return ready.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(name + " ended before it was ready; its log is " + log, e);
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          name + " was not ready after " + limit.toSeconds() + " s; its log is " + log, e);
    }
  }

  /**
   * Waits until it says that it is ready; false: it ended first.
   *
   * @throws IllegalStateException if it takes too long
   */
  public boolean becomesReady(Duration limit) throws InterruptedException {
    try {
      ready.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (ExecutionException e) {
      return false;
    } catch (TimeoutException e) {
      throw new IllegalStateException(
          name + " neither served nor ended within " + limit.toSeconds() + " s; see " + log, e);
    }
  }

  /** From now on its end is no surprise. */
  public void expectEnd() {
    endExpected = true;
  }

  /** SIGKILL; gone when this returns. */
  public void kill() throws InterruptedException {
    expectEnd();
    process.destroyForcibly();
    process.waitFor();
  }

  /** SIGTERM; does not wait. */
  public void terminate() {
    expectEnd();
    process.destroy();
  }

  /** SIGSTOP: it stands still. */
  public void freeze() throws InterruptedException {
    signal("STOP");
  }

  /** SIGCONT: it goes on. */
  public void thaw() throws InterruptedException {
    signal("CONT");
  }

  /** Waits for its end; false if it did not come in time. */
  public boolean awaitEnd(Duration limit) throws InterruptedException {
    return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** What it ended with. */
  public int exitCode() {
    return process.exitValue();
  }

  /** Ends it and everything it started, without asking; gone when this returns. */
  void destroy() {
    expectEnd();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      process.waitFor(GONE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void signal(String signal) throws InterruptedException {
    try {
      new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException("no signal can be sent", e);
    }
  }

  private void ended(Consumer<String> unexpected) {
    if (!endExpected) {
      int code = process.exitValue();
      unexpected.accept(
          name
              + " ended with "
              + code
              + (code == SIGKILL_CODE ? " (killed from outside?)" : "")
              + " although nobody asked it to; its log is "
              + log);
    }
  }

  private void readOutput() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      String line;
      while ((line = reader.readLine()) != null) {
        Matcher words = READY.matcher(line);
        if (words.matches()) {
          ready.complete(facts(words.group(1)));
        }
      }
      ready.completeExceptionally(new IllegalStateException("it ended"));
    } catch (IOException | UncheckedIOException e) {
      ready.completeExceptionally(e);
    }
  }

  private static Map<String, String> facts(String words) {
    Map<String, String> facts = new HashMap<>();
    Matcher fact = FACT.matcher(words);
    while (fact.find()) {
      facts.put(fact.group(1), fact.group(2));
    }
    return facts;
  }
}
