package io.reefmesh.client;

import static io.reefmesh.client.Events.attempt;
import static io.reefmesh.client.Events.gap;
import static io.reefmesh.client.Events.output;
import static io.reefmesh.client.Events.state;
import static io.reefmesh.client.Events.succeeded;
import static io.reefmesh.v1.TaskState.TASK_STATE_RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.reefmesh.client.WatchCore.Action;
import io.reefmesh.client.WatchCore.Event;
import io.reefmesh.v1.TaskEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of a watch, decision by decision and over many seeded histories. */
final class WatchCoreTest {

  private static final int SCHEDULES = 10_000;
  private static final Duration FOLLOW_FOR = Duration.ofMinutes(2);

  private final WatchCore core = core("", 1);
  private long now;

  private static WatchCore core(String cursor, long seed) {
    return new WatchCore(
        "task-1",
        cursor,
        CallRetry.standard(),
        FOLLOW_FOR,
        "reef:7420",
        new SplittableRandom(seed));
  }

  private List<Action> step(Event event) {
    return core.step(event, now);
  }

  private static MeshException closed() {
    return Failures.closed();
  }

  @Test
  void shouldAskForTheNextMessageOnlyWhenTheLastWasHeard() {
    step(new Event.Started());

    assertThat(step(new Event.Received(1, state("c1", TASK_STATE_RUNNING))))
        .containsExactly(new Action.Deliver(state("c1", TASK_STATE_RUNNING)));
    assertThat(core.cursor()).isEmpty();
    assertThat(step(new Event.Delivered(1))).containsExactly(new Action.Ask(1));
    assertThat(core.cursor()).isEqualTo("c1");
  }

  @Test
  void shouldNotGoOnFromWhatTheListenerNeverHeard() {
    // given: a message that was still with the listener when the stream broke
    step(new Event.Started());
    step(new Event.Received(1, output("c1", 1, 0, "a")));
    step(new Event.Delivered(1));
    step(new Event.Received(1, output("c2", 1, 1, "b")));

    // when
    step(new Event.Ended(1, Status.UNAVAILABLE, null));
    Action.Open again = (Action.Open) step(new Event.WaitOver()).get(0);

    // then
    assertThat(again.stream()).isEqualTo(2);
    assertThat(again.request().getCursor()).isEqualTo("c1");
  }

  @Test
  void shouldFinishOnceAndLingerUntilTheStreamEnds() {
    step(new Event.Started());
    TaskEvent last = succeeded("c1", "ok");

    assertThat(step(new Event.Received(1, last))).containsExactly(new Action.Deliver(last));
    assertThat(step(new Event.Delivered(1)))
        .containsExactly(
            new Action.Wait(Duration.ofSeconds(5)),
            new Action.Finish(last.getFinished()),
            new Action.Ask(1));
    assertThat(step(new Event.Received(1, last))).isEmpty();
    assertThat(step(new Event.WaitOver())).containsExactly(new Action.Cancel(1));
    assertThat(step(new Event.Ended(1, Status.CANCELLED, null)))
        .containsExactly(new Action.StopWaiting(), new Action.Release());
    assertThat(step(new Event.Left(closed()))).isEmpty();
  }

  @Test
  void shouldHearNothingAfterTheOutcomeWhenTheClientClosesMeanwhile() {
    // given: the listener hears the outcome at this very moment
    step(new Event.Started());
    step(new Event.Received(1, succeeded("c1", "ok")));

    // when
    MeshException why = closed();
    List<Action> actions = step(new Event.Left(why));

    // then: nobody waits for the listener, and onFinished stays its last call
    assertThat(actions)
        .containsExactly(new Action.Release(), new Action.Abandon(why), new Action.Cancel(1));
    assertThat(step(new Event.Delivered(1))).isEmpty();
    assertThat(step(new Event.Ended(1, Status.CANCELLED, null))).isEmpty();
  }

  @Test
  void shouldTellWhyAfterTheStreamEndedWhenTheClientCloses() {
    step(new Event.Started());
    MeshException why = closed();

    assertThat(step(new Event.Left(why)))
        .containsExactly(new Action.Release(), new Action.Abandon(why), new Action.Cancel(1));
    assertThat(step(new Event.Received(1, state("c1", TASK_STATE_RUNNING)))).isEmpty();
    assertThat(step(new Event.Ended(1, Status.CANCELLED, null)))
        .containsExactly(new Action.Break(why));
  }

  @Test
  void shouldTellNothingWhenItsOwnerClosedIt() {
    step(new Event.Started());

    step(new Event.Left(null));

    assertThat(step(new Event.Ended(1, Status.CANCELLED, null))).isEmpty();
  }

