package io.reefmesh.node.link;

import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.work.HandlerFailures;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.Finished;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.Usage;

/** Turns what a handler gave into what goes over the link: never more than the gateway takes. */
final class ResultMessages {

  private static final int MAX_CONTENT_TYPE_CHARS = 128;
  private static final int MAX_MODEL_CHARS = 256;

  private ResultMessages() {}

  /** The result, or a failure if it is too large. */
  static Finished of(AttemptRef ref, TaskOutput output, long maxPayloadBytes) {
    Finished.Builder finished = Finished.newBuilder().setRef(ref);
    Usage usage = output.usage();
    if (usage != null) {
      String model = HandlerFailures.cut(usage.getModel(), MAX_MODEL_CHARS);
      finished.setUsage(usage.toBuilder().setModel(model));
    }
    if (output.payload().size() > maxPayloadBytes) {
      return finished.setFailure(tooLarge(output, maxPayloadBytes)).build();
    }
    return finished
        .setResult(
            Payload.newBuilder()
                .setContentType(contentType(output.contentType()))
                .setData(output.payload()))
        .build();
  }

  private static io.reefmesh.v1.Failure tooLarge(TaskOutput output, long maxPayloadBytes) {
    return HandlerFailures.failure(
        "RESULT_TOO_LARGE",
        "the result has "
            + output.payload().size()
            + " bytes, the mesh takes "
            + maxPayloadBytes
            + ": return less, or write it somewhere and return where it is",
        false);
  }

  private static String contentType(String declared) {
    return declared.length() <= MAX_CONTENT_TYPE_CHARS ? declared : "application/octet-stream";
  }
}
