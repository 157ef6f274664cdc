package io.reefmesh.client;

/** The request id was used before, for a task with other content. */
public final class DuplicateRequestException extends MeshException {

  private static final long serialVersionUID = 1L;

  DuplicateRequestException(FailureDetails details) {
    super(details);
  }
}
