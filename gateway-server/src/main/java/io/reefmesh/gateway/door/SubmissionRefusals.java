package io.reefmesh.gateway.door;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import com.google.rpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.reefmesh.v1.SubmissionRefusal;

/** A refusal as one of many answers in a message, instead of the end of a call. */
public final class SubmissionRefusals {

  private SubmissionRefusals() {}

  /** Says what the status says, in the fields of a {@link SubmissionRefusal}. */
  public static SubmissionRefusal of(StatusRuntimeException refusal) {
    Status status = StatusProto.fromThrowable(refusal);
    SubmissionRefusal.Builder told =
        SubmissionRefusal.newBuilder()
            .setCode(refusal.getStatus().getCode().value())
            .setMessage(String.valueOf(refusal.getStatus().getDescription()));
    if (status != null) {
      status.getDetailsList().forEach(detail -> add(told, detail));
    }
    return told.build();
  }

  private static void add(SubmissionRefusal.Builder told, Any detail) {
    try {
      if (detail.is(ErrorInfo.class)) {
        told.setReason(detail.unpack(ErrorInfo.class).getReason());
      } else if (detail.is(BadRequest.class)) {
        BadRequest bad = detail.unpack(BadRequest.class);
        told.setField(
            bad.getFieldViolationsCount() == 0 ? "" : bad.getFieldViolations(0).getField());
      } else if (detail.is(RetryInfo.class)) {
        told.setRetryAfter(detail.unpack(RetryInfo.class).getRetryDelay());
      }
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("the gateway packed it itself", e);
    }
  }
}
