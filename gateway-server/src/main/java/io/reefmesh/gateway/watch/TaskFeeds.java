package io.reefmesh.gateway.watch;

import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskView;
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
 * <p>Thread-safe. {@link #changed} and {@link #open} are called on the engine's thread, so that no
 * change falls between a snapshot and what follows it.
 */
public final class TaskFeeds {

  /** Feeds of ended tasks kept at most, whatever their size. */
  private static final int MAX_ENDED = 20_000;

  /** Room for the entries of one feed, so that two feeds never share an index. */
  private static final int GENERATION_SHIFT = 24;

  private final long epoch;
  private final long maxBytesPerTask;
  private final long maxBytes;
  private final LongSupplier nowMillis;
  private final Map<TaskId, TaskFeed> feeds = new ConcurrentHashMap<>();
  private final AtomicLong generation = new AtomicLong();
  private final AtomicLong keptBytes = new AtomicLong();

  /** Owned by the engine's thread. In the order they ended. */
  private final Map<TaskId, TaskFeed> ended = new LinkedHashMap<>();

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

  /** A task stands elsewhere now. */
  public void changed(TaskView task) {
    TaskFeed feed = feeds.get(task.id());
    if (feed == null) {
      return;
    }
    keptBytes.addAndGet(feed.changed(task, nowMillis.getAsLong()));
    if (task.state().isFinal()) {
      ended.put(task.id(), feed);
      forgetIfIdle(task.id());
      makeRoom();
    }
  }

  /** A node wrote output, and its lease counts. */
  public void output(TaskId id, String nodeId, OutputChunk chunk) {
    TaskFeed feed;
    long change;
    do {
      feed = feeds.computeIfAbsent(id, i -> newFeed());
      change = feed.output(nodeId, chunk, nowMillis.getAsLong());
    } while (change == TaskFeed.DROPPED);
    long kept = keptBytes.addAndGet(change);
    if (kept > maxBytes) {
      // Only the engine may end old feeds; until it does, the writer gives way.
      keptBytes.addAndGet(feed.trim(feed.bytes() / 2));
    }
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

  /** The text of a cursor. */
  public String cursor(long next) {
    return new Cursor(epoch, next).toString();
  }

  /** How many feeds are kept. */
  public int size() {
    return feeds.size();
  }

  /** Null: the feed is no longer the task's. */
  private @Nullable FeedReader begin(
      TaskFeed feed, @Nullable TaskView snapshot, @Nullable Cursor cursor, Runnable wake) {
    if (cursor != null && cursor.epoch() == epoch) {
      FeedReader resumed = feed.rejoin(wake, cursor.next());
      if (resumed != null) {
        return resumed;
      }
    }
    FeedReader reader = feed.join(wake);
    if (reader == null) {
      return null;
    }
    long now = nowMillis.getAsLong();
    if (cursor != null || feed.lostItsBeginning()) {
      reader.begin(
          new FeedEntry.Gap(reader.position(), now, "earlier output is no longer kept in full"));
    }
    if (snapshot != null) {
      reader.begin(new FeedEntry.State(reader.position(), now, snapshot));
    }
    return reader;
  }

  private void makeRoom() {
    Iterator<Map.Entry<TaskId, TaskFeed>> oldest = ended.entrySet().iterator();
    while ((keptBytes.get() > maxBytes || ended.size() > MAX_ENDED) && oldest.hasNext()) {
      Map.Entry<TaskId, TaskFeed> entry = oldest.next();
      oldest.remove();
      if (feeds.remove(entry.getKey(), entry.getValue())) {
        keptBytes.addAndGet(-entry.getValue().bytes());
      }
    }
  }

  private void forgetIfIdle(TaskId id) {
    left(id);
    if (!feeds.containsKey(id)) {
      ended.remove(id);
    }
  }

  private @Nullable TaskFeed dropped(TaskFeed feed) {
    keptBytes.addAndGet(-feed.bytes());
    return null;
  }
}
