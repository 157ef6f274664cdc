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
  private final TaskIds ids = new TaskIds();
  private final List<Mutation> mutations = new ArrayList<>();
  private final List<Effect> released = new ArrayList<>();

  EngineTurn(
      Dispatcher dispatcher,
      TaskStore store,
      WriteLease lease,
      PayloadBudget payloads,
      EffectSink sink) {
    this.payloads = payloads;
    this.dispatcher = dispatcher;
    this.store = store;
    this.lease = lease;
    this.sink = sink;
  }

  /** Decides what follows from the batch, or, if it is empty, from the time alone. */
  void decide(List<Item> batch, long now) {
    if (batch.isEmpty()) {
      gather(dispatcher.step(new Event.Tick(), now));
    }
    for (Item item : batch) {
      gather(dispatcher.step(eventOf(item, now), now));
    }
  }

  /** Makes what was decided durable, then lets it out. */
  void commitAndRelease(List<Item> batch, long now) {
    commit(now);
    release(batch);
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

  private void gather(List<Effect> effects) {
    for (Effect effect : effects) {
      if (effect instanceof Effect.Persist persist) {
        mutations.add(persist.mutation());
      } else {
        released.add(effect);
      }
    }
  }

  private void commit(long now) {
    if (!mutations.isEmpty()) {
      store.commit(lease, mutations, now).toCompletableFuture().join();
    }
  }

  private void release(List<Item> batch) {
    for (Effect effect : released) {
      if (effect instanceof Effect.Reply reply) {
        reply(reply);
      } else {
        sink.release(effect);
      }
    }
    countPayloads();
    mutations.clear();
    released.clear();
    for (Item item : batch) {
      if (item.afterwards() != null) {
        item.afterwards().run();
      }
    }
    sink.flush();
  }

  /** What was accepted has been answered and pushed, and what ended was told: with payloads. */
  private void countPayloads() {
    for (Mutation mutation : mutations) {
      if (mutation instanceof Mutation.Submitted submitted) {
        payloads.durable((TaskBody) submitted.body());
      }
    }
    for (Effect effect : released) {
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
