package io.reefmesh.node.link;

import java.util.concurrent.Executor;

/**
 * The one thread that owns a link, and its time. Whatever is put in runs in order, one at a time;
 * after {@link #close} it is dropped without a word, so that late handlers find no error.
 */
public interface Mailbox extends Executor, AutoCloseable {

  /** Milliseconds since some moment, never backwards. */
  long nowMillis();

  /** On its thread: whether something is in it that runs next, so that answers may be gathered. */
  boolean hasMore();

  /** Runs a task at that time, replacing the one that waited for its time before. On its thread. */
  void wakeAt(long atMillis, Runnable task);

  @Override
  void close();
}
