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

  /** What comes before the feed's own entries: a snapshot, a gap. */
  private final ArrayDeque<FeedEntry> prelude = new ArrayDeque<>();

  /** States before this place are older than the snapshot and are left out. */
  private final long snapshotAt;

  /** The next entry's place in the feed. */
  private long position;

  /** Where to go on after the entry last given. */
  private long resumeAt;

  /** The attempt that the watcher knows to be under way. */
  private int attempt;

  FeedReader(TaskFeed feed, Runnable wake, long position, long snapshotAt, int attempt) {
    this.feed = feed;
    this.wake = wake;
    this.position = position;
    this.resumeAt = position;
    this.snapshotAt = snapshotAt;
    this.attempt = attempt;
  }

  void begin(FeedEntry entry) {
    prelude.add(entry);
  }

  /** The next entry; null: nothing yet. After {@link FeedEntry.Finished} there is nothing more. */
  public @Nullable FeedEntry next() {
    FeedEntry first = prelude.poll();
    if (first != null) {
      resumeAt = first.index();
      return first;
    }
    FeedEntry entry = feed.read(position);
    while (entry instanceof FeedEntry.State && entry.index() < snapshotAt) {
      position = entry.index() + 1;
      entry = feed.read(position);
    }
    if (entry instanceof FeedEntry.Gap gap && gap.index() != position) {
      return overGap(gap);
    }
    if (entry instanceof FeedEntry.Attempt begun) {
      attempt = begun.attempt();
    }
    if (entry != null) {
      position = entry.index() + 1;
      resumeAt = position;
    }
    return entry;
  }

  /**
   * What lies before is no longer kept. If another attempt began there, the watcher is told so
   * first, at its old place: whoever goes on from there is told of the gap again.
   */
  private FeedEntry overGap(FeedEntry.Gap gap) {
    FeedEntry.Attempt begun = feed.attemptBeforeFirst();
    if (begun != null && begun.attempt() > attempt) {
      attempt = begun.attempt();
      return begun;
    }
    position = gap.index();
    resumeAt = position;
    return gap;
  }

  /** The place to go on from after the entry last given. */
  public long position() {
    return resumeAt;
  }

  /** States before this place are left out. */
  long snapshotAt() {
    return snapshotAt;
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
