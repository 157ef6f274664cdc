package io.reefmesh.node;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns SIGTERM and SIGINT into steps of stopping: the first lets work finish, the next cancels it,
 * the third leaves at once. A JVM shutdown hook sees only the first signal, so the signals are
 * taken from {@code sun.misc.Signal}, by reflection because it is no standard API; where it is
 * missing, a shutdown hook does the first step.
 */
public final class StopSignals {

  private static final Logger log = LoggerFactory.getLogger(StopSignals.class);
  private static final List<String> SIGNALS = List.of("TERM", "INT");

  private StopSignals() {}

  /** From now on signals stop this node; the process ends when its main thread does. */
  public static void install(NodeRunner runner) {
    try {
      for (String signal : SIGNALS) {
        onSignal(
            signal,
            () -> {
              log.info("SIG{} received", signal);
              runner.stop();
            });
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      log.debug("signals cannot be taken: a shutdown hook stops the node", e);
      Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAndWait(runner)));
    }
  }

  private static void stopAndWait(NodeRunner runner) {
    runner.stop();
    try {
      runner.awaitStop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void onSignal(String name, Runnable action) throws ReflectiveOperationException {
    Class<?> signalClass = Class.forName("sun.misc.Signal");
    Class<?> handlerClass = Class.forName("sun.misc.SignalHandler");
    Object handler =
        Proxy.newProxyInstance(
            StopSignals.class.getClassLoader(),
            new Class<?>[] {handlerClass},
            (proxy, method, arguments) -> answer(proxy, method, arguments, action));
    Object signal = signalClass.getConstructor(String.class).newInstance(name);
    signalClass.getMethod("handle", signalClass, handlerClass).invoke(null, signal, handler);
  }

  private static Object answer(Object proxy, Method method, Object[] arguments, Runnable action) {
    return switch (method.getName()) {
      case "equals" -> proxy == arguments[0];
      case "hashCode" -> System.identityHashCode(proxy);
      case "toString" -> "stop signal";
      default -> {
        action.run();
        yield true;
      }
    };
  }
}
