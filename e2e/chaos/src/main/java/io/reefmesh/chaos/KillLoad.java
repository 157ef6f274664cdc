package io.reefmesh.chaos;

import io.reefmesh.chaos.client.Load;
import io.reefmesh.chaos.history.Submission;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.SubmitOptions;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.v1.GetMeshResponse;
import io.reefmesh.v1.TaskState;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Keeps all slots busy with long work and a queue behind them, whatever happens to the gateway. */
final class KillLoad implements AutoCloseable {

  private static final int AT_ONCE = 256;
  private static final int LOOK_MILLIS = 250;
  private static final int SHORTEST_MILLIS = 30_000;
  private static final int LONGEST_MILLIS = 90_000;

  /** One in so many tasks is followed by a watch. */
  private static final int FOLLOWED = 20;

  private final ChaosRun run;
  private final int slots;
  private final int queued;
  private final MeshClient client;
  private final Load load;
  private final SplittableRandom random;
  private final Semaphore window = new Semaphore(AT_ONCE);
  private final AtomicInteger followed = new AtomicInteger();
  private final Thread thread = new Thread(this::keepFull, "load");
  private volatile boolean on = true;
  private long number;

  KillLoad(ChaosRun run, int slots, int queued) {
    this.run = run;
    this.slots = slots;
    this.queued = queued;
    this.random = run.random.split();
    this.load = new Load("load", run.random.split());
    this.client = MeshClient.builder().target(run.mesh.newProxy("load").address()).build();
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** How the mesh stands, for people. */
  String standing() {
    try {
      GetMeshResponse mesh = client.fleet().mesh();
      return mesh.getSlotsUsed() + " running, " + queued(mesh) + " queued";
    } catch (MeshException e) {
      return "not known: " + e.getMessage();
    }
  }

  /** Waits until all slots are busy and the queue is long. */
  void awaitFull(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (System.nanoTime() < end) {
      try {
        GetMeshResponse mesh = client.fleet().mesh();
        if (mesh.getSlotsUsed() >= slots * 99 / 100 && queued(mesh) >= queued * 99 / 100) {
          return;
        }
      } catch (MeshException e) {
        // The gateway is away.
      }
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    run.findings.add(
        "load", "the mesh was not full within " + limit.toSeconds() + " s: " + standing());
  }

  /** Submits nothing more, and waits for the last answers. */
  void stop() throws InterruptedException {
    on = false;
    thread.join();
    window.acquire(AT_ONCE);
    window.release(AT_ONCE);
  }

  /** Everything has ended: every follower must hear of it soon. */
  void awaitFollowers(Duration limit) throws InterruptedException {
    long end = System.nanoTime() + limit.toNanos();
    while (followed.get() > 0 && System.nanoTime() < end) {
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
    if (followed.get() > 0) {
      run.findings.add("follow", followed.get() + " followers still wait for an outcome");
    }
  }

  @Override
  public void close() {
    on = false;
    client.close();
  }

  private void keepFull() {
    try {
      while (on) {
        int missing;
        try {
          missing = queued - queued(client.fleet().mesh());
        } catch (MeshException e) {
          missing = 0;
        }
        for (int i = 0; i < missing && on; i++) {
          submit();
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void submit() throws InterruptedException {
    window.acquire();
    Submission submission = load.lasting(random.nextLong(SHORTEST_MILLIS, LONGEST_MILLIS));
    run.history.invoked(submission);
    TaskHandle handle = client.submit(submission.spec(), new SubmitOptions(submission.requestId()));
    boolean follow = ++number % FOLLOWED == 0;
    var unused =
        handle
            .submitted()
            .whenComplete(
                (task, why) -> {
                  window.release();
                  if (task != null) {
                    run.calls.succeeded("submit");
                    run.history.acknowledged(submission, task);
                  } else {
                    run.calls.failed("submit", why);
                  }
                  if (!follow) {
                    handle.detach();
                  }
                });
    if (follow) {
      follow(handle);
    }
  }

  private void follow(TaskHandle handle) {
    followed.incrementAndGet();
    var unused =
        handle
            .outcome()
            .whenComplete(
                (task, why) -> {
                  followed.decrementAndGet();
                  if (task != null) {
                    run.history.seen(task, true, "a follower", System.nanoTime());
                  }
                });
  }

  private static int queued(GetMeshResponse mesh) {
    return mesh.getTasksList().stream()
        .filter(count -> count.getState() == TaskState.TASK_STATE_QUEUED)
        .mapToInt(count -> Math.toIntExact(count.getCount()))
        .sum();
  }
}
