package io.reefmesh.node.handler;

import com.google.common.util.concurrent.Uninterruptibles;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A program that runs for one attempt, with everything it starts in turn.
 *
 * <p>It gets a session of its own where {@code setsid} exists, so that a Ctrl-C meant for the node
 * does not reach it and its group can be told from ours. When the program ends, is stopped or runs
 * out of time, its whole {@link ProcessTree} is ended: nothing that it left behind runs on.
 *
 * <p>Four threads serve it (stdin, stdout, stderr, its exit), so it may write and read in any
 * order. {@link #stop} may be called from any thread; the rest belongs to the thread that started
 * it.
 */
final class ChildProcess {

  private static final Logger log = LoggerFactory.getLogger(ChildProcess.class);

  /** Between asking and forcing: time to remove temporary files, too short to finish the work. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  /** A process that outlives SIGKILL this long is stuck in the kernel. */
  private static final Duration FORCE_BOUND = Duration.ofSeconds(5);

  /** With all writers gone only what is in the pipe is left to read. */
  private static final Duration DRAIN_BOUND = Duration.ofSeconds(2);

  private static final int BUFFER_BYTES = 16 << 10;
  private static final String MARK_NAME = "_REEFMESH_TREE";

  /**
   * What to run.
   *
   * @param name for the names of threads and for log lines
   * @param argv the program, as an absolute path, and its arguments
   * @param directory where; empty: where the node runs
   * @param environment all variables that it sees
   * @param stdin what it may read; then its input ends
   */
  record Launch(
      String name,
      List<String> argv,
      Optional<Path> directory,
      Map<String, String> environment,
      ByteString stdin) {}

  /** Why it ended. */
  enum Cause {
    /** By itself. */
    EXITED,
    /** It ran out of time. */
    TIMED_OUT,
    /** It was stopped, or the waiting thread was interrupted. */
    STOPPED
  }

  /** How it ended; the code is 128 and the signal's number if a signal did it. */
  record Ending(Cause cause, int exitCode) {}

  private final Launch launch;
  private final Process process;
  private final ProcessTree tree;
  private final CompletableFuture<Cause> ended = new CompletableFuture<>();

  private ChildProcess(Launch launch, Process process, String mark) {
    this.launch = launch;
    this.process = process;
    this.tree = new ProcessTree(process.toHandle(), mark);
  }

  /**
   * Starts it. {@link #run} must follow.
   *
   * @param launcher a program that gives a session of its own, if there is one
   * @throws IOException if it cannot be started
   */
  static ChildProcess start(Launch launch, Optional<Path> launcher) throws IOException {
    NativeText.requireWhole(launch.argv(), launch.environment(), NativeText.charset());
    List<String> command = new ArrayList<>();
    launcher.ifPresent(path -> command.add(path.toString()));
    command.addAll(launch.argv());
    ProcessBuilder builder = new ProcessBuilder(command);
    launch.directory().ifPresent(directory -> builder.directory(directory.toFile()));
    String mark = UUID.randomUUID().toString();
    builder.environment().clear();
    try {
      builder.environment().putAll(launch.environment());
      builder.environment().put(MARK_NAME, mark);
      return new ChildProcess(launch, builder.start(), MARK_NAME + "=" + mark);
    } catch (IllegalArgumentException e) {
      throw new IOException("a variable of its environment cannot be passed on", e);
    }
  }

  /** Asks for its end. Returns at once; the thread in {@link #run} sees to it. */
  void stop() {
    ended.complete(Cause.STOPPED);
  }

  /**
   * Waits until the whole tree is gone and its output is read. An interrupt stops it, and is still
   * set afterwards.
   *
   * @param stdout gets its standard output, on one other thread
   * @param stderr gets its standard error, on one other thread
   * @param timeout how long it may run
   */
  Ending run(Consumer<ByteString> stdout, Consumer<ByteString> stderr, Duration timeout) {
    List<Thread> readers =
        List.of(
            begin("stdout", () -> pump(process.getInputStream(), stdout)),
            begin("stderr", () -> pump(process.getErrorStream(), stderr)));
    begin("stdin", this::feed);
    begin("exit", this::watchExit);
    Cause cause = awaitEnd(timeout);
    if (!tree.end(GRACE, FORCE_BOUND)) {
      log.warn("{}: processes {} would not end and run on", launch.name(), tree.alive());
    }
    drain(readers);
    return new Ending(cause, exitCode());
  }

  /** What to throw when it was stopped: as usual, the thread's interrupt is then used up. */
  static InterruptedException stopped() {
    boolean unused = Thread.interrupted();
    return new InterruptedException("cancelled");
  }

  private Cause awaitEnd(Duration timeout) {
    try {
      return ended.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      return Cause.TIMED_OUT;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Cause.STOPPED;
    } catch (ExecutionException e) {
      throw new AssertionError("nobody completes it so", e);
    }
  }

  private void drain(List<Thread> readers) {
    for (Thread reader : readers) {
      Uninterruptibles.joinUninterruptibly(reader, DRAIN_BOUND);
      if (reader.isAlive()) {
        log.warn("{}: {} is still held open by a process that got away", launch.name(), reader);
      }
    }
  }

  /** -1 if not even SIGKILL ended it in time. */
  private int exitCode() {
    boolean interrupted = Thread.interrupted();
    try {
      return process.waitFor(DRAIN_BOUND.toMillis(), TimeUnit.MILLISECONDS)
          ? process.exitValue()
          : -1;
    } catch (InterruptedException e) {
      interrupted = true;
      return process.isAlive() ? -1 : process.exitValue();
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Thread begin(String stream, Runnable work) {
    Thread thread = new Thread(work, launch.name() + "-" + stream);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  /**
   * Not {@code onExit()}: what depends on it can come behind the clean-up of the streams, which
   * waits for a reader that waits for a grandchild.
   */
  private void watchExit() {
    try {
      process.waitFor();
      ended.complete(Cause.EXITED);
    } catch (InterruptedException e) {
      stop();
    }
  }

  /** A program that does not read its input is none of our business. */
  private void feed() {
    try (OutputStream out = process.getOutputStream()) {
      launch.stdin().writeTo(out);
    } catch (IOException e) {
      log.debug("{}: did not read all of its input", launch.name());
    }
  }

  /** Reads on even if the receiver fails: a full pipe would stop the program. */
  private void pump(InputStream in, Consumer<ByteString> receiver) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (in) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        deliver(ByteString.copyFrom(buffer, 0, count), receiver);
      }
    } catch (IOException e) {
      log.debug("{}: output ended: {}", launch.name(), e.getMessage());
    }
  }

  private void deliver(ByteString bytes, Consumer<ByteString> receiver) {
    try {
      receiver.accept(bytes);
    } catch (RuntimeException e) {
      log.warn("{}: {} bytes of output could not be passed on", launch.name(), bytes.size(), e);
    }
  }
}
