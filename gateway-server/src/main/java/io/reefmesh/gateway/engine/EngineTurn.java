package io.reefmesh.gateway.engine;

import io.reefmesh.balancer.Dispatcher;
import io.reefmesh.balancer.Effect;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.gateway.door.Submission;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.store.WriteLease;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One round of the engine, without its thread: steps the dispatcher for each item of a batch, makes
 * all mutations durable in one commit, and releases the effects in order. After a throw it must not
 * be used again: what was not committed has not left, and never may.
 *
 * <p>Not thread-safe: one owner.
 */
final class EngineTurn {

  private static final Logger log = LoggerFactory.getLogger(EngineTurn.class);

  /** Something that waits: an event, or a submission that gets its id when its turn comes. */
  record Item(
      @Nullable Event event,
      @Nullable Submission submission,
      @Nullable ReplyTo replyTo,
      @Nullable Runnable afterwards) {}

  private final Dispatcher dispatcher;
  private final TaskStore store;
  private final WriteLease lease;
  private final EffectSink sink;
  private final PayloadBudget payloads;
  private final LongSupplier nanos;
  private final EngineFigures figures = new EngineFigures();
  private final TaskIds ids = new TaskIds();

  /**
   * What was decided at once.
   *
   * @param mutations become durable together
   * @param released leave after that, in order
   * @param afterwards run after that
   */
  record Round(
      long nowMillis, List<Mutation> mutations, List<Effect> released, List<Runnable> afterwards) {

    private static Round of(int items, long nowMillis) {
      return new Round(
          nowMillis, new ArrayList<>(2 * items), new ArrayList<>(4 * items), new ArrayList<>());
    }
  }

  EngineTurn(
      Dispatcher dispatcher,
      TaskStore store,
      WriteLease lease,
      PayloadBudget payloads,
      LongSupplier nanos,
      EffectSink sink) {
    this.nanos = nanos;
    this.payloads = payloads;
    this.dispatcher = dispatcher;
    this.store = store;
    this.lease = lease;
    this.sink = sink;
  }

  EngineFigures figures() {
    return figures;
  }

  /** Decides what follows from the batch, or, if it is empty, from the time alone. */
  Round decide(List<Item> batch, long now) {
    Round round = Round.of(batch.size(), now);
    if (batch.isEmpty()) {
      gather(dispatcher.step(new Event.Tick(), now), round);
    }
    for (Item item : batch) {
      gather(dispatcher.step(eventOf(item, now), now), round);
      if (item.afterwards() != null) {
        round.afterwards().add(item.afterwards());
      }
    }
    return round;
  }

  /** Makes what was decided durable, then lets it out. */
  void commitAndRelease(Round round) {
    commit(round);
    release(round);
  }

  private Event eventOf(Item item, long now) {
    Event event = item.event();
    if (event != null) {
      return event;
    }
    Submission submission = item.submission();
    ReplyTo replyTo = item.replyTo();
    if (submission == null || replyTo == null) {
      throw new IllegalStateException("an item is an event or a submission");
    }
    return new Event.Submit(
        replyTo,
        ids.next(now, submission.routingHash()),
        submission.terms(),
        submission.body(),
        submission.requestId(),
        submission.digest());
  }

  private void gather(List<Effect> effects, Round round) {
    List<Effect> released = round.released();
    for (Effect effect : effects) {
      if (effect instanceof Effect.Persist persist) {
        round.mutations().add(persist.mutation());
      } else {
        released.add(effect);
      }
    }
  }

  /** Makes a round durable; waits for it. */
  private void commit(Round round) {
    if (!round.mutations().isEmpty()) {
      long began = nanos.getAsLong();
      store.commit(lease, round.mutations(), round.nowMillis()).toCompletableFuture().join();
      figures.committed(round.mutations().size(), nanos.getAsLong() - began);
    }
  }

  /** Lets out what is durable now. */
  private void release(Round round) {
    for (Effect effect : round.released()) {
      if (effect instanceof Effect.Reply reply) {
        reply(reply);
      } else {
        sink.release(effect);
      }
    }
    countPayloads(round);
    round.afterwards().forEach(Runnable::run);
    sink.flush();
  }

  /** What was accepted has been answered and pushed, and what ended was told: with payloads. */
  private void countPayloads(Round round) {
    for (Mutation mutation : round.mutations()) {
      if (mutation instanceof Mutation.Submitted submitted) {
        payloads.durable((TaskBody) submitted.body());
        figures.accepted();
      }
    }
    for (Effect effect : round.released()) {
      if (effect instanceof Effect.Changed changed && changed.task().state().isFinal()) {
        payloads.ended((TaskBody) changed.task().body());
      }
    }
  }

  /** A caller that went away must not stop the engine. */
  private static void reply(Effect.Reply reply) {
    try {
      ((ReplyTo) reply.to()).accept(reply.answer());
    } catch (RuntimeException e) {
      log.debug("an answer could not be given: {}", e.toString());
    }
  }
}
