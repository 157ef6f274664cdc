package io.reefmesh.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import io.reefmesh.v1.FleetServiceGrpc;
import io.reefmesh.v1.SubmissionRefusal;
import io.reefmesh.v1.TaskServiceGrpc;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The one place where a gRPC status becomes an exception of this SDK. */
final class Failures {

  /** What gRPC's transport says when it has lost track of why its connection closed. */
  private static final String CHANNEL_CLOSED = "channel closed";

  /** Longer waits than this are not asked for in earnest. */
  private static final long MAX_RETRY_AFTER_SECONDS = Duration.ofDays(1).toSeconds();

  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private Failures() {}

  /** The exception for a call that ended with a status other than OK. */
  static MeshException of(
      MethodDescriptor<?, ?> method, Status status, @Nullable Metadata trailers) {
    List<Any> all = details(status, trailers);
    Optional<ErrorInfo> info = find(all, ErrorInfo.class);
    List<FieldViolation> violations =
        find(all, BadRequest.class).map(Failures::violations).orElse(List.of());
    FailureDetails details =
        new FailureDetails(
            status.getCode(),
            message(method, status, violations),
            info.map(ErrorInfo::getReason).orElse(null),
            info.map(ErrorInfo::getMetadataMap).orElse(Map.of()),
            violations,
            find(all, RetryInfo.class).map(Failures::retryAfter).orElse(null),
            status.asRuntimeException(trailers));
    return typed(method, details);
  }

  /**
   * Whether it was the transport that ended a call, and not an answer of the gateway: a gateway
   * that goes away cancels its calls without a word, and a connection that breaks in the moment in
   * which a call begins is told as unknown.
   */
  static boolean isOfTransport(Status status, @Nullable Metadata trailers) {
    boolean detailed = trailers != null && trailers.containsKey(DETAILS);
    return switch (status.getCode()) {
      case CANCELLED -> !detailed;
      case UNKNOWN -> !detailed && CHANNEL_CLOSED.equals(status.getDescription());
      default -> false;
    };
  }

  /** The details that came with a status; none if they belong to another one. */
  private static List<Any> details(Status status, @Nullable Metadata trailers) {
    try {
      return StatusProto.fromStatusAndTrailers(status, trailers).getDetailsList();
    } catch (IllegalArgumentException e) {
      // Something in between changed the status: what it says counts.
      return List.of();
    }
  }

  /** The same failure with a text that says more. */
  static MeshException retold(MethodDescriptor<?, ?> method, MeshException failure, String text) {
    return typed(method, failure.details().withMessage(text));
  }

  /** For everything that had to stop because the client was closed. */
  static MeshClosedException closed() {
    return new MeshClosedException(
        FailureDetails.local(
            Status.Code.CANCELLED,
            "the mesh client was closed; tasks that were accepted go on without it"));
  }

  /** For what was in flight on a stream that its owner closed. */
  static MeshClosedException streamClosed() {
    return new MeshClosedException(
        FailureDetails.local(
            Status.Code.CANCELLED,
            "the task stream was closed; tasks that were accepted go on without it"));
  }

  /** For the outcome of a task that the gateway has forgotten. */
  static TaskNotFoundException forgotten(String taskId) {
    return new TaskNotFoundException(
        FailureDetails.local(
            Status.Code.NOT_FOUND,
            "task " + taskId + " ended so long ago that its outcome is no longer kept"));
  }

  /** The exception for one of many submissions that was refused. */
  static MeshException refusal(MethodDescriptor<?, ?> method, SubmissionRefusal refusal) {
    Status.Code code = Status.fromCodeValue(refusal.getCode()).getCode();
    List<FieldViolation> violations =
        refusal.getField().isEmpty()
            ? List.of()
            : List.of(new FieldViolation(refusal.getField(), refusal.getMessage()));
    RetryInfo retry = RetryInfo.newBuilder().setRetryDelay(refusal.getRetryAfter()).build();
    return typed(
        method,
        new FailureDetails(
            code,
            method.getBareMethodName() + ": " + code + ": " + refusal.getMessage(),
            refusal.getReason().isEmpty() ? null : refusal.getReason(),
            Map.of(),
            violations,
            refusal.hasRetryAfter() ? retryAfter(retry) : null,
            null));
  }

