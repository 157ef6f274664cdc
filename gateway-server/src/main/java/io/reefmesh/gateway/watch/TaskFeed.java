package io.reefmesh.gateway.watch;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.store.ResultBody;
import io.reefmesh.v1.OutputChunk;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * What happened to one task, as far as it is kept: the newest entries up to a number of bytes.
 * Thread-safe: links append output, the engine appends states, watchers read.
 */
final class TaskFeed {

  /** What an entry costs beside its content. */
  private static final long ENTRY_BYTES = 96;

  /** No change of bytes, but that the feed is gone. */
  static final long DROPPED = Long.MIN_VALUE;

  private final long maxBytes;
  private final ArrayDeque<FeedEntry> entries = new ArrayDeque<>();
  private final List<FeedReader> readers = new CopyOnWriteArrayList<>();

  private final long beginning;
  private long firstIndex;
  private long nextIndex;
  private long bytes;
  private int attempt;

  /** The attempt that the first kept entry belongs to, if its beginning is no longer kept. */
  private FeedEntry.@Nullable Attempt attemptBeforeFirst;

  private @Nullable TaskState lastState;
  private long receivedBytes;
  private long firstOutputMillis;
  private boolean wrote;
  private boolean ended;
  private long endMillis;

  /** Nobody finds it any more: whoever still has it must look for another. */
  private boolean dropped;

  /**
   * @param firstIndex above every index of an earlier feed of the same task, so that a cursor never
   *     fits a feed it was not given for
   */
  TaskFeed(long maxBytes, long firstIndex) {
    this.maxBytes = maxBytes;
    this.firstIndex = firstIndex;
    this.nextIndex = firstIndex;
    this.beginning = firstIndex;
  }

  /** Appends a change of state; returns the change of kept bytes. */
  long changed(TaskView task, long nowMillis) {
    long before;
    long after;
    synchronized (this) {
      before = bytes;
      if (ended) {
        return 0;
      }
      String nodeId = task.nodeId();
      if (task.attempt() > attempt && nodeId != null && !task.state().isFinal()) {
        begin(task.attempt(), nodeId, nowMillis);
      }
      boolean cameLate = lastState == TaskState.QUEUED && task.state() == TaskState.SUCCEEDED;
      lastState = task.state();
      if (cameLate) {
        // Its node was given up for lost: what it wrote from then on did not count.
        add(new FeedEntry.Gap(nextIndex, nowMillis, "the end of the output was not kept"));
      }
      if (task.state().isFinal()) {
        ended = true;
        endMillis = task.finishedAtMillis();
        add(new FeedEntry.Finished(nextIndex, nowMillis, task));
      } else {
        add(new FeedEntry.State(nextIndex, nowMillis, task));
      }
      after = bytes;
    }
    readers.forEach(FeedReader::wake);
    return after - before;
  }

  /**
   * Appends output, unless it is known already or belongs to an attempt that is over.
   *
   * @return the change of kept bytes; {@link #DROPPED}: this feed is no longer the task's
   */
  long output(String nodeId, OutputChunk chunk, long nowMillis) {
    long before;
    long after;
    synchronized (this) {
      before = bytes;
      if (dropped) {
        return DROPPED;
      }
      if (ended || chunk.getAttempt() < attempt) {
        return 0;
      }
      if (chunk.getAttempt() > attempt) {
        begin(chunk.getAttempt(), nodeId, nowMillis);
      }
      ByteString content = contentOf(chunk);
      long end = chunk.getOffset() + content.size();
      if (end <= receivedBytes) {
        return 0;
      }
      if (chunk.getOffset() > receivedBytes) {
        long missing = chunk.getOffset() - receivedBytes;
        add(new FeedEntry.Gap(nextIndex, nowMillis, missing + " bytes of output were not kept"));
      }
      OutputChunk fresh = freshPart(chunk, content);
      receivedBytes = end;
      wrote = true;
      if (firstOutputMillis == 0) {
        firstOutputMillis = nowMillis;
      }
      add(new FeedEntry.Output(nextIndex, nowMillis, fresh));
      after = bytes;
    }
    readers.forEach(FeedReader::wake);
    return after - before;
  }

  /** How much output of an attempt has come. */
  synchronized long receivedBytes(int ofAttempt) {
    return ofAttempt == attempt ? receivedBytes : 0;
  }

  synchronized long firstOutputMillis() {
    return firstOutputMillis;
  }

  /** The entry at a place; a gap that leads to the first kept one, if it is no longer kept. */
  synchronized @Nullable FeedEntry read(long position) {
    if (position < firstIndex) {
      return new FeedEntry.Gap(firstIndex, 0, "output before this is no longer kept");
    }
    if (position >= nextIndex) {
      return null;
    }
    int skip = (int) (position - firstIndex);
    if (skip == 0) {
      return entries.peekFirst();
    }
    // Readers are mostly near the end.
    int fromEnd = entries.size() - 1 - skip;
    Iterator<FeedEntry> walk = fromEnd < skip ? entries.descendingIterator() : entries.iterator();
    for (int i = Math.min(skip, fromEnd); i > 0; i--) {
      walk.next();
    }
    return walk.next();
  }

