package io.reefmesh.client;

/** The task that was submitted is not valid; {@link #fieldViolations()} says where and why. */
public final class InvalidTaskException extends InvalidRequestException {

  private static final long serialVersionUID = 1L;

  InvalidTaskException(FailureDetails details) {
    super(details);
  }
}
