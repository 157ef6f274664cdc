package io.reefmesh.gateway.door;

import com.google.protobuf.Any;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.QuotaFailure;
import com.google.rpc.ResourceInfo;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Every error that the gateway answers with: a {@code google.rpc.Status} that carries an {@link
 * ErrorInfo} of domain "reefmesh", whose reason is stable and meant for programs, and the details
 * that fit. Nothing else in the gateway makes gRPC statuses.
 *
 * <p>Texts of callers are cut and made printable before they are quoted, so that the trailers stay
 * below the 8 KiB that gRPC allows for them.
 */
public final class Refusals {

  /** The domain of every {@link ErrorInfo}. */
  public static final String DOMAIN = "reefmesh";

  private static final Duration SOON = Duration.ofSeconds(1);

  /** In base 64 and with the rest of the status this stays well below 8 KiB. */
  private static final int MAX_VIOLATION_BYTES = 3 * 1024;

  /** Something there may only be so many of. */
  public enum Limit {
    /** Tasks without an outcome. */
    QUEUE("QUEUE_FULL", "the queue"),
    /** Tasks of one project without an outcome. */
    PROJECT_QUEUE("PROJECT_QUEUE_FULL", "the queue of this project"),
    /** Request ids of the last day. */
    REQUEST_IDS("TOO_MANY_REQUEST_IDS", "request ids of the last day"),
    /** Linked nodes. */
    LINKS("TOO_MANY_LINKS", "node links"),
    /** Streams that follow tasks. */
    WATCHERS("TOO_MANY_WATCHERS", "watchers"),
    /** Streams that follow one task. */
    TASK_WATCHERS("TOO_MANY_TASK_WATCHERS", "watchers of this task"),
    /** Streams that follow nodes, and calls that wait for a node to be empty. */
    NODE_WATCHERS("TOO_MANY_NODE_WATCHERS", "watchers of nodes"),
    /** Explanations under way. */
    EXPLANATIONS("TOO_MANY_EXPLANATIONS", "explanations"),
    /** Streams of submissions. */
    SUBMISSION_STREAMS("TOO_MANY_SUBMISSION_STREAMS", "streams of submissions"),
    /** Events that wait for the engine. */
    ENGINE("GATEWAY_BUSY", "the gateway's mailbox"),
    /** Reads of history that wait for the store. */
    READS("TOO_MANY_READS", "reads of history");

    private final String reason;
    private final String subject;

    Limit(String reason, String subject) {
      this.reason = reason;
      this.subject = subject;
    }
  }

  /** Why the gateway takes nothing now. */
  public enum Absence {
    /** It is loading its store. */
    STARTING("GATEWAY_STARTING", "the gateway is starting: try again in a moment"),
    /** It is about to stop. */
    DRAINING("GATEWAY_DRAINING", "the gateway is stopping: try again, another one takes over"),
    /** Its store failed; it is about to exit. */
    STORE_FAILED("STORE_FAILED", "the gateway's store failed and it stops: try again later");

    private final String reason;
    private final String message;

    Absence(String reason, String message) {
      this.reason = reason;
      this.message = message;
    }
  }

  private Refusals() {}

  /** INVALID_ARGUMENT: one field is wrong. */
  public static StatusRuntimeException invalid(String field, String description) {
    return invalid(List.of(Violations.violation(field, description)), 0);
  }

  /** INVALID_ARGUMENT: these fields are wrong, and so many more that are not told. */
  static StatusRuntimeException invalid(List<FieldViolation> violations, int more) {
    BadRequest.Builder request = BadRequest.newBuilder();
    int room = MAX_VIOLATION_BYTES;
    for (FieldViolation violation : violations) {
      room -= violation.getSerializedSize();
      if (room >= 0) {
        request.addFieldViolations(violation);
      }
    }
    int untold = violations.size() - request.getFieldViolationsCount() + more;
    FieldViolation first = violations.get(0);
    String message = first.getField() + ": " + first.getDescription();
    int others = violations.size() - 1 + more;
    return refuse(
        Status.Code.INVALID_ARGUMENT,
        "INVALID_FIELD",
        others == 0 ? message : message + " (and " + others + " more)",
        untold == 0 ? Map.of() : Map.of("violations_left_out", Integer.toString(untold)),
        request.build());
  }

