package io.reefmesh.gateway.watch;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One watcher's place in a feed. {@link #next} is called by one thread at a time; {@code wake} may
 * be called by any thread and asks the watcher to call {@link #next} again.
 */
public final class FeedReader {

  private final TaskFeed feed;
  private final Runnable wake;

  /** What comes before the feed's own entries: a gap, a snapshot. */
  private final ArrayDeque<FeedEntry> prelude = new ArrayDeque<>();

  /** States before this place are older than the snapshot and are left out. */
  private final long snapshotAt;

  private long position;

  FeedReader(TaskFeed feed, Runnable wake, long position, long snapshotAt) {
    this.feed = feed;
    this.wake = wake;
    this.position = position;
    this.snapshotAt = snapshotAt;
  }

  void begin(FeedEntry entry) {
    prelude.add(entry);
  }

  /** The next entry; null: nothing yet. After {@link FeedEntry.Finished} there is nothing more. */
  public @Nullable FeedEntry next() {
    FeedEntry first = prelude.poll();
    if (first != null) {
      return first;
    }
    FeedEntry entry = feed.read(position);
    while (entry instanceof FeedEntry.State && entry.index() < snapshotAt) {
      position = entry.index() + 1;
      entry = feed.read(position);
    }
    if (entry != null) {
      position =
          entry instanceof FeedEntry.Gap gap && gap.index() != position
              ? gap.index()
              : entry.index() + 1;
    }
    return entry;
  }

  /** The place after the entry last given. */
  public long position() {
    return position;
  }

  /** When the task's first output came; 0: none has. */
  public long firstOutputMillis() {
    return feed.firstOutputMillis();
  }

  void wake() {
    wake.run();
  }

  /** Leaves the feed. */
  public void close() {
    feed.leave(this);
  }
}
