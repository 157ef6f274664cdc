package io.reefmesh.balancer;

import static io.reefmesh.balancer.MeshScenario.held;
import static io.reefmesh.balancer.MeshScenario.profile;
import static io.reefmesh.balancer.MeshScenario.retrying;
import static io.reefmesh.balancer.MeshScenario.terms;
import static io.reefmesh.balancer.MeshScenario.timed;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

/** The life of single tasks: from submission to the outcome. */
final class DispatcherTest {

  private static final Failure FLAKY = new Failure("FLAKY", "try again", true, 0);

  private final MeshScenario mesh = new MeshScenario();

  @Test
  void shouldAnswerWithTheIdAloneWhenAReceiptIsAllThatIsWanted() {
    // given
    record Receipt() implements Opaque.ForReceipt {}
    TaskId id = TaskId.of(1_800_000_000_000L, 1, 0);
    Opaque body = new Opaque() {};

    // when
    mesh.step(new Event.Submit(new Receipt(), id, terms(), body, "r", "d"));
    Answer first = mesh.answer(Answer.class);
    mesh.step(
        new Event.Submit(
            new Receipt(), TaskId.of(1_800_000_000_001L, 2, 0), terms(), body, "r", "d"));

    // then
    assertThat(first).isEqualTo(new Answer.Accepted(id));
    assertThat(mesh.answer(Answer.class)).isEqualTo(new Answer.Repeated(id));
  }

