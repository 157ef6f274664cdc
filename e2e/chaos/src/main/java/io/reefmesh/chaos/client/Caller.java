package io.reefmesh.chaos.client;

import io.reefmesh.chaos.history.History;
import io.reefmesh.chaos.history.Outcome;
import io.reefmesh.chaos.history.Submission;
import io.reefmesh.chaos.proxy.FaultyProxy;
import io.reefmesh.client.CallRetry;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshOverloadedException;
import io.reefmesh.client.SubmitOptions;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.v1.ListTasksRequest;
import io.reefmesh.v1.TaskFilter;
import java.time.Duration;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One caller of the mesh, on the real client SDK through a proxy of its own: it submits at a steady
 * rate, follows everything, and now and then cancels, asks, lists, or submits again what it has
 * submitted before. Only its own thread calls; answers come on the client's.
 */
public final class Caller implements AutoCloseable {

  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(3);
  private static final Duration GIVE_UP_AFTER = Duration.ofSeconds(30);

  /** More than this many open tasks and it waits, so that a stuck mesh is not buried. */
  private static final int MOST_OPEN = 600;

  private static final int RECENT = 64;

  private record Later(long atNanos, Runnable action) {}

  private final String name;
  private final FaultyProxy proxy;
  private final History history;
  private final CallCounter calls;
  private final MeshClient client;
  private final SplittableRandom random;
  private final Load load;
  private final double tasksPerSecond;
  private final AtomicInteger open = new AtomicInteger();
  private final PriorityQueue<Later> later =
      new PriorityQueue<>(Comparator.comparingLong(Later::atNanos));
  private final Submission[] recent = new Submission[RECENT];
  private final Thread thread;
  private volatile boolean submitting = true;

  /** A caller that does not call yet. */
  public Caller(
      String name,
      FaultyProxy proxy,
      History history,
      CallCounter calls,
      double tasksPerSecond,
      SplittableRandom random) {
    this.name = name;
    this.proxy = proxy;
    this.history = history;
    this.calls = calls;
    this.tasksPerSecond = tasksPerSecond;
    this.random = random;
    this.load = new Load(name, random.split());
    this.client =
        MeshClient.builder()
            .target(proxy.address())
            .callTimeout(CALL_TIMEOUT)
            .retry(CallRetry.standard().withGiveUpAfter(GIVE_UP_AFTER))
            .build();
    this.thread = new Thread(this::live, name);
    thread.setDaemon(true);
  }

  /** Begins to call. */
  public void start() {
    thread.start();
  }

  /** Its name. */
  public String name() {
    return name;
  }

  /** What stands between it and the gateway. */
  public FaultyProxy proxy() {
    return proxy;
  }

  /** Its client, for a call that somebody else wants to time. */
  public MeshClient client() {
    return client;
  }

  /** How many tasks it follows. */
  public int open() {
    return open.get();
  }

  /** Submits nothing more; what it follows it goes on following. */
  public void stopSubmitting() throws InterruptedException {
    submitting = false;
    thread.join();
  }

  @Override
  public void close() {
    submitting = false;
    thread.interrupt();
    client.close();
  }

  private void live() {
    try {
      long next = System.nanoTime();
      while (submitting) {
        next += (long) (-Math.log(1 - random.nextDouble()) / tasksPerSecond * 1e9);
        runUntil(next);
        if (open.get() < MOST_OPEN) {
          act();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void runUntil(long nanos) throws InterruptedException {
    while (!later.isEmpty() && later.peek().atNanos() < nanos) {
      Later action = later.remove();
      sleepUntil(action.atNanos());
      action.action().run();
    }
    sleepUntil(nanos);
  }

  private static void sleepUntil(long nanos) throws InterruptedException {
    long left = nanos - System.nanoTime();
    if (left > 0) {
      TimeUnit.NANOSECONDS.sleep(left);
    }
  }

  private void act() {
    int what = random.nextInt(1_000);
    Submission known = recent[random.nextInt(RECENT)];
    if (what < 900 || known == null) {
      submitNew();
    } else if (what < 930) {
      submitAgain(known);
    } else if (what < 980) {
      ask(known);
    } else {
      list();
    }
  }

  private void submitNew() {
    Submission submission = load.next();
    recent[random.nextInt(RECENT)] = submission;
    history.invoked(submission);
    follow(submission, client.submit(submission.spec(), new SubmitOptions(submission.requestId())));
    if (random.nextInt(100) < 4) {
      later.add(
          new Later(
              System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(2_000)),
              () -> cancel(submission)));
    }
  }

  private void follow(Submission submission, TaskHandle handle) {
    open.incrementAndGet();
    OutputCheck output = new OutputCheck(history, submission);
    handle.onOutput(output);
    listen(
        "submit", handle.submitted(), task -> history.acknowledged(submission, task), submission);
    var unused =
        handle
            .outcome()
            .whenComplete(
                (task, why) -> {
                  open.decrementAndGet();
                  if (task != null) {
                    calls.succeeded("follow");
                    output.ended(task);
                    history.seen(task, true, name + "'s watch", System.nanoTime());
                  } else if (!submission.isUnknown() && !submission.isRefused()) {
                    calls.failed("follow", why);
                  }
                });
  }

  private void submitAgain(Submission submission) {
    long asked = System.nanoTime();
    TaskHandle handle = client.submit(submission.spec(), new SubmitOptions(submission.requestId()));
    listen(
        "submit again",
        handle.submitted(),
        task -> {
          history.acknowledged(submission, task);
          history.seen(task, true, name + "'s repeated submit", asked);
          handle.detach();
        },
        submission);
  }

  private void ask(Submission submission) {
    long asked = System.nanoTime();
    for (String id : submission.taskIds()) {
      listen(
          "get",
          client.getAsync(id),
          task -> history.seen(task, true, name + "'s get", asked),
          null);
    }
  }

  private void cancel(Submission submission) {
    submission.cancelAsked();
    for (String id : submission.taskIds()) {
      listen(
          "cancel",
          client.cancelAsync(id, "cancelled by " + name),
          task -> {
            if (!Outcome.isFinal(task)) {
              history.odd("cancel", "task " + id + " was cancelled and is " + task.getState());
            }
            history.seen(task, true, name + "'s cancel", System.nanoTime());
          },
          null);
    }
  }

  private void list() {
    long asked = System.nanoTime();
    listen(
        "list",
        client.listAsync(
            ListTasksRequest.newBuilder()
                .setFilter(TaskFilter.getDefaultInstance())
                .setPageSize(50)
                .build()),
        page -> page.tasks().forEach(task -> history.seen(task, false, name + "'s list", asked)),
        null);
  }

  private <T> void listen(
      String kind, CompletableFuture<T> answer, Consumer<T> use, @Nullable Submission submitted) {
    var unused =
        answer.whenComplete(
            (value, why) -> {
              if (why == null) {
                calls.succeeded(kind);
                use.accept(value);
              } else {
                calls.failed(kind, why);
                if (submitted != null && isRefusal(why)) {
                  submitted.refused();
                }
              }
            });
  }

  /** Refused at a limit: there is no task. Everything else leaves it open. */
  private static boolean isRefusal(Throwable why) {
    return why instanceof MeshOverloadedException
        || why.getCause() instanceof MeshOverloadedException;
  }
}