  @Test
  void shouldStopWaitingWhenLeftDuringTheBackOff() {
    step(new Event.Started());
    step(new Event.Ended(1, Status.UNAVAILABLE, null));
    MeshException why = closed();

    assertThat(step(new Event.Left(why)))
        .containsExactly(
            new Action.StopWaiting(),
            new Action.Release(),
            new Action.Abandon(why),
            new Action.Break(why));
    assertThat(step(new Event.WaitOver())).isEmpty();
  }

  @Test
  void shouldEndWhenAStreamCannotBeOpened() {
    step(new Event.Started());

    List<Action> actions = step(new Event.NotOpened(1, Status.INTERNAL));

    assertThat(actions).hasSize(3);
    assertThat(actions.get(2)).isInstanceOf(Action.Break.class);
    assertThat(core.isOver()).isTrue();
  }

  @Test
  void shouldPassOverNewsOfAnEarlierStream() {
    step(new Event.Started());
    step(new Event.Ended(1, Status.UNAVAILABLE, null));
    step(new Event.WaitOver());

    assertThat(step(new Event.Received(1, state("c1", TASK_STATE_RUNNING)))).isEmpty();
    assertThat(step(new Event.Delivered(1))).isEmpty();
    assertThat(step(new Event.Ended(1, Status.NOT_FOUND, null))).isEmpty();
    assertThat(step(new Event.NotOpened(1, Status.INTERNAL))).isEmpty();
    assertThat(core.cursor()).isEmpty();
  }

  @Test
  void shouldHoldItsRulesOverManySchedules() {
    int finished = 0;
    int restarts = 0;
    for (int seed = 0; seed < SCHEDULES; seed++) {
      Schedule schedule = new Schedule(seed);
      schedule.live();
      finished += schedule.outcomes;
      restarts += schedule.epoch;
    }
    assertThat(finished).as("watches that came to their outcome").isGreaterThan(SCHEDULES * 8 / 10);
    assertThat(restarts).as("restarts of the gateway").isGreaterThan(SCHEDULES / 2);
  }

  /**
   * One watch of one task. The gateway keeps what happened in order; it is cut off, restarts and
   * forgets output, repeats itself, and says a gap whenever it sends less than there was.
   */
  private static final class Schedule {
    private static final int ATTEMPTS = 3;

    private final SplittableRandom random;
    private final WatchCore core;
    private final List<TaskEvent> log = new ArrayList<>();
    private final List<Action> todo = new ArrayList<>();
    private long now;
    private int open;
    private int asked;
    private int waits;
    private int position;
    int epoch;
    int outcomes;
    private int broken;
    private int heardAttempt;
    private long heardOffset;
    private boolean gapHeard;

    Schedule(long seed) {
      random = new SplittableRandom(seed);
      core = core("", random.nextLong());
      for (int a = 1; a <= ATTEMPTS; a++) {
        log.add(attempt("", a));
        int pieces = random.nextInt(5);
        for (int p = 0; p < pieces; p++) {
          log.add(output("", a, p * 3L, "abc"));
        }
      }
      log.add(succeeded("", "ok"));
    }

    void live() {
      give(new Event.Started());
      for (int i = 0; i < 400 && !isDone(); i++) {
        if (!todo.isEmpty()) {
          perform(todo.remove(0));
        } else if (open > 0) {
          stream();
        } else {
          assertThat(waits).as("without a stream it waits for one").isOne();
          waits--;
          now += Duration.ofMillis(random.nextInt(3_000)).toNanos();
          give(new Event.WaitOver());
        }
        assertThat(waits + (open > 0 ? 1 : 0)).as("one thing is under way").isLessThan(3);
      }
      assertThat(outcomes + broken).as("it ends, once").isLessThanOrEqualTo(1);
    }

    private boolean isDone() {
      return core.isOver() && open == 0 && todo.isEmpty();
    }

    /** The gateway's turn. */
    private void stream() {
      int kind = random.nextInt(10);
      if (kind == 0) {
        end(Status.UNAVAILABLE);
      } else if (kind == 1) {
        epoch++;
        end(Status.CANCELLED);
      } else if (kind == 2 && random.nextInt(40) == 0) {
        give(new Event.Left(random.nextBoolean() ? null : closed()));
      } else if (asked > 0 && position < log.size()) {
        asked--;
        send(position++);
      } else if (position >= log.size()) {
        end(Status.OK);
      }
    }

    private void end(Status status) {
      int ended = open;
      open = 0;
      asked = 0;
      give(new Event.Ended(ended, status, null));
    }

