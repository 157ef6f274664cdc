package io.reefmesh.client;

import io.grpc.Status;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A call to the mesh failed. Conditions that a program may want to tell apart have subclasses; the
 * rest is told apart by {@link #code()} and {@link #reason()}. What became of a task is never said
 * by this exception but by {@link TaskOutcomeException}.
 */
public class MeshException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient FailureDetails details;

  MeshException(FailureDetails details) {
    super(details.message(), details.cause());
    this.details = details;
  }

  /** The gRPC status code. */
  public final Status.Code code() {
    return details.code();
  }

  /** The gateway's reason, for programs: upper snake case. Empty when it gave none. */
  public final Optional<String> reason() {
    return Optional.ofNullable(details.reason());
  }

  /** More about the reason, as the gateway gave it. */
  public final Map<String, String> metadata() {
    return details.metadata();
  }

  /** Which fields were wrong. Empty unless input was refused. */
  public final List<FieldViolation> fieldViolations() {
    return details.fieldViolations();
  }

  /** How long to wait before another try, if the gateway said so. */
  public final Optional<Duration> retryAfter() {
    return Optional.ofNullable(details.retryAfter());
  }

  final FailureDetails details() {
    return details;
  }
}
