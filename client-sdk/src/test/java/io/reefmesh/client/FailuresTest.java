package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.reefmesh.v1.FleetServiceGrpc;
import io.reefmesh.v1.TaskServiceGrpc;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each status as the caller sees it, most of them over the wire. */
final class FailuresTest {

  private final InProcessMesh mesh = new InProcessMesh();
  private final MeshClient client = mesh.client(mesh.builder().retry(CallRetry.none()));

  @AfterEach
  void close() throws InterruptedException {
    mesh.close();
  }

  @ParameterizedTest
  @CsvSource({
    "INVALID_ARGUMENT, InvalidRequestException",
    "OUT_OF_RANGE, InvalidRequestException",
    "NOT_FOUND, TaskNotFoundException",
    "ALREADY_EXISTS, DuplicateRequestException",
    "RESOURCE_EXHAUSTED, MeshOverloadedException",
    "UNAVAILABLE, MeshUnavailableException",
    "DEADLINE_EXCEEDED, MeshTimeoutException",
    "UNAUTHENTICATED, MeshUnauthenticatedException",
    "PERMISSION_DENIED, MeshException",
    "FAILED_PRECONDITION, MeshException",
    "INTERNAL, MeshException",
    "UNIMPLEMENTED, MeshException",
    "DATA_LOSS, MeshException",
    "ABORTED, MeshException",
    "CANCELLED, MeshException",
    "UNKNOWN, MeshException"
  })
  void shouldThrowWhatTheConditionIsCalledWhenACallFails(Status.Code code, String name) {
    ErrorInfo info =
        ErrorInfo.newBuilder()
            .setDomain("reefmesh")
            .setReason("SOME_REASON")
            .putMetadata("key", "value")
            .build();
    mesh.tasks.getScript.add(
        ScriptedTaskService.fail(Details.status(code, "what happened", info, Details.retryIn(3))));

    MeshException failure = catchThrowableOfType(MeshException.class, () -> client.get("task-1"));

    assertThat(failure.getClass().getSimpleName()).isEqualTo(name);
    assertThat(failure.code()).isEqualTo(code);
    assertThat(failure.reason()).contains("SOME_REASON");
    assertThat(failure.metadata()).containsEntry("key", "value");
    assertThat(failure.retryAfter()).contains(Duration.ofSeconds(3));
    assertThat(failure).hasMessageContainingAll("GetTask", code.name(), "what happened");
    assertThat(failure).hasCauseInstanceOf(StatusRuntimeException.class);
  }

  @Test
  void shouldNameTheFieldsWhenTheTaskIsWrong() {
    BadRequest bad =
        BadRequest.newBuilder()
            .addFieldViolations(violation("spec.priority", "must be 1-10, not 11"))
            .addFieldViolations(violation("spec.type", "must not be empty"))
            .build();
    mesh.tasks.submitScript.add(
        ScriptedTaskService.fail(
            Details.status(Status.Code.INVALID_ARGUMENT, "the task is not valid", bad)));

    Throwable failure = Details.failureOf(client.submit(TaskSpecs.of("")).submitted());

    assertThat(failure)
        .isInstanceOfSatisfying(
            InvalidTaskException.class,
            e ->
                assertThat(e.fieldViolations())
                    .containsExactly(
                        new FieldViolation("spec.priority", "must be 1-10, not 11"),
                        new FieldViolation("spec.type", "must not be empty")))
        .hasMessageContainingAll("spec.priority", "must be 1-10", "spec.type");
  }

  @Test
  void shouldSayNothingMoreWhenTheGatewayGaveNoDetails() {
    mesh.tasks.getScript.add(ScriptedTaskService.fail(Status.PERMISSION_DENIED));

    MeshException failure = catchThrowableOfType(MeshException.class, () -> client.get("task-1"));

    assertThat(failure.reason()).isEmpty();
    assertThat(failure.retryAfter()).isEmpty();
    assertThat(failure.fieldViolations()).isEmpty();
    assertThat(failure.metadata()).isEmpty();
  }

  @Test
  void shouldMissNodesAndNotTasksWhenTheFleetIsAsked() {
    assertThat(Failures.of(FleetServiceGrpc.getGetNodeMethod(), Status.NOT_FOUND, new Metadata()))
        .isInstanceOf(NodeNotFoundException.class);
  }

  @Test
  void shouldStillTellTheStatusWhenItsDetailsAreGarbage() {
    com.google.rpc.Status rich =
        com.google.rpc.Status.newBuilder()
            .setCode(Status.Code.INVALID_ARGUMENT.value())
            .addDetails(
                Any.newBuilder()
                    .setTypeUrl("type.googleapis.com/google.rpc.BadRequest")
                    .setValue(ByteString.copyFrom(new byte[] {(byte) 0xff, 1, 2})))
            .build();
    StatusRuntimeException garbage = StatusProto.toStatusRuntimeException(rich);

    MeshException failure =
        Failures.of(
            TaskServiceGrpc.getSubmitTaskMethod(), garbage.getStatus(), garbage.getTrailers());

    assertThat(failure).isInstanceOf(InvalidTaskException.class);
    assertThat(failure.fieldViolations()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"UNAVAILABLE", "RESOURCE_EXHAUSTED"})
  void shouldLimitTheWaitWhenTheGatewayAsksForAges(Status.Code code) {
    StatusRuntimeException ages = Details.status(code, "later", Details.retryIn(999_999_999));

    MeshException failure =
        Failures.of(TaskServiceGrpc.getGetTaskMethod(), ages.getStatus(), ages.getTrailers());

    assertThat(failure.retryAfter()).contains(Duration.ofDays(1));
  }

  @Test
  void shouldIgnoreAWaitWhenItIsNegative() {
    StatusRuntimeException past =
        Details.status(Status.Code.UNAVAILABLE, "earlier", Details.retryIn(-5));

    assertThat(
            Failures.of(TaskServiceGrpc.getGetTaskMethod(), past.getStatus(), past.getTrailers())
                .retryAfter())
        .isEmpty();
  }

  private static BadRequest.FieldViolation violation(String field, String description) {
    return BadRequest.FieldViolation.newBuilder()
        .setField(field)
        .setDescription(description)
        .build();
  }
}
