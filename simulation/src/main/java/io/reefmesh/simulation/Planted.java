package io.reefmesh.simulation;

import io.reefmesh.balancer.Effect;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.gateway.door.Submission;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.Beat;
import io.reefmesh.v1.Finished;
import io.reefmesh.v1.HeldAttempt;
import io.reefmesh.v1.Hello;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.Report;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What a planted bug changes on its way into the gateway's code and out of it. */
final class Planted {

  private static final long DAY_MILLIS = 86_400_000;

  private final @Nullable Mutant mutant;
  private final Promises promises;

  Planted(@Nullable Mutant mutant, Promises promises) {
    this.mutant = mutant;
    this.promises = promises;
  }

  boolean is(Mutant one) {
    return mutant == one;
  }

  LinkRequest inbound(LinkRequest message, Map<String, Set<Promises.Ref>> leasedAt) {
    if (mutant == null) {
      return message;
    }
    LinkRequest.Builder changed = message.toBuilder();
    if (message.hasHello()) {
      changed.setHello(hello(message.getHello(), leasedAt));
    } else if (message.hasBeat()) {
      changed.setBeat(beat(message.getBeat(), leasedAt));
    } else if (message.hasReport()) {
      changed.setReport(report(message.getReport()));
    }
    return changed.build();
  }

  private Hello hello(Hello hello, Map<String, Set<Promises.Ref>> leasedAt) {
    Hello.Builder changed = hello.toBuilder();
    if (is(Mutant.NO_INCARNATION)) {
      changed.setIncarnation("00000000000000aa");
    } else if (is(Mutant.CAPACITY_OFF_BY_ONE)) {
      changed.setSlots(hello.getSlots() + 1);
    } else if (is(Mutant.REQUIREMENT_IGNORED)) {
      changed.clearTaskTypes().addAllTaskTypes(World.TYPES);
    } else if (is(Mutant.BEAT_RENEWS_ALL)) {
      leasedAt.getOrDefault(hello.getNodeId(), Set.of()).stream()
          .sorted((a, b) -> a.id().compareTo(b.id()))
          .forEach(ref -> changed.addHeld(held(ref)));
    }
    return changed.build();
  }

  private Beat beat(Beat beat, Map<String, Set<Promises.Ref>> leasedAt) {
    Beat.Builder changed = beat.toBuilder();
    if (is(Mutant.BEAT_BEFORE_ARRIVAL)) {
      changed.setReceivedThrough(Long.MAX_VALUE);
    } else if (is(Mutant.CAPACITY_OFF_BY_ONE)) {
      changed.setSlots(beat.getSlots() + 1);
    } else if (is(Mutant.BEAT_RENEWS_ALL)) {
      leasedAt
          .values()
          .forEach(
              refs ->
                  refs.stream()
                      .sorted((a, b) -> a.id().compareTo(b.id()))
                      .forEach(ref -> changed.addHeld(held(ref))));
    }
    return changed.build();
  }

  private static HeldAttempt held(Promises.Ref ref) {
    return HeldAttempt.newBuilder()
        .setRef(AttemptRef.newBuilder().setTaskId(ref.id().toString()).setAttempt(ref.attempt()))
        .setFinished(true)
        .build();
  }

  private Report report(Report report) {
    Report.Builder changed = report.toBuilder();
    for (Finished.Builder finished : changed.getFinishedBuilderList()) {
      if (is(Mutant.NO_FENCING)) {
        TaskId id = TaskId.parse(finished.getRef().getTaskId());
        finished.getRefBuilder().setAttempt(promises.lastPushed(id));
      } else if (is(Mutant.RETRY_AFTER_IGNORED) && finished.hasFailure()) {
        finished.getFailureBuilder().clearRetryAfter();
      }
    }
    return changed.build();
  }

  Submission submission(Submission s) {
    boolean dropId = is(Mutant.DUPLICATE_REQUEST_ACCEPTED);
    String digest = is(Mutant.CONFLICT_IGNORED) && s.digest() != null ? "same" : s.digest();
    return new Submission(
        terms(s.terms()),
        s.body(),
        dropId ? null : s.requestId(),
        dropId ? null : digest,
        s.routingHash());
  }

  private TaskTerms terms(TaskTerms t) {
    boolean late = is(Mutant.DEADLINE_IGNORED);
    TaskTerms.Retry retry =
        is(Mutant.UNBOUNDED_ATTEMPTS)
            ? new TaskTerms.Retry(
                1_000,
                t.retry().initialBackoffMillis(),
                t.retry().multiplier(),
                t.retry().maxBackoffMillis(),
                t.retry().nonRetryableCodes())
            : t.retry();
    return new TaskTerms(
        t.project(),
        t.requirement(),
        is(Mutant.PRIORITY_REVERSED) ? 11 - t.priority() : t.priority(),
        is(Mutant.SESSION_IGNORED) ? null : t.session(),
        t.concurrencyKey(),
        t.preferSessionNode(),
        late ? DAY_MILLIS : t.queueTimeoutMillis(),
        t.runTimeoutMillis(),
        late ? DAY_MILLIS : t.totalTimeoutMillis(),
        t.noProgressTimeoutMillis(),
        retry,
        t.reconnectGraceMillis(),
        is(Mutant.NOT_BEFORE_IGNORED) ? 0 : t.notBeforeMillis());
  }

  List<Effect.Push> pushes(Effect.Push push, long newestLink) {
    if (!is(Mutant.PUSHED_TWICE)) {
      return List.of(push);
    }
    return List.of(
        push,
        new Effect.Push(
            newestLink,
            push.ordinal(),
            push.id(),
            push.attempt(),
            push.terms(),
            push.body(),
            push.totalRemainingMillis(),
            push.attemptsLeft()));
  }
}
