package io.reefmesh.simulation;

import io.reefmesh.balancer.TaskId;
import io.reefmesh.gateway.watch.Cursor;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.AttemptOutcome;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskState;
import java.util.function.ToLongFunction;

/**
 * What one follower of a task has been told, and whether it may be told the next thing: in order,
 * nothing twice, nothing left out without a gap, no output of an attempt that was not announced,
 * one outcome at the end. It knows nothing of how that is done.
 */
final class FollowerCheck {

  private static final long ANYWHERE = -1;
  private static final long NO_EPOCH = -1;

  private final TaskId id;
  private final ToLongFunction<Promises.Ref> written;

  /** Whether it hears the gateway itself; else what the client makes of it. */
  private final boolean onTheWire;

  private long epoch = NO_EPOCH;
  private boolean epochChanged;
  private int attempt;
  private long expected;
  private boolean gap;
  private int rank;
  private boolean wroteOnStream;
  private boolean finished;

  FollowerCheck(TaskId id, ToLongFunction<Promises.Ref> written, boolean onTheWire) {
    this.id = id;
    this.written = written;
    this.onTheWire = onTheWire;
  }

  FollowerCheck copy() {
    FollowerCheck copy = new FollowerCheck(id, written, onTheWire);
    copy.epoch = epoch;
    copy.epochChanged = epochChanged;
    copy.attempt = attempt;
    copy.expected = expected;
    copy.gap = gap;
    copy.rank = rank;
    copy.finished = finished;
    return copy;
  }

  boolean isOnTheWire() {
    return onTheWire;
  }

  boolean isFinished() {
    return finished;
  }

  /** Another stream begins. */
  void opened() {
    wroteOnStream = false;
  }

  void told(TaskEvent event) {
    require(!finished, "something after the outcome", event.getEventCase());
    if (onTheWire) {
      read(event.getCursor());
    }
    switch (event.getEventCase()) {
      case STATE -> state(event.getState());
      case ATTEMPT -> attempt(event.getAttempt().getAttempt());
      case OUTPUT -> output(event.getOutput());
      case GAP -> {
        gap = true;
        if (epochChanged) {
          expected = ANYWHERE;
          epochChanged = false;
        }
      }
      case FINISHED -> finished(event.getFinished());
      case EVENT_NOT_SET -> throw new Violation("I11 an event that says nothing");
    }
  }

  private void read(String text) {
    Cursor cursor =
        Cursor.parse(text).orElseThrow(() -> new Violation("I11 no cursor: \"" + text + "\""));
    if (cursor.epoch() != epoch) {
      require(cursor.epoch() > epoch, "a cursor of an earlier life", text);
      epochChanged = epoch != NO_EPOCH;
      epoch = cursor.epoch();
      rank = 0;
    }
  }

  /** States of one life of the gateway never go back. */
  private void state(Task task) {
    int pushes = task.getAttemptsCount();
    int last = pushes == 0 ? 0 : task.getAttempts(pushes - 1).getNumber();
    int stage = task.getState() == TaskState.TASK_STATE_QUEUED ? 2 : 0;
    int now = 3 * last + (task.getState() == TaskState.TASK_STATE_RUNNING ? 1 : stage);
    if (onTheWire) {
      require(now >= rank, "an older state after a newer one", task.getState());
      rank = now;
    }
  }

  private void attempt(int number) {
    boolean isRepeat = number == attempt && onTheWire && !wroteOnStream;
    require(number > attempt || isRepeat, "an attempt was announced late", number);
    if (number > attempt) {
      attempt = number;
      expected = 0;
      gap = false;
      epochChanged = false;
    }
  }

  private void output(OutputChunk chunk) {
    String what = chunk.getAttempt() + " at " + chunk.getOffset();
    require(chunk.getAttempt() == attempt, "output of an attempt that is not announced", what);
    require(!epochChanged, "output after a restart that no gap was told of", what);
    wroteOnStream = true;
    if (expected != ANYWHERE) {
      require(chunk.getOffset() >= expected, "output was repeated", what);
      require(chunk.getOffset() == expected || gap, "output is missing without a gap", what);
    }
    expected = chunk.getOffset() + chunk.getData().size() + chunk.getTextBytes().size();
    gap = false;
  }

  private void finished(Task task) {
    finished = true;
    int pushes = task.getAttemptsCount();
    if (task.getState() != TaskState.TASK_STATE_SUCCEEDED || pushes == 0) {
      return;
    }
    Attempt last = task.getAttempts(pushes - 1);
    long all = written.applyAsLong(new Promises.Ref(id, last.getNumber()));
    if (last.getOutcome() == AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED && all > 0 && !gap) {
      require(
          last.getNumber() == attempt && expected == all,
          "the end of the output is missing without a gap",
          last.getNumber() + " of " + all + " bytes, heard " + attempt + " up to " + expected);
    }
  }

  private void require(boolean holds, String rule, Object what) {
    if (!holds) {
      String where = onTheWire ? "on the wire, " : "at the listener, ";
      throw new Violation("I11 " + rule + ": " + where + "task " + id + ", " + what);
    }
  }
}