  /**
   * NOT_FOUND: there is no such thing in this project.
   *
   * @param kind what it would be: "task", "node" or "session"
   * @param id its id, as the caller wrote it
   */
  public static StatusRuntimeException notFound(String kind, String id) {
    return refuse(
        Status.Code.NOT_FOUND,
        "NOT_FOUND",
        "no " + kind + " " + Printable.quoted(id) + " is known",
        Map.of("kind", kind),
        ResourceInfo.newBuilder()
            .setResourceType(kind)
            .setResourceName(Printable.cut(id, 128))
            .build());
  }

  /** NOT_FOUND: the request was accepted before; its task ended and is no longer kept. */
  public static StatusRuntimeException forgotten(TaskId id) {
    return refuse(
        Status.Code.NOT_FOUND,
        "TASK_FORGOTTEN",
        "this request made task "
            + id
            + ", which ended and is no longer kept: its outcome is not known any more, and it will"
            + " not run again",
        Map.of("task_id", id.toString()),
        ResourceInfo.newBuilder().setResourceType("task").setResourceName(id.toString()).build());
  }

  /**
   * RESOURCE_EXHAUSTED: a limit of the gateway is reached.
   *
   * @param limit which
   * @param allowed how many there may be
   * @param retryAfter when another try makes sense
   */
  public static StatusRuntimeException overloaded(Limit limit, long allowed, Duration retryAfter) {
    String message = limit.subject + ": all " + allowed + " in use; try again later";
    return refuse(
        Status.Code.RESOURCE_EXHAUSTED,
        limit.reason,
        message,
        Map.of("limit", Long.toString(allowed)),
        QuotaFailure.newBuilder()
            .addViolations(
                QuotaFailure.Violation.newBuilder().setSubject("gateway").setDescription(message))
            .build(),
        retry(retryAfter));
  }

  /** ALREADY_EXISTS: the request id was used for a task with another content. */
  public static StatusRuntimeException duplicateRequest(String requestId, TaskId existing) {
    return refuse(
        Status.Code.ALREADY_EXISTS,
        "REQUEST_ID_REUSED",
        "request id "
            + Printable.quoted(requestId)
            + " already made task "
            + existing
            + ", with another content: use a new request id for a new task",
        Map.of("task_id", existing.toString()),
        ResourceInfo.newBuilder()
            .setResourceType("task")
            .setResourceName(existing.toString())
            .build());
  }

  /** FAILED_PRECONDITION: only a task that ended without a result can be retried. */
  public static StatusRuntimeException notRetryable(TaskId id, TaskState state) {
    String message =
        "task "
            + id
            + " is "
            + state
            + ": only a FAILED, CANCELLED or EXPIRED task can be retried"
            + (state.isFinal() ? "" : "; wait for its outcome, or cancel it");
    return refuse(
        Status.Code.FAILED_PRECONDITION,
        "TASK_NOT_RETRYABLE",
        message,
        Map.of("state", state.name()),
        PreconditionFailure.newBuilder()
            .addViolations(
                PreconditionFailure.Violation.newBuilder()
                    .setType("TASK_STATE")
                    .setSubject(id.toString())
                    .setDescription(message))
            .build());
  }

  /** RESOURCE_EXHAUSTED: a message is larger than any may be; trying again does not help. */
  static StatusRuntimeException messageTooLarge(long bytes, long allowed) {
    String size = bytes > 0 ? "has " + bytes + " bytes" : "is too large";
    String message =
        "the request "
            + size
            + "; this gateway takes at most "
            + allowed
            + ": send smaller payloads or smaller batches, or pass large data by reference";
    return refuse(
        Status.Code.RESOURCE_EXHAUSTED,
        "MESSAGE_TOO_LARGE",
        message,
        Map.of("limit_bytes", Long.toString(allowed)),
        QuotaFailure.newBuilder()
            .addViolations(
                QuotaFailure.Violation.newBuilder().setSubject("request").setDescription(message))
            .build());
  }

  /** UNAVAILABLE: the gateway takes nothing now. */
  public static StatusRuntimeException unavailable(Absence absence) {
    return refuse(Status.Code.UNAVAILABLE, absence.reason, absence.message, Map.of(), retry(SOON));
  }

