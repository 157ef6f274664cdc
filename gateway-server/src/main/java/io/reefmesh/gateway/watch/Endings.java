package io.reefmesh.gateway.watch;

import com.google.common.collect.ImmutableList;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskView;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells those who wait for the outcomes of many tasks, and lets them gather what came in one commit
 * before they send it.
 *
 * <p>All methods but {@link #leave} are called on the engine's thread, so that no outcome falls
 * between a receipt and the wait that follows it.
 */
public final class Endings {

  private static final Logger log = LoggerFactory.getLogger(Endings.class);

  /** Who waits. Called on the engine's thread: be quick, never block. */
  public interface Listener {

    /** A task that was waited for has its outcome; the wait for it is over. */
    void ended(TaskView task);

    /**
     * Everything that one commit brought has been told.
     *
     * @param by who should send it
     */
    void roundOver(Executor by);
  }

  private final Map<TaskId, ImmutableList<Listener>> waiting = new ConcurrentHashMap<>();

  /** Owned by the engine's thread: who has something to send when the round is over. */
  private final Set<Listener> touched = new LinkedHashSet<>();

  /** Waits for the outcome of a live task. */
  public void await(TaskId id, Listener listener) {
    waiting.merge(
        id,
        ImmutableList.of(listener),
        (before, one) ->
            before.contains(listener)
                ? before
                : ImmutableList.<Listener>builder().addAll(before).addAll(one).build());
  }

  /** Waits no longer. On any thread. */
  public void leave(Collection<TaskId> ids, Listener listener) {
    for (TaskId id : ids) {
      waiting.computeIfPresent(
          id,
          (i, before) -> {
            ImmutableList<Listener> rest =
                before.stream()
                    .filter(other -> other != listener)
                    .collect(ImmutableList.toImmutableList());
            return rest.isEmpty() ? null : rest;
          });
    }
  }

  /** The listener has something to send: it hears when the round is over. */
  public void touch(Listener listener) {
    touched.add(listener);
  }

  /** A task stands elsewhere now. */
  public void changed(TaskView task) {
    if (!task.state().isFinal() || waiting.isEmpty()) {
      return;
    }
    ImmutableList<Listener> listeners = waiting.remove(task.id());
    if (listeners != null) {
      for (Listener listener : listeners) {
        listener.ended(task);
        touch(listener);
      }
    }
  }

  /**
   * A commit's effects are all out.
   *
   * @param by who sends what follows from that
   */
  public void roundOver(Executor by) {
    for (Listener listener : touched) {
      try {
        listener.roundOver(by);
      } catch (RuntimeException e) {
        // One caller's stream must not stop the engine.
        log.debug("a listener could not send: {}", e.toString());
      }
    }
    touched.clear();
  }

  /** How many tasks are waited for. */
  public int size() {
    return waiting.size();
  }
}