  /**
   * A watcher came before anything was written: it too is told of the attempt under way.
   *
   * @return the change of kept bytes
   */
  synchronized long seed(TaskView task, long nowMillis) {
    long before = bytes;
    lastState = task.state();
    String nodeId = task.nodeId();
    boolean underWay = task.state() == TaskState.ASSIGNED || task.state() == TaskState.RUNNING;
    if (underWay && nodeId != null && task.attempt() > attempt) {
      begin(task.attempt(), nodeId, nowMillis);
    }
    return bytes - before;
  }

  /**
   * Joins at the beginning of what is kept; states before now are left to a snapshot. Null: this
   * feed is no longer the task's.
   */
  synchronized @Nullable FeedReader join(Runnable wake) {
    if (dropped) {
      return null;
    }
    // From the very beginning: what is no longer kept of it is a gap like any other.
    FeedReader reader = new FeedReader(this, wake, beginning, nextIndex, 0);
    readers.add(reader);
    return reader;
  }

  /**
   * Joins where a reader left off; null: what follows there is not kept.
   *
   * @param statesFrom states before this place are left out
   */
  synchronized @Nullable FeedReader rejoin(Runnable wake, long from, long statesFrom) {
    if (dropped || from < firstIndex || from > nextIndex) {
      return null;
    }
    // Whoever saw all there was is told the outcome again, rather than left to wait for ever.
    long start = ended ? Math.min(from, nextIndex - 1) : from;
    FeedReader reader = new FeedReader(this, wake, start, statesFrom, attemptAt(start));
    readers.add(reader);
    return reader;
  }

  /** The attempt under way before a place, as far as is known. */
  private int attemptAt(long place) {
    int known = attemptBeforeFirst == null ? 0 : attemptBeforeFirst.attempt();
    for (FeedEntry entry : entries) {
      if (entry.index() >= place) {
        break;
      }
      if (entry instanceof FeedEntry.Attempt begun) {
        known = begun.attempt();
      }
    }
    return known;
  }

  /** The attempt that the first kept entry belongs to, if its beginning is no longer kept. */
  synchronized FeedEntry.@Nullable Attempt attemptBeforeFirst() {
    return attemptBeforeFirst;
  }

  int readerCount() {
    return readers.size();
  }

  void leave(FeedReader reader) {
    readers.remove(reader);
  }

  /** Drops it unless it has output or watchers; whether it is dropped now. */
  synchronized boolean dropIfIdle() {
    dropped |= !wrote && readers.isEmpty();
    return dropped;
  }

  /** Drops it if it never was told of its task's outcome; whether it is dropped now. */
  synchronized boolean dropUnlessEnded() {
    dropped |= !ended;
    return dropped;
  }

  synchronized boolean hasEnded() {
    return ended;
  }

  /** When its task ended; 0: it has not. */
  synchronized long endMillis() {
    return endMillis;
  }

  /** Whether some of it is no longer kept. */
  synchronized boolean lostItsBeginning() {
    return firstIndex > beginning;
  }

  synchronized long bytes() {
    return bytes;
  }

  synchronized long nextIndex() {
    return nextIndex;
  }

  /**
   * Forgets the oldest entries until no more than this is kept; never the newest one.
   *
   * @return the change of kept bytes
   */
  synchronized long trim(long toBytes) {
    return trim(toBytes, 1);
  }

  /**
   * Forgets everything but the outcome.
   *
   * @return the change of kept bytes
   */
  synchronized long trimToOutcome() {
    return trim(0, ended ? 1 : 0);
  }

  private long trim(long toBytes, int atLeast) {
    long before = bytes;
    while (bytes > toBytes && entries.size() > atLeast) {
      FeedEntry oldest = entries.removeFirst();
      firstIndex++;
      bytes -= costOf(oldest);
      if (oldest instanceof FeedEntry.Attempt begun) {
        attemptBeforeFirst = begun;
      }
    }
    return bytes - before;
  }

  private void begin(int newAttempt, String nodeId, long nowMillis) {
    attempt = newAttempt;
    receivedBytes = 0;
    add(new FeedEntry.Attempt(nextIndex, nowMillis, newAttempt, nodeId));
  }

  private void add(FeedEntry entry) {
    entries.addLast(entry);
    nextIndex++;
    bytes += costOf(entry);
    trim(maxBytes);
  }

  private OutputChunk freshPart(OutputChunk chunk, ByteString content) {
    if (chunk.getOffset() >= receivedBytes) {
      return chunk;
    }
    ByteString fresh = content.substring((int) (receivedBytes - chunk.getOffset()));
    OutputChunk.Builder cut = chunk.toBuilder().setOffset(receivedBytes).clearContent();
    return chunk.hasText() && fresh.isValidUtf8()
        ? cut.setText(fresh.toStringUtf8()).build()
        : cut.setData(fresh).build();
  }

  private static ByteString contentOf(OutputChunk chunk) {
    return chunk.hasText() ? chunk.getTextBytes() : chunk.getData();
  }

  private static long costOf(FeedEntry entry) {
    if (entry instanceof FeedEntry.Output output) {
      return ENTRY_BYTES + output.chunk().getSerializedSize();
    }
    if (entry instanceof FeedEntry.Finished finished
        && finished.task().result() instanceof ResultBody result
        && result.payload() != null) {
      return ENTRY_BYTES + result.payload().size();
    }
    return ENTRY_BYTES;
  }
}
