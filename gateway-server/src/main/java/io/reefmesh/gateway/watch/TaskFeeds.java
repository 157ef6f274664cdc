package io.reefmesh.gateway.watch;

import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.figures.DoublingHistogram.Scale;
import io.reefmesh.gateway.figures.SharedHistogram;
import io.reefmesh.v1.OutputChunk;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The feeds of all tasks that have output or watchers. Feeds of ended tasks stay, for late
 * watchers, as long as there is room; the oldest go first.
 *
 * <p>Memory: of one task no more than {@code maxBytesPerTask} is kept, or one entry; of all tasks
 * together no more than {@code maxBytes} and what links are just adding. When there is too much,
 * feeds of ended tasks go, then the feed that is being written to forgets its beginning; whoever
 * reads it is told of the gap. Watchers have no buffer of their own: a slow one holds at most the
 * outcome of a task that nobody else keeps.
 *
 * <p>Thread-safe. {@link #changed} and {@link #open} are called on the engine's thread, so that no
 * change falls between a snapshot and what follows it.
 */
public final class TaskFeeds {

  /** Feeds of ended tasks kept at most, whatever their size. */
  private static final int MAX_ENDED = 20_000;

  /** Room for the entries of one feed, so that two feeds never share an index. */
  private static final int GENERATION_SHIFT = 24;

  /** A place before that of any entry of any feed. */
  private static final long NOWHERE = 0;

  private final long epoch;
  private final long maxBytesPerTask;
  private final long maxBytes;
  private final LongSupplier nowMillis;
  private final Map<TaskId, TaskFeed> feeds = new ConcurrentHashMap<>();
  private final AtomicLong generation = new AtomicLong();
  private final AtomicLong keptBytes = new AtomicLong();
  private final SharedHistogram firstOutputs = new SharedHistogram(Scale.MILLIS);

  /** In the order they ended. Guarded by itself. */
  private final Map<TaskId, TaskFeed> ended = new LinkedHashMap<>();

  /** When this life of the gateway began, in the engine's time. */
  private volatile long beganMillis = Long.MAX_VALUE;

  /** Of tasks that ended by then, output may have been forgotten. */
  private volatile long forgottenThroughMillis = Long.MIN_VALUE;

  /**
   * @param epoch of this gateway life, part of every cursor
   * @param maxBytesPerTask kept of one task
   * @param maxBytes kept of all tasks
   * @param nowMillis epoch milliseconds
   */
  public TaskFeeds(long epoch, long maxBytesPerTask, long maxBytes, LongSupplier nowMillis) {
    this.epoch = epoch;
    this.maxBytesPerTask = maxBytesPerTask;
    this.maxBytes = maxBytes;
    this.nowMillis = nowMillis;
  }

  /**
   * What happens from now on is heard of: output of attempts that were pushed later is not missing
   * without notice. Never called: everything that is not kept may have been there.
   */
  public void begin(long millis) {
    beganMillis = millis;
  }

  /**
   * Whether a task may have had output of which nothing is kept. A feed with output is kept, until
   * there is no room for it or the gateway stops.
   *
   * @param firstPushMillis when its first attempt was pushed
   * @param endMillis when it ended
   */
  public boolean mayHaveForgotten(long firstPushMillis, long endMillis) {
    return firstPushMillis < beganMillis || endMillis <= forgottenThroughMillis;
  }

  /** A task stands elsewhere now. */
  public void changed(TaskView task) {
    TaskFeed feed = feeds.get(task.id());
    if (feed == null) {
      return;
    }
    keptBytes.addAndGet(feed.changed(task, nowMillis.getAsLong()));
    if (task.state().isFinal()) {
      synchronized (ended) {
        ended.put(task.id(), feed);
      }
      forgetIfIdle(task.id());
      makeRoom();
    }
  }

  /** A node wrote output, and its lease counts. */
  public void output(TaskId id, String nodeId, OutputChunk chunk) {
    TaskFeed feed;
    long change;
    long now = nowMillis.getAsLong();
    boolean mayBeFirst;
    do {
      feed = feeds.computeIfAbsent(id, i -> newFeed());
      mayBeFirst = chunk.getOffset() == 0 && feed.firstOutputMillis() == 0;
      change = feed.output(nodeId, chunk, now);
    } while (change == TaskFeed.DROPPED);
    if (mayBeFirst && feed.firstOutputMillis() != 0) {
      firstOutputs.record(now - id.createdAtMillis());
    }
    if (keptBytes.addAndGet(change) > maxBytes) {
      makeRoom();
      giveWay(feed);
    }
  }

  /** When even without ended tasks there is too much, the writer gives way. */
  private void giveWay(TaskFeed feed) {
    if (keptBytes.get() > maxBytes) {
      keptBytes.addAndGet(feed.trim(feed.bytes() / 2));
    }
    if (keptBytes.get() > maxBytes) {
      keptBytes.addAndGet(feed.trimToOutcome());
    }
  }

  /** From a task's creation to its first output. */
  public SharedHistogram firstOutputs() {
    return firstOutputs;
  }

  /** How much output of an attempt has come. */
  public long receivedBytes(TaskId id, int attempt) {
    TaskFeed feed = feeds.get(id);
    return feed == null ? 0 : feed.receivedBytes(attempt);
  }

  private TaskFeed newFeed() {
    return new TaskFeed(maxBytesPerTask, generation.incrementAndGet() << GENERATION_SHIFT);
  }

  /** When the task's first output came; 0: none has, or it is not known. */
  public long firstOutputMillis(TaskId id) {
    TaskFeed feed = feeds.get(id);
    return feed == null ? 0 : feed.firstOutputMillis();
  }

  /** Begins to follow a live task, from a cursor or from all that is kept. */
  public FeedReader open(TaskView task, @Nullable Cursor cursor, Runnable wake) {
    FeedReader reader;
    do {
      // Another watcher that leaves at this moment may take the feed with it: then there is a new
      // one.
      TaskFeed feed = feeds.computeIfAbsent(task.id(), i -> newFeed());
      keptBytes.addAndGet(feed.seed(task, nowMillis.getAsLong()));
      reader = begin(feed, task, cursor, wake);
    } while (reader == null);
    return reader;
  }

  /** Begins to follow an ended task whose feed is still here; null: it is not. */
  public @Nullable FeedReader reopen(TaskId id, @Nullable Cursor cursor, Runnable wake) {
    TaskFeed feed = feeds.get(id);
    return feed == null || !feed.hasEnded() ? null : begin(feed, null, cursor, wake);
  }

  /** A watcher left: a feed that only served it goes. */
  public void left(TaskId id) {
    feeds.computeIfPresent(id, (i, feed) -> feed.dropIfIdle() ? dropped(feed) : feed);
  }

  /**
   * A task is known to have ended: output that was still on its way may have begun a feed that will
   * never hear of the outcome.
   */
  public void over(TaskId id) {
    feeds.computeIfPresent(id, (i, feed) -> feed.dropUnlessEnded() ? dropped(feed) : feed);
  }

  /** What all feeds together keep, about. */
  public long keptBytes() {
    return keptBytes.get();
  }

  /** The text of a cursor that goes on after the entry which the reader last gave. */
  public String cursor(FeedReader reader) {
    return new Cursor(epoch, reader.position(), reader.snapshotAt()).toString();
  }

  /** The text of a cursor that fits no feed: whoever goes on from it is told of a gap. */
  public String nowhere() {
    return new Cursor(epoch, NOWHERE).toString();
  }

  /** How many watchers a task has. */
  public int watchers(TaskId id) {
    TaskFeed feed = feeds.get(id);
    return feed == null ? 0 : feed.readerCount();
  }

  /** How many feeds are kept. */
  public int size() {
    return feeds.size();
  }

  /** Null: the feed is no longer the task's. */
  private @Nullable FeedReader begin(
      TaskFeed feed, @Nullable TaskView snapshot, @Nullable Cursor cursor, Runnable wake) {
    if (cursor != null && cursor.epoch() == epoch) {
      FeedReader resumed = feed.rejoin(wake, cursor.next(), cursor.statesFrom());
      if (resumed != null) {
        return resumed;
      }
    }
    FeedReader reader = feed.join(wake);
    if (reader == null) {
      return null;
    }
    long now = nowMillis.getAsLong();
    boolean wasPushed = snapshot == null || snapshot.attempt() > 0;
    boolean announce = cursor != null && wasPushed && !feed.lostItsBeginning();
    if (snapshot != null) {
      // Whoever is cut off between the two must be told of the gap again.
      long place = announce ? NOWHERE : reader.position();
      reader.begin(new FeedEntry.State(place, now, snapshot));
    }
    if (announce) {
      reader.begin(
          new FeedEntry.Gap(reader.position(), now, "earlier output is no longer kept in full"));
    }
    return reader;
  }

  /** The oldest feeds of ended tasks go. */
  private void makeRoom() {
    synchronized (ended) {
      Iterator<Map.Entry<TaskId, TaskFeed>> oldest = ended.entrySet().iterator();
      while ((keptBytes.get() > maxBytes || ended.size() > MAX_ENDED) && oldest.hasNext()) {
        Map.Entry<TaskId, TaskFeed> entry = oldest.next();
        oldest.remove();
        TaskFeed feed = entry.getValue();
        if (feeds.remove(entry.getKey(), feed)) {
          forgottenThroughMillis = Math.max(forgottenThroughMillis, feed.endMillis());
          keptBytes.addAndGet(-feed.bytes());
          // Slow watchers may still have it: they hold on to the outcome only.
          feed.trimToOutcome();
        }
      }
    }
  }

  private void forgetIfIdle(TaskId id) {
    left(id);
    if (!feeds.containsKey(id)) {
      synchronized (ended) {
        ended.remove(id);
      }
    }
  }

  private @Nullable TaskFeed dropped(TaskFeed feed) {
    keptBytes.addAndGet(-feed.bytes());
    return null;
  }
}
