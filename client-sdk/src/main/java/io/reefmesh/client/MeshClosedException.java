package io.reefmesh.client;

/** The client was closed before the answer came. Tasks that were accepted go on without it. */
public final class MeshClosedException extends MeshException {

  private static final long serialVersionUID = 1L;

  MeshClosedException(FailureDetails details) {
    super(details);
  }
}
