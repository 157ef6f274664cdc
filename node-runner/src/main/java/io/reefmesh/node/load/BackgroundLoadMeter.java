package io.reefmesh.node.load;

import io.reefmesh.node.link.LoadMeter;
import java.nio.file.Path;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures on a thread of its own; while one measurement is under way, further wishes but one are
 * dropped. Thread-safe.
 */
public final class BackgroundLoadMeter implements LoadMeter, AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(BackgroundLoadMeter.class);
  private static final Path CGROUP_ROOT = Path.of("/sys/fs/cgroup");

  private final ThreadPoolExecutor thread =
      new ThreadPoolExecutor(
          1,
          1,
          0,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(1),
          task -> {
            Thread made = new Thread(task, "reefmesh-node-load");
            made.setDaemon(true);
            return made;
          },
          new ThreadPoolExecutor.DiscardPolicy());

  /** Only touched on the thread; made there too, because looking at the machine takes a while. */
  private @Nullable MachineLoad machine;

  private boolean broken;

  @Override
  public void measure(Reading reading) {
    thread.execute(() -> read(reading));
  }

  private void read(Reading reading) {
    if (broken) {
      return;
    }
    try {
      if (machine == null) {
        machine = new MachineLoad(CGROUP_ROOT);
      }
      MachineLoad.Figures figures = machine.measure();
      reading.take(figures.cpu(), figures.memory());
    } catch (RuntimeException | LinkageError e) {
      broken = true;
      log.warn("this machine's load cannot be measured, beats will say 0: {}", e.toString());
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