  /** For a limit of the client itself. */
  static MeshOverloadedException tooManyOpen(int limit) {
    return new MeshOverloadedException(
        FailureDetails.local(
            Status.Code.RESOURCE_EXHAUSTED,
            "this client follows "
                + limit
                + " tasks already: wait for some to end, detach from some, or raise maxOpenTasks"));
  }

  /** For answers that break the protocol. */
  static MeshException protocol(String text) {
    return new MeshException(FailureDetails.local(Status.Code.INTERNAL, text));
  }

  /** For a caller that was interrupted while it waited. */
  static MeshException interrupted() {
    return new MeshException(
        FailureDetails.local(
            Status.Code.CANCELLED, "the thread was interrupted while it waited for the mesh"));
  }

  private static MeshException typed(MethodDescriptor<?, ?> method, FailureDetails details) {
    return switch (details.code()) {
      case INVALID_ARGUMENT, OUT_OF_RANGE ->
          isSubmit(method)
              ? new InvalidTaskException(details)
              : new InvalidRequestException(details);
      case NOT_FOUND -> notFound(method, details);
      case ALREADY_EXISTS -> new DuplicateRequestException(details);
      case RESOURCE_EXHAUSTED -> new MeshOverloadedException(details);
      case UNAVAILABLE -> new MeshUnavailableException(details);
      case DEADLINE_EXCEEDED -> new MeshTimeoutException(details);
      case UNAUTHENTICATED -> new MeshUnauthenticatedException(details);
      case OK,
          CANCELLED,
          UNKNOWN,
          PERMISSION_DENIED,
          FAILED_PRECONDITION,
          ABORTED,
          UNIMPLEMENTED,
          INTERNAL,
          DATA_LOSS ->
          new MeshException(details);
    };
  }

  private static MeshException notFound(MethodDescriptor<?, ?> method, FailureDetails details) {
    return FleetServiceGrpc.SERVICE_NAME.equals(method.getServiceName())
        ? new NodeNotFoundException(details)
        : new TaskNotFoundException(details);
  }

  private static boolean isSubmit(MethodDescriptor<?, ?> method) {
    String name = method.getFullMethodName();
    return name.equals(TaskServiceGrpc.getSubmitTaskMethod().getFullMethodName())
        || name.equals(TaskServiceGrpc.getSubmitTasksMethod().getFullMethodName());
  }

  private static String message(
      MethodDescriptor<?, ?> method, Status status, List<FieldViolation> violations) {
    StringBuilder text = new StringBuilder();
    text.append(method.getBareMethodName()).append(": ").append(status.getCode());
    if (status.getDescription() != null) {
      text.append(": ").append(status.getDescription());
    }
    for (FieldViolation violation : violations) {
      text.append("; ").append(violation.field()).append(": ").append(violation.description());
    }
    return text.toString();
  }

  private static List<FieldViolation> violations(BadRequest request) {
    return request.getFieldViolationsList().stream()
        .map(v -> new FieldViolation(v.getField(), v.getDescription()))
        .toList();
  }

  private static @Nullable Duration retryAfter(RetryInfo info) {
    if (!info.hasRetryDelay() || info.getRetryDelay().getSeconds() < 0) {
      return null;
    }
    long seconds = Math.min(info.getRetryDelay().getSeconds(), MAX_RETRY_AFTER_SECONDS);
    return Duration.ofSeconds(seconds, info.getRetryDelay().getNanos());
  }

  /** The first detail of that kind; one that cannot be read is as good as none. */
  private static <T extends Message> Optional<T> find(List<Any> details, Class<T> kind) {
    for (Any detail : details) {
      try {
        if (detail.is(kind)) {
          return Optional.of(detail.unpack(kind));
        }
      } catch (InvalidProtocolBufferException e) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }
}
