package io.reefmesh.client;

import com.google.protobuf.ByteString;
import io.reefmesh.v1.AttemptStarted;
import io.reefmesh.v1.Failure;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputGap;
import io.reefmesh.v1.OutputKind;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskState;

/** Task events in a word. */
final class Events {

  private Events() {}

  static TaskEvent state(String cursor, TaskState state) {
    return TaskEvent.newBuilder()
        .setCursor(cursor)
        .setState(Task.newBuilder().setId("task-1").setState(state))
        .build();
  }

  static TaskEvent attempt(String cursor, int number) {
    return TaskEvent.newBuilder()
        .setCursor(cursor)
        .setAttempt(AttemptStarted.newBuilder().setAttempt(number).setNodeId("node-" + number))
        .build();
  }

  static TaskEvent output(String cursor, int attempt, long offset, String text) {
    return TaskEvent.newBuilder()
        .setCursor(cursor)
        .setOutput(
            OutputChunk.newBuilder()
                .setAttempt(attempt)
                .setOffset(offset)
                .setKind(OutputKind.OUTPUT_KIND_STDOUT)
                .setText(text))
        .build();
  }

  static TaskEvent gap(String cursor, String message) {
    return TaskEvent.newBuilder()
        .setCursor(cursor)
        .setGap(OutputGap.newBuilder().setMessage(message))
        .build();
  }

  static TaskEvent succeeded(String cursor, String result) {
    Task task =
        Task.newBuilder()
            .setId("task-1")
            .setState(TaskState.TASK_STATE_SUCCEEDED)
            .setResult(Payload.newBuilder().setData(ByteString.copyFromUtf8(result)))
            .build();
    return finished(cursor, task);
  }

  static TaskEvent ended(String cursor, TaskState state, String code, String message) {
    Task task =
        Task.newBuilder()
            .setId("task-1")
            .setSpec(TaskSpec.newBuilder().setType("ping"))
            .setState(state)
            .setFailure(Failure.newBuilder().setCode(code).setMessage(message))
            .build();
    return finished(cursor, task);
  }

  private static TaskEvent finished(String cursor, Task task) {
    return TaskEvent.newBuilder().setCursor(cursor).setFinished(task).build();
  }
}
