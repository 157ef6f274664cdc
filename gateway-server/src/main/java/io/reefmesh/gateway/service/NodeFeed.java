package io.reefmesh.gateway.service;

import com.google.common.collect.ImmutableList;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.NodeView;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.engine.ReplyTo;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is known of nodes, for those who follow them. While there are readers it asks the engine for
 * what changed: a few times a second, and soon when a node's state changed. So the engine's work
 * depends neither on how many read nor on how much changes in between, and nobody renders on its
 * thread. Without readers it does nothing and knows nothing.
 *
 * <p>Thread-safe.
 */
public final class NodeFeed implements AutoCloseable {

  private static final long LOOK_MILLIS = 200;

  /** However many nodes change their state, the engine is asked no more often than this. */
  private static final long POKE_MILLIS = 20;

  /** Somebody who follows nodes. Called on the feed's own thread, one call at a time. */
  interface Reader {

    /** News of these nodes: look at them with {@link NodeFeed#find}. */
    void changed(Iterable<String> nodeIds);
  }

  private final ScheduledExecutorService timers;
  private final int limit;
  private final ExecutorService readerThread =
      Executors.newSingleThreadExecutor(
          work -> {
            Thread thread = new Thread(work, "reefmesh-node-feed");
            thread.setDaemon(true);
            return thread;
          });

  // Guarded by this.
  private final Map<String, NodeView> known = new TreeMap<>();
  private final Set<Reader> readers = new LinkedHashSet<>();
  private Consumer<Event> engine = event -> {};
  private @Nullable Future<?> ticks;

  /** Answers to questions of an earlier time, before the last reader left, are void. */
  private long time;

  private long version;
  private boolean asked;
  private @Nullable Future<?> planned;
  private boolean loaded;

  /**
   * @param timers for regular looks
   * @param limit how many readers there may be
   */
  public NodeFeed(ScheduledExecutorService timers, int limit) {
    this.timers = timers;
    this.limit = limit;
  }

  /** Names where questions go; before the first reader comes. */
  public synchronized void attach(Consumer<Event> newEngine) {
    engine = newEngine;
  }

  /** What a reader hears first. */
  enum From {
    /** All nodes that are there. */
    THE_BEGINNING,
    /** What changes from now on, and perhaps some more. */
    NOW
  }

  /**
   * Lets a reader follow all nodes.
   *
   * @throws io.grpc.StatusRuntimeException RESOURCE_EXHAUSTED when there are too many
   */
  synchronized void join(Reader reader, From from) {
    if (readers.size() >= limit) {
      throw Refusals.overloaded(Refusals.Limit.NODE_WATCHERS, limit, Duration.ofSeconds(5));
    }
    readers.add(reader);
    if (ticks == null) {
      ticks =
          timers.scheduleWithFixedDelay(
              this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }
    if (loaded && from == From.THE_BEGINNING) {
      ImmutableList<String> all = ImmutableList.copyOf(known.keySet());
      onReaderThread(() -> reader.changed(all));
    } else {
      look();
    }
  }

  synchronized void leave(Reader reader) {
    if (readers.remove(reader) && readers.isEmpty()) {
      if (ticks != null) {
        ticks.cancel(false);
        ticks = null;
      }
      known.clear();
      time++;
      version = 0;
      asked = false;
      loaded = false;
    }
  }

  /** How many follow nodes. */
  public synchronized int readerCount() {
    return readers.size();
  }

  /** The node as it is known to stand; null: it is not known any more. */
  synchronized @Nullable NodeView find(String nodeId) {
    return known.get(nodeId);
  }

  /** A node's state changed: whoever follows nodes should hear of it soon. */
  public synchronized void poke() {
    if (readers.isEmpty() || planned != null) {
      return;
    }
    try {
      planned = timers.schedule(this::lookAfterPoke, POKE_MILLIS, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // The gateway is stopping: so are the streams.
    }
  }

  private synchronized void lookAfterPoke() {
    planned = null;
    look();
  }

  /** The node is not known any more. */
  public synchronized void forgotten(String nodeId) {
    known.remove(nodeId);
    if (!readers.isEmpty()) {
      tell(ImmutableList.of(nodeId));
    }
  }

  private synchronized void look() {
    if (readers.isEmpty() || asked) {
      return;
    }
    asked = true;
    long askedAt = time;
    ReplyTo answers = answer -> take((Answer.Nodes) answer, askedAt);
    engine.accept(new Event.LookAtNodes(answers, null, loaded ? version : 0));
  }

  private synchronized void take(Answer.Nodes answer, long askedAt) {
    if (askedAt != time) {
      return;
    }
    asked = false;
    version = answer.version();
    answer.nodes().forEach(node -> known.put(node.id(), node));
    boolean first = !loaded;
    loaded = true;
    if (first || !answer.nodes().isEmpty()) {
      tell(answer.nodes().stream().map(NodeView::id).collect(ImmutableList.toImmutableList()));
    }
  }

  private void tell(ImmutableList<String> ids) {
    ImmutableList<Reader> all = ImmutableList.copyOf(readers);
    onReaderThread(() -> all.forEach(reader -> reader.changed(ids)));
  }

  private void onReaderThread(Runnable work) {
    try {
      readerThread.execute(work);
    } catch (RejectedExecutionException e) {
      // The gateway is stopping: so are the streams.
    }
  }

  @Override
  public void close() {
    readerThread.shutdownNow();
  }
}