    private void send(int index) {
      TaskEvent event = log.get(index).toBuilder().setCursor(epoch + "." + (index + 1)).build();
      give(new Event.Received(open, event));
    }

    private void perform(Action action) {
      if (action instanceof Action.Open opening) {
        assertThat(open).as("never two streams").isZero();
        open = opening.stream();
        asked = 1;
        begin(opening.request().getCursor());
      } else if (action instanceof Action.Ask) {
        asked++;
        assertThat(asked).as("one message at a time").isOne();
      } else if (action instanceof Action.Wait) {
        waits++;
      } else if (action instanceof Action.StopWaiting) {
        waits = 0;
      } else if (action instanceof Action.Cancel cancel) {
        assertThat(cancel.stream()).isEqualTo(open);
        end(Status.CANCELLED.withCause(new IllegalStateException("by its owner")));
      } else if (action instanceof Action.Finish) {
        outcomes++;
      } else if (action instanceof Action.Abandon) {
        broken++;
      }
    }

    /** The gateway reads the cursor; one of an earlier life says a gap, and what is kept. */
    private void begin(String cursor) {
      int dot = cursor.indexOf('.');
      if (dot > 0 && Integer.parseInt(cursor.substring(0, dot)) == epoch) {
        position = Integer.parseInt(cursor.substring(dot + 1));
        return;
      }
      position = random.nextInt(log.size());
      if (!cursor.isEmpty() || position > 0) {
        asked--;
        give(new Event.Received(open, gap(epoch + "." + position, "not kept")));
      }
    }

    private void give(Event event) {
      List<Action> actions = core.step(event, now);
      boolean delivered = false;
      for (Action action : actions) {
        if (action instanceof Action.Deliver deliver) {
          hear(deliver.event());
          delivered = true;
        } else {
          todo.add(action);
        }
      }
      if (event instanceof Event.Received received && (delivered || !core.isOver())) {
        todo.addAll(core.step(new Event.Delivered(received.stream()), now));
      }
    }

    /** The rules of a listener: in order, no repeat, no unannounced hole, nothing void. */
    private void hear(TaskEvent event) {
      assertThat(outcomes).as("nothing after the outcome").isZero();
      if (event.hasAttempt()) {
        assertThat(event.getAttempt().getAttempt()).isGreaterThan(heardAttempt);
        heardAttempt = event.getAttempt().getAttempt();
        heardOffset = 0;
        gapHeard = false;
      } else if (event.hasGap()) {
        gapHeard = true;
      } else if (event.hasOutput()) {
        hearOutput(event);
      }
    }

    private void hearOutput(TaskEvent event) {
      int of = event.getOutput().getAttempt();
      if (of != heardAttempt) {
        assertThat(heardAttempt).as("a higher attempt is announced").isZero();
        heardAttempt = of;
      }
      long offset = event.getOutput().getOffset();
      assertThat(offset).as("no repeat").isGreaterThanOrEqualTo(heardOffset);
      assertThat(offset == heardOffset || gapHeard).as("no silent hole").isTrue();
      heardOffset = offset + 3;
      gapHeard = false;
    }
  }

  @Test
  void shouldCountTheTimeAwayAnewWhenThereWasAMessageInBetween() {
    step(new Event.Started());
    step(new Event.Ended(1, Status.UNAVAILABLE, null));
    step(new Event.WaitOver());
    step(new Event.Received(2, state("c1", TASK_STATE_RUNNING)));
    step(new Event.Delivered(2));
    now += Duration.ofHours(3).toNanos();

    List<Action> actions = step(new Event.Ended(2, Status.UNAVAILABLE, null));

    assertThat(actions).hasSize(1);
    assertThat(actions.get(0)).isInstanceOf(Action.Wait.class);
  }

  @Test
  void shouldGiveUpOnlyWhenTheGatewayStayedAwayForTooLong() {
    step(new Event.Started());
    @Nullable Action last = null;
    for (int stream = 1; stream < 1_000 && !core.isOver(); stream++) {
      assertThat(now).isLessThanOrEqualTo(FOLLOW_FOR.plusSeconds(6).toNanos());
      List<Action> actions = step(new Event.Ended(stream, Status.UNAVAILABLE, null));
      last = actions.get(actions.size() - 1);
      if (last instanceof Action.Wait wait) {
        assertThat(wait.duration()).isLessThanOrEqualTo(Duration.ofSeconds(5));
        now += wait.duration().toNanos();
        step(new Event.WaitOver());
      }
    }
    assertThat(last).isInstanceOf(Action.Abandon.class);
    assertThat(Duration.ofNanos(now)).isGreaterThanOrEqualTo(FOLLOW_FOR);
  }
}
