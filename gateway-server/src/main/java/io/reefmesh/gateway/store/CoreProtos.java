package io.reefmesh.gateway.store;

import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.reefmesh.balancer.AttemptOutcome;
import io.reefmesh.balancer.AttemptRecord;
import io.reefmesh.balancer.Failure;
import io.reefmesh.balancer.NodeState;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.WaitReason;
import io.reefmesh.v1.Attempt;
import io.reefmesh.v1.WaitCause;

/**
 * The one translation between the dispatcher's values and the wire's messages. The store keeps
 * history in wire form, the services speak it. Absent times and durations are 0 in the core and
 * unset on the wire.
 *
 * <p>{@code fromProto} throws {@link IllegalArgumentException} for an enum value that is
 * unspecified or unknown to this version.
 */
public final class CoreProtos {

  private CoreProtos() {}

  /** A failure for the wire. */
  public static io.reefmesh.v1.Failure toProto(Failure failure) {
    io.reefmesh.v1.Failure.Builder proto =
        io.reefmesh.v1.Failure.newBuilder()
            .setCode(failure.code())
            .setMessage(failure.message())
            .setRetryable(failure.retryable());
    if (failure.retryAfterMillis() != 0) {
      proto.setRetryAfter(Durations.fromMillis(failure.retryAfterMillis()));
    }
    return proto.build();
  }

  /** A failure from the wire. A part of a millisecond is dropped from its {@code retry_after}. */
  public static Failure fromProto(io.reefmesh.v1.Failure proto) {
    return new Failure(
        proto.getCode(),
        proto.getMessage(),
        proto.getRetryable(),
        proto.hasRetryAfter() ? Durations.toMillis(proto.getRetryAfter()) : 0);
  }

  /** An ended attempt for the wire. */
  public static Attempt toProto(AttemptRecord attempt) {
    Attempt.Builder proto =
        Attempt.newBuilder()
            .setNumber(attempt.number())
            .setNodeId(attempt.nodeId())
            .setIncarnation(attempt.incarnation())
            .setCharged(attempt.outcome().isCharged())
            .setOutcome(toProto(attempt.outcome()));
    if (attempt.assignedAtMillis() != 0) {
      proto.setAssignTime(Timestamps.fromMillis(attempt.assignedAtMillis()));
    }
    if (attempt.startedAtMillis() != 0) {
      proto.setStartTime(Timestamps.fromMillis(attempt.startedAtMillis()));
    }
    if (attempt.endedAtMillis() != 0) {
      proto.setEndTime(Timestamps.fromMillis(attempt.endedAtMillis()));
    }
    if (attempt.failure() != null) {
      proto.setFailure(toProto(attempt.failure()));
    }
    return proto.build();
  }

  /** An ended attempt from the wire. */
  public static AttemptRecord fromProto(Attempt proto) {
    return new AttemptRecord(
        proto.getNumber(),
        proto.getNodeId(),
        proto.getIncarnation(),
        proto.hasAssignTime() ? Timestamps.toMillis(proto.getAssignTime()) : 0,
        proto.hasStartTime() ? Timestamps.toMillis(proto.getStartTime()) : 0,
        proto.hasEndTime() ? Timestamps.toMillis(proto.getEndTime()) : 0,
        fromProto(proto.getOutcome()),
        proto.hasFailure() ? fromProto(proto.getFailure()) : null);
  }

  /** How an attempt ended, for the wire. */
  public static io.reefmesh.v1.AttemptOutcome toProto(AttemptOutcome outcome) {
    return switch (outcome) {
      case SUCCEEDED -> io.reefmesh.v1.AttemptOutcome.ATTEMPT_OUTCOME_SUCCEEDED;
      case FAILED -> io.reefmesh.v1.AttemptOutcome.ATTEMPT_OUTCOME_FAILED;
      case REFUSED -> io.reefmesh.v1.AttemptOutcome.ATTEMPT_OUTCOME_REFUSED;
      case UNRECEIVED -> io.reefmesh.v1.AttemptOutcome.ATTEMPT_OUTCOME_UNRECEIVED;
      case LOST -> io.reefmesh.v1.AttemptOutcome.ATTEMPT_OUTCOME_LOST;
      case TIMED_OUT -> io.reefmesh.v1.AttemptOutcome.ATTEMPT_OUTCOME_TIMED_OUT;
      case CANCELLED -> io.reefmesh.v1.AttemptOutcome.ATTEMPT_OUTCOME_CANCELLED;
    };
  }

  /** How an attempt ended, from the wire. */
  public static AttemptOutcome fromProto(io.reefmesh.v1.AttemptOutcome proto) {
    return switch (proto) {
      case ATTEMPT_OUTCOME_SUCCEEDED -> AttemptOutcome.SUCCEEDED;
      case ATTEMPT_OUTCOME_FAILED -> AttemptOutcome.FAILED;
      case ATTEMPT_OUTCOME_REFUSED -> AttemptOutcome.REFUSED;
      case ATTEMPT_OUTCOME_UNRECEIVED -> AttemptOutcome.UNRECEIVED;
      case ATTEMPT_OUTCOME_LOST -> AttemptOutcome.LOST;
      case ATTEMPT_OUTCOME_TIMED_OUT -> AttemptOutcome.TIMED_OUT;
      case ATTEMPT_OUTCOME_CANCELLED -> AttemptOutcome.CANCELLED;
      case ATTEMPT_OUTCOME_UNSPECIFIED, UNRECOGNIZED -> throw unknown("attempt outcome", proto);
    };
  }

