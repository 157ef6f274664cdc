package io.reefmesh.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import com.google.protobuf.util.Timestamps;
import io.reefmesh.balancer.AttemptOutcome;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Failure;
import io.reefmesh.balancer.Requirement;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.balancer.WaitReason;
import io.reefmesh.gateway.store.ResultBody;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.Usage;
import io.reefmesh.v1.WaitCause;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TaskRendererTest {

  private static final long CREATED = 1_780_000_000_000L;
  private static final TaskId ID = TaskId.of(CREATED, 7, 3);
  private static final TaskId OLDER = TaskId.of(CREATED - 5, 7, 3);
  private static final TaskSpec SPEC =
      TaskSpec.newBuilder().setType("ping").setPriority(5).putLabels("a", "b").build();
  private static final ByteString ASKED = ByteString.copyFromUtf8("{\"n\":1}");
  private static final TaskBody BODY = new TaskBody(SPEC, "application/json", ASKED, OLDER);
  private static final AttemptRecord FIRST =
      new AttemptRecord(
          1,
          "n-1",
          "00000000000000aa",
          CREATED + 10,
          CREATED + 20,
          CREATED + 30,
          AttemptOutcome.LOST,
          new Failure(Failure.NODE_LOST, "node n-1 went away", true, 0));

  private static final PayloadForm AUTO = PayloadForm.PAYLOAD_FORM_AUTO;

  @Test
  void shouldShowHistoryAndTheCurrentAttemptWhenATaskRuns() {
    Task task =
        TaskRenderer.render(
            running(ImmutableList.of(FIRST)),
            CREATED + 60,
            AUTO,
            TaskRenderer.Detail.WITHOUT_RESULT);

    assertThat(task.getId()).isEqualTo(ID.toString());
    assertThat(task.getProject()).isEqualTo("p");
    assertThat(task.getRequestId()).isEqualTo("r-1");
    assertThat(task.getRetryOf()).isEqualTo(OLDER.toString());
    assertThat(task.getState()).isEqualTo(io.reefmesh.v1.TaskState.TASK_STATE_RUNNING);
    assertThat(task.getCreateTime()).isEqualTo(Timestamps.fromMillis(CREATED));
    assertThat(task.getAssignTime()).isEqualTo(Timestamps.fromMillis(CREATED + 40));
    assertThat(task.getStartTime()).isEqualTo(Timestamps.fromMillis(CREATED + 50));
    assertThat(task.getFirstOutputTime()).isEqualTo(Timestamps.fromMillis(CREATED + 60));
    assertThat(task.hasFinishTime()).isFalse();
    assertThat(task.hasWaitReason()).isFalse();
    assertThat(task.getAttemptsList()).hasSize(2);
    assertThat(task.getAttempts(0).getOutcome())
        .isEqualTo(io.reefmesh.v1.AttemptOutcome.ATTEMPT_OUTCOME_LOST);
    assertThat(task.getAttempts(0).getCharged()).isTrue();
    assertThat(task.getAttempts(1))
        .isEqualTo(
            Attempt.newBuilder()
                .setNumber(2)
                .setNodeId("n-2")
                .setIncarnation("00000000000000bb")
                .setAssignTime(Timestamps.fromMillis(CREATED + 40))
                .setStartTime(Timestamps.fromMillis(CREATED + 50))
                .build());
    assertThat(task.getSpec().getPayload().getJson().getStructValue().getFieldsMap())
        .containsOnlyKeys("n");
  }

  @Test
  void shouldSayWhyItWaitsWhenATaskIsQueued() {
    TaskView queued =
        new TaskView(
            ID,
            terms(),
            new TaskBody(SPEC, "text/plain", ASKED, null),
            null,
            TaskState.QUEUED,
            new WaitReason(WaitReason.Cause.BACKOFF, "waits after a failure", CREATED + 99, null),
            1,
            "n-1",
            "00000000000000aa",
            CREATED + 10,
            CREATED + 20,
            0,
            null,
            null,
            ImmutableList.of(FIRST));

    Task task = TaskRenderer.render(queued, 0, AUTO, TaskRenderer.Detail.FULL);

    assertThat(task.getWaitReason().getCause()).isEqualTo(WaitCause.WAIT_CAUSE_BACKOFF);
    assertThat(task.getWaitReason().getUntil()).isEqualTo(Timestamps.fromMillis(CREATED + 99));
    assertThat(task.getAttemptsList()).hasSize(1);
    assertThat(task.getAssignTime()).isEqualTo(Timestamps.fromMillis(CREATED + 10));
    assertThat(task.getRequestId()).isEmpty();
    assertThat(task.getRetryOf()).isEmpty();
    assertThat(task.hasFirstOutputTime()).isFalse();
  }

  @Test
  void shouldGiveAsMuchOfThePayloadsAsAskedWhenATaskSucceeded() {
    TaskView ended = succeeded(new ResultBody("text/plain", ByteString.copyFromUtf8("ok"), USAGE));

    Task full =
        TaskRenderer.render(ended, 0, PayloadForm.PAYLOAD_FORM_DATA, TaskRenderer.Detail.FULL);
    Task event = TaskRenderer.render(ended, 0, AUTO, TaskRenderer.Detail.WITHOUT_RESULT);
    Task bare = TaskRenderer.render(ended, 0, AUTO, TaskRenderer.Detail.BARE);

    assertThat(full.getResult())
        .isEqualTo(
            Payload.newBuilder()
                .setContentType("text/plain")
                .setData(ByteString.copyFromUtf8("ok"))
                .build());
    assertThat(full.getSpec().getPayload().getData()).isEqualTo(ASKED);
    assertThat(full.getUsage()).isEqualTo(USAGE);
    assertThat(full.getFinishTime()).isEqualTo(Timestamps.fromMillis(CREATED + 70));
    assertThat(event.hasResult()).isFalse();
    assertThat(event.getSpec().hasPayload()).isTrue();
    assertThat(bare.hasResult()).isFalse();
    assertThat(bare.getSpec()).isEqualTo(SPEC);
  }

  @Test
  void shouldShowTheSameFromTheStoreWhenATaskHasEnded() {
    ResultBody result = new ResultBody("text/plain", ByteString.copyFromUtf8("ok"), USAGE);
    TaskView live = succeeded(result);
    StoredTask stored =
        new StoredTask(
            ID,
            "p",
            "ping",
            null,
            "r-1",
            "00",
            BODY,
            TaskState.SUCCEEDED,
            2,
            "n-2",
            null,
            0,
            CREATED,
            0,
            live.history(),
            CREATED + 70,
            null,
            result);

    assertThat(TaskRenderer.render(stored, AUTO, TaskRenderer.Detail.FULL))
        .isEqualTo(TaskRenderer.render(live, 0, AUTO, TaskRenderer.Detail.FULL));
  }

  @Test
  void shouldShowTheAttemptUnderWayWhenAStoredTaskIsAssigned() {
    StoredTask stored =
        new StoredTask(
            ID,
            "p",
            "ping",
            null,
            null,
            null,
            BODY,
            TaskState.ASSIGNED,
            2,
            "n-2",
            "00000000000000bb",
            CREATED + 40,
            CREATED,
            0,
            ImmutableList.of(FIRST),
            0,
            null,
            null);

    Task task = TaskRenderer.render(stored, AUTO, TaskRenderer.Detail.BARE);

    assertThat(task.getState()).isEqualTo(io.reefmesh.v1.TaskState.TASK_STATE_ASSIGNED);
    assertThat(task.getAttempts(1).getNodeId()).isEqualTo("n-2");
    assertThat(task.getAssignTime()).isEqualTo(Timestamps.fromMillis(CREATED + 40));
    assertThat(task.hasStartTime()).isFalse();
  }

  @Test
  void shouldTellTheFailureWhenATaskFailed() {
    TaskView failed =
        new TaskView(
            ID,
            terms(),
            BODY,
            "r-1",
            TaskState.FAILED,
            null,
            1,
            "n-1",
            "00000000000000aa",
            CREATED + 10,
            CREATED + 20,
            CREATED + 30,
            new Failure("HANDLER_ERROR", "it broke", false, 0),
            new ResultBody(null, null, USAGE),
            ImmutableList.of(FIRST));

    Task task = TaskRenderer.render(failed, 0, AUTO, TaskRenderer.Detail.FULL);

    assertThat(task.getFailure().getCode()).isEqualTo("HANDLER_ERROR");
    assertThat(task.hasResult()).isFalse();
    assertThat(task.getUsage()).isEqualTo(USAGE);
  }

  @Test
  void shouldKeepOnlyTheLastUnchargedAttemptsWhenThereAreMany() {
    List<AttemptRecord> history = new ArrayList<>();
    for (int number = 1; number <= 50; number++) {
      AttemptOutcome outcome = number % 10 == 1 ? AttemptOutcome.FAILED : AttemptOutcome.REFUSED;
      history.add(new AttemptRecord(number, "n", "00", CREATED, 0, CREATED, outcome, null));
    }

    Task task =
        TaskRenderer.render(
            running(ImmutableList.copyOf(history)), 0, AUTO, TaskRenderer.Detail.BARE);

    List<Integer> numbers = task.getAttemptsList().stream().map(Attempt::getNumber).toList();
    assertThat(numbers).hasSize(5 + 32 + 1).startsWith(1, 11, 16, 17).endsWith(49, 50, 2);
  }

  private static final Usage USAGE = Usage.newBuilder().setInputTokens(3).build();

  private static TaskView running(ImmutableList<AttemptRecord> history) {
    return new TaskView(
        ID,
        terms(),
        BODY,
        "r-1",
        TaskState.RUNNING,
        null,
        2,
        "n-2",
        "00000000000000bb",
        CREATED + 40,
        CREATED + 50,
        0,
        null,
        null,
        history);
  }

  private static TaskView succeeded(ResultBody result) {
    AttemptRecord last =
        new AttemptRecord(
            2,
            "n-2",
            "00000000000000bb",
            CREATED + 40,
            CREATED + 50,
            CREATED + 70,
            AttemptOutcome.SUCCEEDED,
            null);
    return new TaskView(
        ID,
        terms(),
        BODY,
        "r-1",
        TaskState.SUCCEEDED,
        null,
        2,
        "n-2",
        "00000000000000bb",
        CREATED + 40,
        CREATED + 50,
        CREATED + 70,
        null,
        result,
        ImmutableList.of(FIRST, last));
  }

  private static TaskTerms terms() {
    return new TaskTerms(
        "p",
        Requirement.of("ping"),
        5,
        null,
        null,
        false,
        1,
        1,
        1,
        0,
        TaskTerms.Retry.DEFAULT,
        0,
        0);
  }
}
