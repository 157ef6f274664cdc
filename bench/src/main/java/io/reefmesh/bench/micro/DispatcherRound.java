package io.reefmesh.bench.micro;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import io.reefmesh.balancer.Dispatcher;
import io.reefmesh.balancer.DispatcherConfig;
import io.reefmesh.balancer.Effect;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.NodeProfile;
import io.reefmesh.balancer.Opaque;
import io.reefmesh.balancer.Requirement;
import io.reefmesh.balancer.Strategy;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.balancer.TaskTerms.Retry;
import java.util.ArrayDeque;
import java.util.List;

/**
 * A dispatcher at work, with a queue of a given length in front of its nodes: each round submits
 * one task and finishes the one that has run longest, whose place the head of the queue takes. The
 * order of the queue and the choice of the node are in it; the store and the network are not. Not
 * thread-safe.
 */
public final class DispatcherRound {

  private static final class Nothing implements Opaque {}

  private static final Opaque NOTHING = new Nothing();
  private static final long NOW = TaskId.EPOCH_MILLIS + 1_000_000;
  private static final long HOUR = 3_600_000;
  private static final int SLOTS = 64;

  private static final TaskTerms TERMS =
      new TaskTerms(
          "default",
          Requirement.of("bench"),
          TaskTerms.DEFAULT_PRIORITY,
          null,
          null,
          false,
          HOUR,
          HOUR,
          24 * HOUR,
          0,
          Retry.DEFAULT,
          0,
          0);

  private final Dispatcher dispatcher;
  private final ArrayDeque<Effect.Push> running = new ArrayDeque<>();
  private long count;

  /**
   * Links the nodes and fills slots and queue.
   *
   * @param nodes each with 64 slots
   * @param queued how many tasks wait beside those that run; 0: half of the slots are free
   */
  public DispatcherRound(Strategy strategy, int nodes, int queued) {
    this.dispatcher =
        new Dispatcher(DispatcherConfig.of(strategy, 15_000, 10_000, queued + 1_000_000), 1);
    for (int i = 0; i < nodes; i++) {
      hear(dispatcher.step(hello(i), NOW));
    }
    int slots = nodes * SLOTS;
    int fill = queued == 0 ? slots / 2 : slots + queued;
    for (int i = 0; i < fill; i++) {
      submit();
    }
    if (running.size() != Math.min(fill, slots)) {
      throw new IllegalStateException(running.size() + " of " + slots + " slots were filled");
    }
  }

  /**
   * One task in, one task out.
   *
   * @return how many effects there were
   */
  public int round() {
    int effects = submit();
    Effect.Push oldest = running.remove();
    List<Effect> finished =
        dispatcher.step(
            new Event.Finished(oldest.link(), oldest.id(), oldest.attempt(), null, NOTHING), NOW);
    return effects + finished.size() + hear(finished);
  }

  private int submit() {
    TaskId id = TaskId.of(NOW + (count >>> 16), (int) (count & 0xffff), 0);
    count++;
    List<Effect> effects =
        dispatcher.step(new Event.Submit(NOTHING, id, TERMS, NOTHING, null, null), NOW);
    return effects.size() + hear(effects);
  }

  private int hear(List<Effect> effects) {
    int more = 0;
    for (Effect effect : effects) {
      if (effect instanceof Effect.Push push) {
        running.add(push);
        more +=
            dispatcher.step(new Event.Accepted(push.link(), push.id(), push.attempt()), NOW).size();
      }
    }
    return more;
  }

  private static Event.Hello hello(int number) {
    return new Event.Hello(
        number + 1,
        "node-" + number,
        "%016x".formatted(number),
        new NodeProfile(
            false,
            ImmutableSortedSet.of(),
            ImmutableSortedSet.of("bench"),
            ImmutableMap.of(),
            SLOTS,
            SLOTS,
            false,
            "bench",
            "127.0.0.1"),
        ImmutableList.of());
  }
}