  @Test
  void shouldCarryATaskFromSubmissionToItsResult() {
    // given
    MeshScenario.Peer node = mesh.join("a", profile(1));
    // when
    TaskId id = mesh.submit(terms());
    // then
    assertThat(mesh.answer(Answer.Submitted.class).task().state()).isEqualTo(TaskState.ASSIGNED);
    assertThat(mesh.the(Effect.Push.class))
        .singleElement()
        .satisfies(push -> assertThat(push.link()).isEqualTo(node.link()));
    mesh.accept(node, id, 1);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.RUNNING);
    mesh.succeed(node, id, 1);
    assertThat(mesh.persisted(Mutation.Ended.class))
        .singleElement()
        .satisfies(
            ended -> {
              assertThat(ended.state()).isEqualTo(TaskState.SUCCEEDED);
              assertThat(ended.result()).isEqualTo(new MeshScenario.Thing("result"));
              assertThat(ended.history()).hasSize(1);
            });
    assertThat(mesh.the(Effect.Ack.class))
        .extracting(Effect.Ack::status)
        .containsExactly(Effect.Ack.Status.RECORDED);
    assertThat(mesh.live(id)).isNull();
  }

  @Test
  void shouldWriteTheLeaseBeforeThePush() {
    mesh.join("a", profile(1));
    mesh.submit(terms());
    List<String> order = new ArrayList<>();
    for (Effect effect : mesh.effects) {
      order.add(
          effect instanceof Effect.Persist persist
              ? persist.mutation().getClass().getSimpleName()
              : effect.getClass().getSimpleName());
    }
    assertThat(order)
        .containsSubsequence("Submitted", "Assigned", "Leased", "Push")
        .containsSubsequence("Assigned", "Reply");
  }

  @Test
  void shouldMoveARefusedTaskAtOnceAndAtNoCost() {
    // given
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    MeshScenario.Peer b = mesh.join("b", profile(1));
    // when
    mesh.step(new Event.Refused(a.link(), id, 1, "cold", 5_000));
    // then
    assertThat(mesh.the(Effect.Push.class))
        .singleElement()
        .satisfies(
            push -> {
              assertThat(push.link()).isEqualTo(b.link());
              assertThat(push.attempt()).isEqualTo(2);
              assertThat(push.attemptsLeft()).isEqualTo(2);
            });
    assertThat(mesh.view(id).history())
        .extracting(AttemptRecord::outcome)
        .containsExactly(AttemptOutcome.REFUSED);
  }

  @Test
  void shouldMoveATaskAtNoCostThatItsHandlerHandsBackAfterItWasAccepted() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(1));
    mesh.accept(a, id, 1);
    mesh.step(new Event.Refused(a.link(), id, 1, "cold", 5_000));
    mesh.join("b", profile(1));
    assertThat(mesh.view(id).nodeId()).isEqualTo("b");
    assertThat(mesh.view(id).history())
        .extracting(AttemptRecord::outcome)
        .containsExactly(AttemptOutcome.REFUSED);
  }

  @Test
  void shouldNotAskTheSameNodeAgainBeforeItsRefusalLapses() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.step(new Event.Refused(a.link(), id, 1, "cold", 5_000));
    assertThat(mesh.the(Effect.Push.class)).isEmpty();
    assertThat(mesh.waitReason(id).message()).contains("refused");
    mesh.pass(4_999);
    assertThat(mesh.the(Effect.Push.class)).isEmpty();
    mesh.pass(1);
    assertThat(mesh.the(Effect.Push.class)).hasSize(1);
  }

  @Test
  void shouldOfferAParkedTaskToANewcomerAtOnce() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.step(new Event.Refused(a.link(), id, 1, "cold", 60_000));
    MeshScenario.Peer b = mesh.join("b", profile(1));
    assertThat(mesh.the(Effect.Push.class)).extracting(Effect.Push::link).containsExactly(b.link());
  }

  @Test
  void shouldRetryWithBackOffAndFailAfterTheLastAttempt() {
    MeshScenario.Peer a = mesh.join("a", profile(4));
    TaskId id = mesh.submit(retrying(3));
    for (int attempt = 1; attempt <= 3; attempt++) {
      assertThat(mesh.view(id).attempt()).isEqualTo(attempt);
      mesh.accept(a, id, attempt);
      mesh.fail(a, id, attempt, FLAKY);
      if (attempt < 3) {
        assertThat(mesh.view(id).state()).isIn(TaskState.QUEUED, TaskState.ASSIGNED);
        mesh.pass(1_000L << (attempt - 1));
        mesh.beat(a, profile(4), attempt, held(id, attempt + 1));
      }
    }
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.FAILED);
  }

  @Test
  void shouldHonourRetryAfterBeyondTheBackOff() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(retrying(3));
    mesh.fail(a, id, 1, new Failure("BUSY", "later", true, 9_000));
    assertThat(mesh.waitReason(id).cause()).isEqualTo(WaitReason.Cause.BACKOFF);
    mesh.pass(8_999);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.QUEUED);
    mesh.pass(1);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldFailAtOnceWhenTheFailureIsFinal() {
    MeshScenario.Peer a = mesh.join("a", profile(2));
    TaskId first = mesh.submit(retrying(3));
    TaskId second = mesh.submit(retrying(3));
    mesh.fail(a, first, 1, new Failure("BAD", "no", false, 0));
    assertThat(mesh.outcome(first)).isEqualTo(TaskState.FAILED);
    mesh.fail(a, second, 1, new Failure("NEVER_AGAIN", "no", true, 0));
    assertThat(mesh.outcome(second)).isEqualTo(TaskState.FAILED);
  }

  @Test
  void shouldPreferANodeThatWasNotTried() {
    MeshScenario.Peer a = mesh.join("a", profile(8));
    TaskId id = mesh.submit(retrying(3));
    mesh.fail(a, id, 1, FLAKY);
    MeshScenario.Peer b = mesh.join("b", profile(1));
    mesh.pass(1_000);
    assertThat(mesh.view(id).nodeId()).isEqualTo("b");
    mesh.fail(b, id, 2, FLAKY);
    mesh.pass(2_000);
    assertThat(mesh.view(id).attempt()).isEqualTo(3);
  }

  @Test
  void shouldCancelInEveryStateAndKeepTheSlotUntilTheWorkHasStopped() {
    // given
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId running = mesh.submit(terms());
    mesh.accept(a, running, 1);
    TaskId queued = mesh.submit(terms());
    // when
    mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), running, "default", "enough"));
    // then
    assertThat(mesh.answer(Answer.Found.class).task().state()).isEqualTo(TaskState.CANCELLED);
    assertThat(mesh.answer(Answer.Found.class).task().failure())
        .extracting(Failure::message)
        .isEqualTo("enough");
    assertThat(mesh.the(Effect.StopAttempt.class)).hasSize(1);
    assertThat(mesh.the(Effect.Push.class)).as("the slot is held").isEmpty();
    assertThat(mesh.node("a").held()).singleElement().satisfies(h -> assertThat(h.hold()).isTrue());
    mesh.step(new Event.Stopped(a.link(), running, 1));
    assertThat(mesh.the(Effect.Push.class)).extracting(Effect.Push::id).containsExactly(queued);
    mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), queued, "default", ""));
    assertThat(mesh.outcome(queued)).isEqualTo(TaskState.CANCELLED);
  }

  @Test
  void shouldKeepACancelAgainstALaterResult() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), id, "default", ""));
    mesh.succeed(a, id, 1);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.CANCELLED);
    assertThat(mesh.the(Effect.Ack.class).get(0).status()).isEqualTo(Effect.Ack.Status.STALE);
    assertThat(mesh.node("a").held()).as("it has stopped").isEmpty();
  }

  @Test
  void shouldAnswerACancelThatCameTooLateWithNothingLive() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    mesh.succeed(a, id, 1);
    mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), id, "default", ""));
    assertThat(mesh.answer(Answer.NotLive.class).id()).isEqualTo(id);
    TaskId other = mesh.submit(terms());
    mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), other, "another-project", ""));
    assertThat(mesh.answer(Answer.NotLive.class).id()).isEqualTo(other);
    assertThat(mesh.live(other)).isNotNull();
  }

  @Test
  void shouldExpireWhenNoNodeTakesItInTime() {
    TaskId id = mesh.submit(timed(5_000, 60_000, 60_000, 3));
    mesh.pass(4_999);
    assertThat(mesh.live(id)).isNotNull();
    mesh.pass(1);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.EXPIRED);
    assertThat(mesh.persisted(Mutation.Ended.class).get(0).failure())
        .extracting(Failure::message, InstanceOfAssertFactories.STRING)
        .contains("no node has a handler for type work");
  }

  @Test
  void shouldTimeOutARunAndStopItOnItsNode() {
    MeshScenario.Peer a = mesh.join("a", profile(2));
    TaskId id = mesh.submit(timed(60_000, 5_000, 600_000, 2));
    mesh.accept(a, id, 1);
    mesh.pass(4_999);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.RUNNING);
    mesh.pass(1);
    assertThat(mesh.the(Effect.StopAttempt.class)).hasSize(1);
    assertThat(mesh.view(id).history())
        .extracting(AttemptRecord::outcome)
        .containsExactly(AttemptOutcome.TIMED_OUT);
    assertThat(mesh.node("a").held()).anySatisfy(h -> assertThat(h.hold()).isTrue());
  }

  @Test
  void shouldExpireARunningTaskAtItsTotalTimeout() {
    MeshScenario.Peer a = mesh.join("a", profile(1));
    TaskId id = mesh.submit(timed(60_000, 60_000, 7_000, 3));
    mesh.accept(a, id, 1);
    mesh.pass(7_000);
    assertThat(mesh.outcome(id)).isEqualTo(TaskState.EXPIRED);
    assertThat(mesh.the(Effect.StopAttempt.class)).hasSize(1);
  }

  @Test
  void shouldNotPushBeforeItsTime() {
    mesh.join("a", profile(1));
    TaskTerms base = terms();
    TaskId id =
        mesh.submit(
            new TaskTerms(
                base.project(),
                base.requirement(),
                5,
                null,
                null,
                false,
                1_000,
                1_000,
                60_000,
                0,
                base.retry(),
                0,
                mesh.now + 5_000));
    assertThat(mesh.waitReason(id).cause()).isEqualTo(WaitReason.Cause.NOT_BEFORE);
    mesh.pass(4_999);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.QUEUED);
    mesh.pass(1);
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldServePriorityFirstAndAgeAmongEquals() {
    TaskId late = mesh.submit(terms(Requirement.of("work"), 9, null));
    TaskId first = mesh.submit(terms(Requirement.of("work"), 5, null));
    TaskId second = mesh.submit(terms(Requirement.of("work"), 5, null));
    TaskId urgent = mesh.submit(terms(Requirement.of("work"), 1, null));
    MeshScenario.Peer a = mesh.join("a", profile(1));
    List<TaskId> order = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      TaskId next = mesh.the(Effect.Push.class).get(0).id();
      order.add(next);
      mesh.succeed(a, next, 1);
    }
    assertThat(order).containsExactly(urgent, first, second, late);
  }

  @Test
  void shouldLetAgeOutweighPriorityInTheEnd() {
    TaskId old = mesh.submit(terms(Requirement.of("work"), 10, null));
    mesh.pass(9 * 60_000 + 1);
    TaskId urgent = mesh.submit(terms(Requirement.of("work"), 1, null));
    MeshScenario.Peer a = mesh.join("a", profile(1));
    assertThat(mesh.the(Effect.Push.class).get(0).id()).isEqualTo(old);
    mesh.succeed(a, old, 1);
    assertThat(mesh.the(Effect.Push.class).get(0).id()).isEqualTo(urgent);
  }

  @Test
  void shouldPlaceOnlyWhereTheCapabilitiesAreAndHoldNobodyElseUp() {
    MeshScenario.Peer plain = mesh.join("plain", profile(1));
    TaskId needy = mesh.submit(terms(Requirement.of("work", "llm"), 1, null));
    TaskId easy = mesh.submit(terms(Requirement.of("work"), 10, null));
    assertThat(mesh.view(needy).waitReason())
        .satisfies(
            why -> {
              assertThat(why.cause()).isEqualTo(WaitReason.Cause.NO_CAPABLE_NODE);
              assertThat(why.message()).isEqualTo("no node offers capability llm");
            });
    assertThat(mesh.view(easy).nodeId()).isEqualTo(plain.id());
    mesh.join("smart", profile(1, "llm"));
    assertThat(mesh.view(needy).nodeId()).isEqualTo("smart");
  }

  @Test
  void shouldServeMoreRequirementsThanItKeepsGroupsFor() {
    MeshScenario.Peer a = mesh.join("a", profile(1_000));
    for (int i = 0; i < 600; i++) {
      TaskId id = mesh.submit(terms(Requirement.of("type-" + i), 5, null));
      mesh.succeed(a, id, 1);
      assertThat(mesh.outcome(id)).isEqualTo(TaskState.SUCCEEDED);
    }
    TaskId again = mesh.submit(terms(Requirement.of("type-0"), 5, null));
    assertThat(mesh.view(again).nodeId()).isEqualTo("a");
  }

  @Test
  void shouldSayThatAllNodesAreFull() {
    mesh.join("a", profile(1));
    mesh.submit(terms());
    TaskId second = mesh.submit(terms());
    assertThat(mesh.view(second).waitReason())
        .satisfies(
            why -> {
              assertThat(why.cause()).isEqualTo(WaitReason.Cause.NODES_BUSY);
              assertThat(why.message()).isEqualTo("1 of 1 nodes full");
            });
  }

  @Test
  void shouldRunTheTasksOfASessionOneByOneInOrder() {
    MeshScenario.Peer a = mesh.join("a", profile(8));
    TaskId first = mesh.submit(terms(Requirement.of("work"), 9, "s"));
    TaskId second = mesh.submit(terms(Requirement.of("work"), 1, "s"));
    TaskId other = mesh.submit(terms(Requirement.of("work"), 5, "t"));
    assertThat(mesh.view(other).state()).isEqualTo(TaskState.ASSIGNED);
    assertThat(mesh.view(second).waitReason())
        .satisfies(
            why -> {
              assertThat(why.cause()).isEqualTo(WaitReason.Cause.SESSION_BUSY);
              assertThat(why.blocking()).isEqualTo(first);
            });
    mesh.fail(a, first, 1, FLAKY);
    assertThat(mesh.view(second).state())
        .as("a head in back-off blocks")
        .isEqualTo(TaskState.QUEUED);
    mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), first, "default", ""));
    assertThat(mesh.view(second).state()).isEqualTo(TaskState.ASSIGNED);
  }

  @Test
  void shouldKeepTheSessionBusyWhileCancelledWorkRunsButNotForEver() {
    MeshScenario.Peer a = mesh.join("a", profile(8));
    TaskId first = mesh.submit(terms(Requirement.of("work"), 5, "s"));
    mesh.accept(a, first, 1);
    TaskId second = mesh.submit(terms(Requirement.of("work"), 5, "s"));
    mesh.step(new Event.Cancel(new MeshScenario.Thing("c"), first, "default", ""));
    assertThat(mesh.view(second).state()).isEqualTo(TaskState.QUEUED);
    for (int second10 = 0; second10 < 6; second10++) {
      mesh.pass(10_000);
      mesh.beat(a, profile(8), 1, held(first, 1));
    }
    assertThat(mesh.view(second).state()).isEqualTo(TaskState.ASSIGNED);
    assertThat(mesh.node("a").held()).as("the slot is still held").hasSize(2);
  }

  @Test
  void shouldReturnTheSameTaskForTheSameRequest() {
    TaskId id = mesh.submit(terms(), "r1", "digest");
    mesh.submit(terms(), "r1", "digest");
    assertThat(mesh.answer(Answer.Repeated.class).id()).isEqualTo(id);
    mesh.submit(terms(), "r1", "other");
    assertThat(mesh.answer(Answer.Conflict.class).id()).isEqualTo(id);
    mesh.pass(24 * 3_600_000L);
    mesh.submit(terms(), "r1", "other");
    assertThat(mesh.answer(Answer.Submitted.class).task().id()).isNotEqualTo(id);
  }

  @Test
  void shouldRefuseWhatDoesNotFit() {
    MeshScenario small =
        new MeshScenario(DispatcherConfig.of(Strategy.ROUND_ROBIN, 15_000, 10_000, 2));
    small.submit(terms());
    small.submit(terms());
    small.submit(terms());
    assertThat(small.answer(Answer.Full.class)).isEqualTo(new Answer.Full(Answer.Full.Of.QUEUE, 2));
    assertThat(small.persisted(Mutation.class)).isEmpty();
    assertThat(small.dispatcher.liveTasks()).isEqualTo(2);
  }

  @Test
  void shouldPlaceNothingMoreWhenToldToStop() {
    mesh.step(new Event.StopPlacing());
    mesh.join("a", profile(1));
    TaskId id = mesh.submit(terms());
    assertThat(mesh.view(id).state()).isEqualTo(TaskState.QUEUED);
  }

  @Test
  void shouldCountWhatIsThere() {
    mesh.join("a", profile(3));
    mesh.submit(terms());
    mesh.submit(terms(Requirement.of("work", "llm"), 2, null));
    mesh.step(new Event.LookAtMesh(new MeshScenario.Thing("r")));
    MeshFigures figures = mesh.answer(Answer.Figures.class).figures();
    assertThat(figures.slots()).isEqualTo(3);
    assertThat(figures.slotsUsed()).isEqualTo(1);
    assertThat(figures.tasks())
        .containsEntry(TaskState.QUEUED, 1L)
        .containsEntry(TaskState.ASSIGNED, 1L);
    assertThat(figures.queue())
        .isEqualTo(ImmutableList.of(new MeshFigures.Depth("work", 2, 1, mesh.now)));
  }
}