  /** A task's state for the wire. */
  public static io.reefmesh.v1.TaskState toProto(TaskState state) {
    return switch (state) {
      case QUEUED -> io.reefmesh.v1.TaskState.TASK_STATE_QUEUED;
      case ASSIGNED -> io.reefmesh.v1.TaskState.TASK_STATE_ASSIGNED;
      case RUNNING -> io.reefmesh.v1.TaskState.TASK_STATE_RUNNING;
      case SUCCEEDED -> io.reefmesh.v1.TaskState.TASK_STATE_SUCCEEDED;
      case FAILED -> io.reefmesh.v1.TaskState.TASK_STATE_FAILED;
      case CANCELLED -> io.reefmesh.v1.TaskState.TASK_STATE_CANCELLED;
      case EXPIRED -> io.reefmesh.v1.TaskState.TASK_STATE_EXPIRED;
    };
  }

  /** A task's state from the wire. */
  public static TaskState fromProto(io.reefmesh.v1.TaskState proto) {
    return switch (proto) {
      case TASK_STATE_QUEUED -> TaskState.QUEUED;
      case TASK_STATE_ASSIGNED -> TaskState.ASSIGNED;
      case TASK_STATE_RUNNING -> TaskState.RUNNING;
      case TASK_STATE_SUCCEEDED -> TaskState.SUCCEEDED;
      case TASK_STATE_FAILED -> TaskState.FAILED;
      case TASK_STATE_CANCELLED -> TaskState.CANCELLED;
      case TASK_STATE_EXPIRED -> TaskState.EXPIRED;
      case TASK_STATE_UNSPECIFIED, UNRECOGNIZED -> throw unknown("task state", proto);
    };
  }

  /** Why a task waits, for the wire. */
  public static io.reefmesh.v1.WaitReason toProto(WaitReason reason) {
    io.reefmesh.v1.WaitReason.Builder proto =
        io.reefmesh.v1.WaitReason.newBuilder()
            .setCause(toProto(reason.cause()))
            .setMessage(reason.message());
    if (reason.untilMillis() != 0) {
      proto.setUntil(Timestamps.fromMillis(reason.untilMillis()));
    }
    TaskId blocking = reason.blocking();
    if (blocking != null) {
      proto.setBlockingTaskId(blocking.toString());
    }
    return proto.build();
  }

  /** What keeps a task waiting, for the wire. */
  public static WaitCause toProto(WaitReason.Cause cause) {
    return switch (cause) {
      case NEXT -> WaitCause.WAIT_CAUSE_NEXT;
      case NO_CAPABLE_NODE -> WaitCause.WAIT_CAUSE_NO_CAPABLE_NODE;
      case NODES_BUSY -> WaitCause.WAIT_CAUSE_NODES_BUSY;
      case SESSION_BUSY -> WaitCause.WAIT_CAUSE_SESSION_BUSY;
      case BACKOFF -> WaitCause.WAIT_CAUSE_BACKOFF;
      case NOT_BEFORE -> WaitCause.WAIT_CAUSE_NOT_BEFORE;
      case CONCURRENCY_CAP -> WaitCause.WAIT_CAUSE_CONCURRENCY_CAP;
    };
  }

  /** Where a node stands, for the wire. */
  public static io.reefmesh.v1.NodeState toProto(NodeState state) {
    return switch (state) {
      case ONLINE -> io.reefmesh.v1.NodeState.NODE_STATE_ONLINE;
      case BUSY -> io.reefmesh.v1.NodeState.NODE_STATE_BUSY;
      case DRAINING -> io.reefmesh.v1.NodeState.NODE_STATE_DRAINING;
      case SUSPECT -> io.reefmesh.v1.NodeState.NODE_STATE_SUSPECT;
      case UNHEALTHY -> io.reefmesh.v1.NodeState.NODE_STATE_UNHEALTHY;
      case OFFLINE -> io.reefmesh.v1.NodeState.NODE_STATE_OFFLINE;
    };
  }

  /** Where a node stands, from the wire. */
  public static NodeState fromProto(io.reefmesh.v1.NodeState proto) {
    return switch (proto) {
      case NODE_STATE_ONLINE -> NodeState.ONLINE;
      case NODE_STATE_BUSY -> NodeState.BUSY;
      case NODE_STATE_DRAINING -> NodeState.DRAINING;
      case NODE_STATE_SUSPECT -> NodeState.SUSPECT;
      case NODE_STATE_UNHEALTHY -> NodeState.UNHEALTHY;
      case NODE_STATE_OFFLINE -> NodeState.OFFLINE;
      case NODE_STATE_UNSPECIFIED, UNRECOGNIZED -> throw unknown("node state", proto);
    };
  }

  private static IllegalArgumentException unknown(String what, Enum<?> value) {
    return new IllegalArgumentException("no such " + what + ": " + value);
  }
}
