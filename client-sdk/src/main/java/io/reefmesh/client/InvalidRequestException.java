package io.reefmesh.client;

/** What was asked for is not valid; {@link #fieldViolations()} says where and why. */
public class InvalidRequestException extends MeshException {

  private static final long serialVersionUID = 1L;

  InvalidRequestException(FailureDetails details) {
    super(details);
  }
}
