package io.reefmesh.gateway.engine;

import io.reefmesh.balancer.Dispatcher;
import io.reefmesh.balancer.Event;
import io.reefmesh.gateway.door.Submission;
import io.reefmesh.gateway.store.StoreException;
import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.store.WriteLease;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine: one thread that owns the {@link Dispatcher}. It takes everything that waits in its
 * mailbox, steps the dispatcher for each event, makes all mutations durable in one commit, and then
 * releases the effects in order. While it commits, the next batch gathers by itself.
 *
 * <p>A store that fails, or a dispatcher that finds itself in contradiction, stops the engine for
 * good: it never guesses. The events of the failed batch are lost, and nobody was told of them.
 */
public final class Engine {

  private static final Logger log = LoggerFactory.getLogger(Engine.class);

  /** Events taken per commit at most, so that one batch stays well below the time of a beat. */
  private static final int MAX_BATCH = 8_192;

  /** Submissions are refused while more than this waits. */
  private static final int MAX_WAITING = 65_536;

  /** The loop ticks at least this often, so that liveness can be told from silence. */
  private static final long MAX_SLEEP_MILLIS = 500;

  private final Dispatcher dispatcher;
  private final EngineTurn turn;
  private final Retention retention;
  private final EngineClock clock;
  private final Consumer<Throwable> onFailure;
  private final Mailbox<EngineTurn.Item> mailbox = new Mailbox<>();
  private final Thread thread;
  private final CountDownLatch ended = new CountDownLatch(1);

  private volatile boolean stopping;
  private volatile long lastTickMillis;
  private volatile int leased;

  /** Owned by the engine's thread. */
  private final List<EngineTurn.Item> batch = new ArrayList<>();

  /**
   * @param kept which ended tasks the store keeps
   * @param onFailure told once, on the engine's thread, when the engine has stopped for good
   */
  public Engine(
      Dispatcher dispatcher,
      TaskStore store,
      WriteLease lease,
      EngineClock clock,
      RetentionRules kept,
      EffectSink sink,
      Consumer<Throwable> onFailure) {
    this(dispatcher, store, lease, clock, kept, PayloadBudget.unlimited(), sink, onFailure);
  }

  /**
   * The same, with a limit for payloads in memory.
   *
   * @param payloads the engine's own from {@link #start} on
   */
  public Engine(
      Dispatcher dispatcher,
      TaskStore store,
      WriteLease lease,
      EngineClock clock,
      RetentionRules kept,
      PayloadBudget payloads,
      EffectSink sink,
      Consumer<Throwable> onFailure) {
    this.dispatcher = dispatcher;
    this.turn = new EngineTurn(dispatcher, store, lease, payloads, clock::nanos, sink);
    this.retention = new Retention(store, lease, kept, clock::nanos);
    this.clock = clock;
    this.onFailure = onFailure;
    this.lastTickMillis = clock.nowMillis();
    this.thread = new Thread(this::run, "reefmesh-engine");
  }

  /** Starts the thread. */
  public void start() {
    thread.start();
  }

  /** Puts an event in. Never blocks; after the engine has stopped, nothing comes of it. */
  public void post(Event event) {
    mailbox.put(new EngineTurn.Item(event, null, null, null));
  }

  /**
   * Puts an event in.
   *
   * @param afterwards run on the engine's thread once the event's effects have left
   */
  public void post(Event event, Runnable afterwards) {
    mailbox.put(new EngineTurn.Item(event, null, null, afterwards));
  }

  /**
   * Puts several events in, in order and with one hop.
   *
   * @param afterwards run on the engine's thread once the effects of the last have left
   */
  public void postAll(List<Event> events, Runnable afterwards) {
    List<EngineTurn.Item> items = new ArrayList<>(events.size());
    for (int i = 0; i < events.size(); i++) {
      boolean last = i == events.size() - 1;
      items.add(new EngineTurn.Item(events.get(i), null, null, last ? afterwards : null));
    }
    mailbox.putAll(items);
  }

