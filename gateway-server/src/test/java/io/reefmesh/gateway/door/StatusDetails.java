package io.reefmesh.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.BadRequest;
import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.ErrorInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Reads refusals the way a client does. */
record StatusDetails(com.google.rpc.Status status) {

  static StatusDetails of(StatusRuntimeException refusal) {
    com.google.rpc.Status status = StatusProto.fromThrowable(refusal);
    assertThat(status).as("a status with details: %s", refusal).isNotNull();
    return new StatusDetails(java.util.Objects.requireNonNull(status));
  }

  static StatusDetails ofThrown(ThrowingCallable call) {
    StatusRuntimeException refusal = catchThrowableOfType(StatusRuntimeException.class, call);
    assertThat(refusal).as("a refusal").isNotNull();
    return of(refusal);
  }

  Status.Code code() {
    return Status.fromCodeValue(status.getCode()).getCode();
  }

  ErrorInfo info() {
    return detail(ErrorInfo.class);
  }

  List<FieldViolation> violations() {
    return detail(BadRequest.class).getFieldViolationsList();
  }

  List<String> fields() {
    return violations().stream().map(FieldViolation::getField).toList();
  }

  <T extends Message> T detail(Class<T> type) {
    for (Any detail : status.getDetailsList()) {
      if (detail.is(type)) {
        try {
          return detail.unpack(type);
        } catch (InvalidProtocolBufferException e) {
          throw new AssertionError(e);
        }
      }
    }
    throw new AssertionError("no " + type.getSimpleName() + " in " + status);
  }
}
