package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.reefmesh.client.RetryCore.Action;
import io.reefmesh.client.RetryCore.AfterTimeout;
import io.reefmesh.client.RetryCore.Event;
import io.reefmesh.v1.TaskServiceGrpc;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of a call, decision by decision and over many seeded histories. */
final class RetryCoreTest {

  private static final int SCHEDULES = 10_000;
  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
  private static final CallRetry RETRY =
      new CallRetry(8, Duration.ofSeconds(60), Duration.ofMillis(100), Duration.ofSeconds(5));

  private long now = 77;

  private static RetryCore core(AfterTimeout afterTimeout, long seed) {
    return new RetryCore(
        TaskServiceGrpc.getSubmitTaskMethod(),
        RETRY,
        CALL_TIMEOUT,
        afterTimeout,
        "reef:7420",
        new SplittableRandom(seed));
  }

  private Action one(RetryCore core, Event event) {
    List<Action> actions = core.step(event, now);
    assertThat(actions).hasSize(1);
    return actions.get(0);
  }

  private static Event.Ended ended(int attempt, Status status) {
    return new Event.Ended(attempt, status, null, false);
  }

  private static Event.Ended ended(int attempt, StatusRuntimeException refusal) {
    return new Event.Ended(attempt, refusal.getStatus(), refusal.getTrailers(), false);
  }

  @Test
  void shouldSucceedWhenTheFirstAttemptIsAnswered() {
    RetryCore core = core(AfterTimeout.REPEAT, 1);

    assertThat(core.step(new Event.Started(), now))
        .containsExactly(new Action.Send(1, CALL_TIMEOUT));
    assertThat(one(core, new Event.Ended(1, Status.OK, new Metadata(), true)))
        .isEqualTo(new Action.Succeed());
    assertThat(core.isOver()).isTrue();
    assertThat(core.step(new Event.Abandoned(), now)).isEmpty();
  }