  /**
   * Puts a submission in.
   *
   * @return false: too much waits, and nothing was put in
   */
  public boolean submit(Submission submission, ReplyTo replyTo) {
    if (!hasRoom()) {
      return false;
    }
    mailbox.put(new EngineTurn.Item(null, submission, replyTo, null));
    return true;
  }

  /** One of many submissions that are put in at once. */
  public record Entry(Submission submission, ReplyTo replyTo) {}

  /**
   * Puts many submissions in, in order and with one hop.
   *
   * @return false: too much waits, and nothing was put in
   */
  public boolean submitAll(List<Entry> entries) {
    if (!hasRoom()) {
      return false;
    }
    List<EngineTurn.Item> items = new ArrayList<>(entries.size());
    for (Entry entry : entries) {
      items.add(new EngineTurn.Item(null, entry.submission(), entry.replyTo(), null));
    }
    mailbox.putAll(items);
    return true;
  }

  /** Whether it still takes anything in. */
  public boolean isRunning() {
    return ended.getCount() > 0;
  }

  /** Whether callers may put more in: they are refused while too much waits. */
  public boolean hasRoom() {
    return mailbox.size() < MAX_WAITING;
  }

  /** How many events wait, about. */
  public int waiting() {
    return mailbox.size();
  }

  /** What its commits are like. */
  public EngineFigures figures() {
    return turn.figures();
  }

  /** How many events wait, at most, before submissions are refused. */
  public static int mailboxLimit() {
    return MAX_WAITING;
  }

  /** The engine's time. */
  public EngineClock clock() {
    return clock;
  }

  /** When the loop last came round, in its own time: what liveness is judged by. */
  public long lastTickMillis() {
    return lastTickMillis;
  }

  /** How many attempts nodes hold, as of the last batch. */
  public int leasedTasks() {
    return leased;
  }

  /** Ends the loop after what waits now, and waits for that. */
  public void stop(long timeoutMillis) throws InterruptedException {
    stopping = true;
    mailbox.put(new EngineTurn.Item(new Event.Tick(), null, null, null));
    if (thread != Thread.currentThread() && !ended.await(timeoutMillis, TimeUnit.MILLISECONDS)) {
      log.warn("the engine did not stop within {} ms", timeoutMillis);
    }
  }

  private void run() {
    try {
      while (!stopping || mailbox.size() > 0) {
        turn();
      }
    } catch (Throwable e) {
      // Whatever it is: what was not committed must not leave, and guessing is worse than stopping.
      Throwable cause = e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
      if (cause instanceof StoreException) {
        log.error("the store failed, so the gateway stops: {}", cause.getMessage());
        log.debug("where it failed", cause);
      } else {
        log.error("the gateway found itself in contradiction and stops", cause);
      }
      onFailure.accept(cause);
    } finally {
      ended.countDown();
    }
  }

  private void turn() {
    mailbox.drainTo(batch, MAX_BATCH);
    if (batch.isEmpty()) {
      sleep();
      mailbox.drainTo(batch, MAX_BATCH);
    }
    takeTurn();
  }

  /**
   * For whoever owns time instead of {@link #start}: one turn of an engine that was never started,
   * on the caller's thread and without waiting.
   *
   * @return how many events were taken in; 0: only time passed
   * @throws RuntimeException if the engine must stop for good: it must not be turned again
   */
  public int turnOnce() {
    if (thread.getState() != Thread.State.NEW) {
      throw new IllegalStateException("the engine turns by itself");
    }
    mailbox.drainTo(batch, MAX_BATCH);
    return takeTurn();
  }

  private int takeTurn() {
    long now = clock.nowMillis();
    lastTickMillis = now;
    EngineTurn.Round round = turn.decide(batch, now);
    leased = dispatcher.leasedTasks();
    int taken = batch.size();
    batch.clear();
    turn.commitAndRelease(round);
    retention.run(now);
    return taken;
  }

  private void sleep() {
    long now = clock.nowMillis();
    long due = Math.min(dispatcher.nextDueMillis(), retention.nextMillis());
    due = Math.min(due, now + MAX_SLEEP_MILLIS);
    mailbox.await(TimeUnit.MILLISECONDS.toNanos(due - now));
  }
}