  /** FAILED_PRECONDITION: a node speaks a version of the protocol that is not spoken here. */
  public static StatusRuntimeException unsupportedProtocol(int spoken, int oldest, int newest) {
    String range = oldest == newest ? "version " + oldest : "versions " + oldest + "-" + newest;
    String message =
        "the node speaks protocol version "
            + spoken
            + ", this gateway "
            + range
            + ": update the "
            + (spoken < oldest ? "node" : "gateway");
    return refuse(
        Status.Code.FAILED_PRECONDITION,
        "PROTOCOL_VERSION_UNSUPPORTED",
        message,
        Map.of("oldest", Integer.toString(oldest), "newest", Integer.toString(newest)),
        PreconditionFailure.newBuilder()
            .addViolations(
                PreconditionFailure.Violation.newBuilder()
                    .setType("PROTOCOL_VERSION")
                    .setSubject("hello.protocol_version")
                    .setDescription(message))
            .build());
  }

  /** FAILED_PRECONDITION: a node is linked and holds tasks, and removing it was not forced. */
  public static StatusRuntimeException nodeAtWork(String nodeId, int held) {
    String message =
        "node "
            + Printable.quoted(nodeId)
            + " is linked and holds "
            + held
            + (held == 1 ? " task" : " tasks")
            + ": drain it first, or force its removal, which moves what it runs";
    return refuse(
        Status.Code.FAILED_PRECONDITION,
        "NODE_AT_WORK",
        message,
        Map.of("held", Integer.toString(held)),
        PreconditionFailure.newBuilder()
            .addViolations(
                PreconditionFailure.Violation.newBuilder()
                    .setType("NODE_AT_WORK")
                    .setSubject(Printable.cut(nodeId, 64))
                    .setDescription(message))
            .build());
  }

  /** ABORTED: a caller waited for a node to be empty, and the node was given work again. */
  public static StatusRuntimeException drainTakenBack(String nodeId) {
    return refuse(
        Status.Code.ABORTED,
        "DRAIN_TAKEN_BACK",
        "node " + Printable.quoted(nodeId) + " was resumed or removed before it was empty",
        Map.of());
  }

  /** ALREADY_EXISTS: another living process is linked under this node id. */
  public static StatusRuntimeException nodeIdTaken(String nodeId) {
    return refuse(
        Status.Code.ALREADY_EXISTS,
        "NODE_ID_TAKEN",
        "another living process is node "
            + Printable.quoted(nodeId)
            + ": give every node an id of its own",
        Map.of(),
        ResourceInfo.newBuilder()
            .setResourceType("node")
            .setResourceName(Printable.cut(nodeId, 64))
            .build(),
        retry(Duration.ofSeconds(10)));
  }

  /** ABORTED: the same node process opened a newer link, which took this one's place. */
  public static StatusRuntimeException linkReplaced() {
    return refuse(
        Status.Code.ABORTED, "LINK_REPLACED", "a newer link took this one's place", Map.of());
  }

  /** ABORTED: the gateway ends a link that it no longer trusts: silent, or an operator's wish. */
  public static StatusRuntimeException linkEnded(String why) {
    return refuse(
        Status.Code.ABORTED, "LINK_ENDED", Printable.cut(why, 256), Map.of(), retry(SOON));
  }

  /** ABORTED: a stream's reader is so slow that what waits for it passed its limit. */
  public static StatusRuntimeException readerTooSlow() {
    return refuse(
        Status.Code.ABORTED,
        "READER_TOO_SLOW",
        "the reader took too long: go on from the last cursor",
        Map.of(),
        retry(SOON));
  }

  /** INTERNAL: a defect; the log has the story under this id, the caller learns no more. */
  public static StatusRuntimeException internal(String incidentId) {
    return refuse(
        Status.Code.INTERNAL,
        "INTERNAL_ERROR",
        "the gateway failed; its log says more under " + incidentId,
        Map.of("incident", incidentId));
  }

  private static RetryInfo retry(Duration after) {
    return RetryInfo.newBuilder().setRetryDelay(Durations.fromMillis(after.toMillis())).build();
  }

  private static StatusRuntimeException refuse(
      Status.Code code,
      String reason,
      String message,
      Map<String, String> metadata,
      Message... details) {
    com.google.rpc.Status.Builder status =
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .setMessage(message)
            .addDetails(
                Any.pack(
                    ErrorInfo.newBuilder()
                        .setDomain(DOMAIN)
                        .setReason(reason)
                        .putAllMetadata(metadata)
                        .build()));
    for (Message detail : details) {
      status.addDetails(Any.pack(detail));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }
}
