package io.reefmesh.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two steps from running to gone: the first TERM or INT asks for an orderly stop, the second for a
 * fast one, the third ends the process where it stands. The Java machine alone would ignore every
 * signal after the first. Thread-safe.
 *
 * <p>The signal class of the JDK is reached by reflection, as it is outside the Java standard;
 * where it is missing or the machine was started with {@code -Xrs}, a shutdown hook does the first
 * step.
 */
public final class StopSignals {

  private static final Logger log = LoggerFactory.getLogger(StopSignals.class);
  private static final String[] NAMES = {"TERM", "INT"};

  /** What a process exits with that was ended before it could stop in order: 128 + SIGTERM. */
  static final int HALT_CODE = 143;

  private final Runnable orderly;
  private final Runnable fast;
  private final AtomicInteger asked = new AtomicInteger();
  private volatile boolean finished;

  StopSignals(Runnable orderly, Runnable fast) {
    this.orderly = orderly;
    this.fast = fast;
  }

  /**
   * Takes the process's stop signals over.
   *
   * @param orderly starts or does the orderly stop; runs once, on a thread of its own
   * @param fast shortens a stop that has begun; runs once, on a thread of its own
   */
  public static StopSignals install(Runnable orderly, Runnable fast) {
    StopSignals signals = new StopSignals(orderly, fast);
    for (String name : NAMES) {
      signals.take(name);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(signals::atShutdown, "stop-at-shutdown"));
    return signals;
  }

  /** One more request to stop, as if by a signal. Does not block. */
  public void ask(String why) {
    int times = asked.incrementAndGet();
    switch (times) {
      case 1 -> {
        log.info("{}: stopping; once more stops at once", why);
        start(orderly, "stop-orderly");
      }
      case 2 -> {
        log.warn("{} again: stopping at once", why);
        start(fast, "stop-fast");
      }
      default -> Runtime.getRuntime().halt(HALT_CODE);
    }
  }

  /** Asks for a stop as soon as another process has ended. */
  public void askWhenGone(long processId) {
    String why = "process " + processId + ", which this one serves, has ended";
    CompletableFuture<?> end =
        ProcessHandle.of(processId)
            .<CompletableFuture<?>>map(ProcessHandle::onExit)
            .orElseGet(() -> CompletableFuture.completedFuture(null));
    var unused = end.thenRun(() -> ask(why));
  }

  /** The process has stopped what it ran: nothing is left to do at shutdown. */
  public void finished() {
    finished = true;
  }

  private static void start(Runnable step, String threadName) {
    Thread thread = new Thread(step, threadName);
    thread.setDaemon(true);
    thread.start();
  }

  /** A hang-up, or another end of the machine that no signal of ours announced. */
  private void atShutdown() {
    if (!finished && asked.getAndIncrement() == 0) {
      orderly.run();
    }
  }

  private void take(String name) {
    try {
      Class<?> signalType = Class.forName("sun.misc.Signal");
      Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
      InvocationHandler onSignal =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  ask("SIG" + name);
                  yield null;
                }
                case "hashCode" -> System.identityHashCode(proxy);
                case "equals" -> proxy == arguments[0];
                default -> "stop on SIG" + name;
              };
      Object handler =
          Proxy.newProxyInstance(
              StopSignals.class.getClassLoader(), new Class<?>[] {handlerType}, onSignal);
      Object signal = signalType.getConstructor(String.class).newInstance(name);
      var handle = signalType.getMethod("handle", signalType, handlerType);
      Object before = handle.invoke(null, signal, handler);
      Object ignore = handlerType.getField("SIG_IGN").get(null);
      if (before == ignore) {
        // Whoever started this process wants the signal ignored, as a shell does for INT behind
        // "&".
        handle.invoke(null, signal, ignore);
      }
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      log.debug("SIG{} stays with the Java machine", name, e);
    }
  }
}
