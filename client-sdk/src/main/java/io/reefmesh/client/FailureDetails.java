package io.reefmesh.client;

import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What is known about a failed call. */
record FailureDetails(
    Status.Code code,
    String message,
    @Nullable String reason,
    Map<String, String> metadata,
    List<FieldViolation> fieldViolations,
    @Nullable Duration retryAfter,
    @Nullable Throwable cause) {

  FailureDetails {
    metadata = Map.copyOf(metadata);
    fieldViolations = List.copyOf(fieldViolations);
  }

  /** A failure that this SDK found by itself. */
  static FailureDetails local(Status.Code code, String message) {
    return new FailureDetails(code, message, null, Map.of(), List.of(), null, null);
  }

  FailureDetails withMessage(String text) {
    return new FailureDetails(code, text, reason, metadata, fieldViolations, retryAfter, cause);
  }
}
