package io.reefmesh.bench.mesh;

import io.reefmesh.bench.load.Operation;
import io.reefmesh.bench.load.Outcome;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/** One task after the other, over several drivers in turn. */
public final class TaskOperation implements Operation {

  /** Which moment of a task's life ends the operation. */
  public enum Until {
    /** The submission is durable. */
    ACCEPTED,
    /** Its handler began, which its result says. */
    HANDLER_START,
    /** The caller has its result. */
    RESULT
  }

  private final List<? extends TaskDriver> drivers;
  private final TaskSpec spec;
  private final Until until;
  private final AtomicLong turn = new AtomicLong();

  /** The same task again and again. */
  public TaskOperation(List<? extends TaskDriver> drivers, TaskSpec spec, Until until) {
    this.drivers = List.copyOf(drivers);
    this.spec = spec;
    this.until = until;
  }

  @Override
  public void start(long intendedNanos, Outcome outcome) {
    int next = (int) (turn.getAndIncrement() % drivers.size());
    drivers.get(next).submit(spec, new Fate(outcome));
  }

  private final class Fate implements TaskFate {
    private final Outcome outcome;

    Fate(Outcome outcome) {
      this.outcome = outcome;
    }

    @Override
    public void accepted(String taskId) {
      if (until == Until.ACCEPTED) {
        outcome.done(System.nanoTime());
      }
    }

    @Override
    public void ended(Task task) {
      if (until == Until.ACCEPTED) {
        return;
      }
      if (task.getState() != TaskState.TASK_STATE_SUCCEEDED) {
        outcome.failed("task " + task.getId() + " " + task.getState() + " " + task.getFailure());
        return;
      }
      if (until == Until.RESULT) {
        outcome.done(System.nanoTime());
        return;
      }
      OptionalLong started = Stamps.read(task.getResult().getData());
      if (started.isPresent()) {
        outcome.done(started.getAsLong());
      } else {
        outcome.failed("the result of task " + task.getId() + " does not say when it began");
      }
    }

    @Override
    public void refused(int code, boolean typed, String why) {
      outcome.failed(why);
    }
  }
}