  @Test
  void shouldFailWhenItEndsWellButWithoutAnAnswer() {
    RetryCore core = core(AfterTimeout.REPEAT, 1);
    core.step(new Event.Started(), now);

    Action.Fail fail = (Action.Fail) one(core, ended(1, Status.OK));

    assertThat(fail.why()).hasMessageContaining("gave no answer");
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"OK", "UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED"})
  void shouldFailAtOnceWhenARepeatWouldNotHelp(Status.Code code) {
    RetryCore core = core(AfterTimeout.REPEAT, 1);
    core.step(new Event.Started(), now);

    Action.Fail fail = (Action.Fail) one(core, ended(1, code.toStatus()));

    assertThat(fail.why().code()).isEqualTo(code);
    assertThat(fail.why()).hasMessageNotContaining("attempt");
  }

  @Test
  void shouldRepeatATimeoutOnlyWhenToldTo() {
    RetryCore patient = core(AfterTimeout.REPEAT, 1);
    RetryCore hasty = core(AfterTimeout.FAIL, 1);
    patient.step(new Event.Started(), now);
    hasty.step(new Event.Started(), now);

    assertThat(one(patient, ended(1, Status.DEADLINE_EXCEEDED))).isInstanceOf(Action.Wait.class);
    assertThat(one(hasty, ended(1, Status.DEADLINE_EXCEEDED))).isInstanceOf(Action.Fail.class);
  }

  @Test
  void shouldRepeatWhenTheTransportLostItsConnectionAsTheCallBegan() {
    RetryCore core = core(AfterTimeout.REPEAT, 1);
    core.step(new Event.Started(), now);

    Status lost = Status.UNKNOWN.withDescription("channel closed");
    assertThat(one(core, ended(1, lost))).isInstanceOf(Action.Wait.class);
  }

  @Test
  void shouldNotRepeatWhenTheGatewaySaysUnknown() {
    RetryCore core = core(AfterTimeout.REPEAT, 1);
    core.step(new Event.Started(), now);

    StatusRuntimeException said = Details.status(Status.Code.UNKNOWN, "channel closed");
    assertThat(one(core, ended(1, said))).isInstanceOf(Action.Fail.class);
  }

  @Test
  void shouldTakeACancelByTheTransportForAnAbsentGateway() {
    RetryCore core = core(AfterTimeout.FAIL, 1);
    core.step(new Event.Started(), now);

    assertThat(one(core, ended(1, Status.CANCELLED))).isInstanceOf(Action.Wait.class);
    now += Duration.ofMillis(100).toNanos();
    assertThat(one(core, new Event.WaitOver(2))).isEqualTo(new Action.Send(2, CALL_TIMEOUT));
    StatusRuntimeException said = Details.status(Status.Code.CANCELLED, "by an operator");
    assertThat(one(core, ended(2, said))).isInstanceOf(Action.Fail.class);
  }

  @Test
  void shouldAddTheGatewaysAdviceToTheBackOff() {
    RetryCore core = core(AfterTimeout.FAIL, 3);
    core.step(new Event.Started(), now);

    StatusRuntimeException full =
        Details.status(Status.Code.RESOURCE_EXHAUSTED, "full", Details.retryIn(7));
    Action.Wait wait = (Action.Wait) one(core, ended(1, full));

    assertThat(wait.duration()).isBetween(Duration.ofSeconds(7), Duration.ofMillis(7_100));
  }

  @Test
  void shouldGiveTheLastAttemptNoMoreTimeThanThereIs() {
    RetryCore core = core(AfterTimeout.REPEAT, 1);
    core.step(new Event.Started(), now);
    now += Duration.ofSeconds(55).toNanos();
    core.step(ended(1, Status.UNAVAILABLE), now);
    now += Duration.ofMillis(100).toNanos();

    assertThat(one(core, new Event.WaitOver(2)))
        .isEqualTo(new Action.Send(2, Duration.ofMillis(4_900)));
    now += Duration.ofSeconds(9).toNanos();
    Action.Fail fail = (Action.Fail) one(core, ended(2, Status.DEADLINE_EXCEEDED));
    assertThat(fail.why()).hasMessageContaining("(gateway reef:7420, 2 attempts in 64100 ms)");
  }

  @Test
  void shouldSendAtOnceWithNoTimeLeftWhenTheWaitWasOversleptByFar() {
    RetryCore core = core(AfterTimeout.REPEAT, 1);
    core.step(new Event.Started(), now);
    core.step(ended(1, Status.UNAVAILABLE), now);
    now += Duration.ofHours(2).toNanos();

    assertThat(one(core, new Event.WaitOver(2))).isEqualTo(new Action.Send(2, Duration.ZERO));
    assertThat(one(core, ended(2, Status.DEADLINE_EXCEEDED))).isInstanceOf(Action.Fail.class);
  }

  @Test
  void shouldPassOverNewsOfAnAttemptThatIsNotThePresentOne() {
    RetryCore core = core(AfterTimeout.REPEAT, 1);
    core.step(new Event.Started(), now);
    core.step(ended(1, Status.DEADLINE_EXCEEDED), now);

    assertThat(core.step(new Event.Ended(1, Status.OK, null, true), now)).isEmpty();
    assertThat(core.step(new Event.WaitOver(3), now)).isEmpty();
    assertThat(core.step(new Event.Started(), now)).isEmpty();
    core.step(new Event.WaitOver(2), now);
    assertThat(core.step(new Event.WaitOver(2), now)).isEmpty();
    assertThat(core.step(ended(1, Status.UNAVAILABLE), now)).isEmpty();
    assertThat(core.step(new Event.NotSent(1, Status.INTERNAL), now)).isEmpty();
    assertThat(core.attempts()).isEqualTo(2);
  }

  @Test
  void shouldStopWhateverIsUnderWayWhenAbandoned() {
    RetryCore core = core(AfterTimeout.REPEAT, 1);
    core.step(new Event.Started(), now);

    assertThat(one(core, new Event.Abandoned())).isEqualTo(new Action.Stop());
    assertThat(core.step(ended(1, Status.UNAVAILABLE), now)).isEmpty();
    assertThat(core.step(new Event.Abandoned(), now)).isEmpty();
  }

  @Test
  void shouldHoldItsRulesOverManySchedules() {
    int[] ends = new int[3];
    for (int seed = 0; seed < SCHEDULES; seed++) {
      new Schedule(seed).live(ends);
    }
    // each way to end came up often, so that the rules were put to the test
    assertThat(ends[0]).as("answered").isGreaterThan(SCHEDULES / 20);
    assertThat(ends[1]).as("failed").isGreaterThan(SCHEDULES / 20);
    assertThat(ends[2]).as("abandoned").isGreaterThan(SCHEDULES / 20);
  }

  /** One call against a gateway that does as the seed says, with late and repeated news. */
  private static final class Schedule {
    private final SplittableRandom random;
    private final RetryCore core;
    private final AfterTimeout afterTimeout;
    private final ArrayDeque<Action> todo = new ArrayDeque<>();
    private final long start;
    private long now;
    private int sent;
    private int last;

    Schedule(long seed) {
      random = new SplittableRandom(seed);
      afterTimeout = random.nextBoolean() ? AfterTimeout.REPEAT : AfterTimeout.FAIL;
      core = core(afterTimeout, random.nextLong());
      start = random.nextLong();
      now = start;
    }

    void live(int[] ends) {
      give(new Event.Started());
      while (!core.isOver()) {
        Action action = todo.remove();
        if (random.nextInt(4) == 0) {
          stale();
        }
        if (random.nextInt(40) == 0) {
          give(new Event.Abandoned());
        } else if (action instanceof Action.Send send) {
          attempt(send);
        } else if (action instanceof Action.Wait wait) {
          pause(wait);
        }
      }
      end(ends);
    }

    private void attempt(Action.Send send) {
      assertThat(send.attempt()).isEqualTo(++sent).isLessThanOrEqualTo(RETRY.maxAttempts());
      assertThat(send.timeout()).isBetween(Duration.ZERO, CALL_TIMEOUT);
      assertThat(now - start + send.timeout().toNanos())
          .as("no attempt may end after the time to give up, but for an overslept wait")
          .isLessThanOrEqualTo(Math.max(RETRY.giveUpAfter().toNanos(), now - start));
      now += random.nextLong(send.timeout().toNanos() + 1);
      give(answer(send));
    }

    private Event answer(Action.Send send) {
      return switch (random.nextInt(12)) {
        case 0 -> new Event.Ended(send.attempt(), Status.OK, null, true);
        case 1 -> ended(send.attempt(), Status.NOT_FOUND);
        case 2, 3 ->
            ended(
                send.attempt(),
                Details.status(
                    Status.Code.RESOURCE_EXHAUSTED, "full", Details.retryIn(random.nextInt(30))));
        case 4, 5 -> ended(send.attempt(), Status.DEADLINE_EXCEEDED);
        case 6 -> ended(send.attempt(), Status.CANCELLED);
        default -> ended(send.attempt(), Status.UNAVAILABLE);
      };
    }

    private void pause(Action.Wait wait) {
      assertThat(wait.attempt()).isEqualTo(sent + 1);
      assertThat(wait.duration()).isBetween(Duration.ZERO, Duration.ofSeconds(30 + 5));
      assertThat(now - start + wait.duration().toNanos()).isLessThan(RETRY.giveUpAfter().toNanos());
      now += wait.duration().toNanos();
      if (random.nextInt(30) == 0) {
        now += random.nextLong(Duration.ofMinutes(3).toNanos());
      }
      give(new Event.WaitOver(wait.attempt()));
    }

    /** Late and repeated news must change nothing. */
    private void stale() {
      int old = random.nextInt(sent + 1);
      if (old < sent) {
        assertThat(core.step(new Event.Ended(old, Status.OK, null, true), now)).isEmpty();
      }
      assertThat(core.step(new Event.WaitOver(old), now)).isEmpty();
    }

    private void give(Event event) {
      List<Action> actions = core.step(event, now);
      assertThat(actions).as("always exactly one thing to do").hasSize(1);
      todo.addAll(actions);
    }

    private void end(int[] ends) {
      Action action = todo.removeLast();
      assertThat(core.step(new Event.Abandoned(), now)).isEmpty();
      assertThat(core.step(new Event.WaitOver(sent + 1), now)).isEmpty();
      if (action instanceof Action.Succeed) {
        last = 0;
      } else if (action instanceof Action.Fail fail) {
        last = 1;
        checkFailure(fail.why());
      } else {
        assertThat(action).isEqualTo(new Action.Stop());
        last = 2;
      }
      ends[last]++;
    }

    private void checkFailure(MeshException why) {
      boolean isFinal =
          why.code() == Status.Code.NOT_FOUND
              || (why.code() == Status.Code.DEADLINE_EXCEEDED && afterTimeout == AfterTimeout.FAIL);
      if (!isFinal) {
        long spent = now - start;
        long wanted = why.retryAfter().map(Duration::toNanos).orElse(0L);
        assertThat(
                sent == RETRY.maxAttempts()
                    || spent + wanted + RETRY.maxBackoff().toNanos()
                        >= RETRY.giveUpAfter().toNanos())
            .as("gave up early: %s after %d attempts, %d ns", why, sent, spent)
            .isTrue();
        assertThat(why).hasMessageContaining("reef:7420");
      }
    }
  }

  @Test
  void shouldDoTheSameWhenTheSameHappens() {
    assertThat(history(5)).isEqualTo(history(5)).isNotEqualTo(history(6));
  }

  private static List<@Nullable Object> history(long seed) {
    RetryCore core = core(AfterTimeout.REPEAT, seed);
    List<@Nullable Object> all = new java.util.ArrayList<>();
    long at = 0;
    all.addAll(core.step(new Event.Started(), at));
    for (int i = 1; i < 6; i++) {
      List<Action> wait = core.step(ended(i, Status.UNAVAILABLE), at);
      all.addAll(wait);
      at += ((Action.Wait) wait.get(0)).duration().toNanos();
      all.addAll(core.step(new Event.WaitOver(i + 1), at));
    }
    return all;
  }
}
