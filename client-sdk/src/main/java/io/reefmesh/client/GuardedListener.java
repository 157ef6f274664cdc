package io.reefmesh.client;

import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputGap;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Keeps what a listener throws away from the stream: the outcome must arrive all the same. */
final class GuardedListener implements TaskListener {

  private static final Logger LOG = LoggerFactory.getLogger(TaskListener.class);

  private final String taskId;
  private final TaskListener listener;
  private boolean complained;

  GuardedListener(String taskId, TaskListener listener) {
    this.taskId = taskId;
    this.listener = listener;
  }

  /** Calls the method that the event is for. */
  void hear(TaskEvent event) {
    onEvent(event);
    switch (event.getEventCase()) {
      case STATE -> onState(event.getState());
      case ATTEMPT -> onAttempt(event.getAttempt());
      case OUTPUT -> onOutput(event.getOutput());
      case GAP -> onGap(event.getGap());
      case FINISHED -> onFinished(event.getFinished());
      case EVENT_NOT_SET -> {}
    }
  }

  @Override
  public void onEvent(TaskEvent event) {
    guard(() -> listener.onEvent(event));
  }

  @Override
  public void onState(Task task) {
    guard(() -> listener.onState(task));
  }

  @Override
  public void onAttempt(AttemptStarted attempt) {
    guard(() -> listener.onAttempt(attempt));
  }

  @Override
  public void onOutput(OutputChunk chunk) {
    guard(() -> listener.onOutput(chunk));
  }

  @Override
  public void onGap(OutputGap gap) {
    guard(() -> listener.onGap(gap));
  }

  @Override
  public void onFinished(Task task) {
    guard(() -> listener.onFinished(task));
  }

  @Override
  public void onBroken(MeshException why) {
    guard(() -> listener.onBroken(why));
  }

  /** Logs the first failure only: a listener that fails once tends to fail on every piece. */
  private void guard(Runnable call) {
    try {
      call.run();
    } catch (RuntimeException e) {
      if (!complained) {
        complained = true;
        LOG.warn("The listener of task {} threw; the watch goes on without complaint", taskId, e);
      }
    }
  }
}
