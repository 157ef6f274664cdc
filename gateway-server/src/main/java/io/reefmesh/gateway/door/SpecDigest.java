package io.reefmesh.gateway.door;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.hash.HashCode;
import com.google.common.hash.Hashing;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.RetryPolicy;
import io.reefmesh.v1.TaskSpec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What two requests with one request id are compared by: the spec as the caller wrote it, without
 * the trace context. The order of maps and sets does not matter, nor in which form the payload
 * came.
 */
final class SpecDigest {

  private static final int BYTES = 16;

  private SpecDigest() {}

  /** The first 16 bytes of the SHA-256 of the content's canonical form, in hex. */
  static String of(TaskSpec spec, PayloadForms.Encoded payload) {
    TaskSpec form = isCanonical(spec, payload) ? spec : canonical(spec, payload);
    return HashCode.fromBytes(Arrays.copyOf(sha256(form), BYTES)).toString();
  }

  /** Whether nothing would change: then it need not be built anew. */
  private static boolean isCanonical(TaskSpec spec, PayloadForms.Encoded payload) {
    return spec.getPayload().hasData()
        && spec.getPayload().getContentType().equals(payload.contentType())
        && spec.getTraceparent().isEmpty()
        && spec.getRequiredCapabilitiesCount() < 2
        && spec.getRetry().getNonRetryableCodesCount() < 2;
  }

  private static TaskSpec canonical(TaskSpec spec, PayloadForms.Encoded payload) {
    TaskSpec.Builder canonical =
        spec.toBuilder()
            .clearTraceparent()
            .setPayload(
                Payload.newBuilder().setContentType(payload.contentType()).setData(payload.bytes()))
            .clearRequiredCapabilities()
            .addAllRequiredCapabilities(
                ImmutableSortedSet.copyOf(spec.getRequiredCapabilitiesList()));
    if (spec.hasRetry()) {
      RetryPolicy retry = spec.getRetry();
      canonical.setRetry(
          retry.toBuilder()
              .clearNonRetryableCodes()
              .addAllNonRetryableCodes(
                  ImmutableSortedSet.copyOf(retry.getNonRetryableCodesList())));
    }
    return canonical.build();
  }

  /** What two requests with one request id to retry a task are compared by: which task it is. */
  static String ofRetry(TaskId old) {
    byte[] hash = Hashing.sha256().hashString("retry of " + old, StandardCharsets.UTF_8).asBytes();
    return HashCode.fromBytes(Arrays.copyOf(hash, BYTES)).toString();
  }

  /** The SHA-256 of a message's bytes with its maps in the order of their keys. */
  static byte[] sha256(Message message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new AssertionError("writing to an array does not fail", e);
    }
    return Hashing.sha256().hashBytes(bytes).asBytes();
  }
}
