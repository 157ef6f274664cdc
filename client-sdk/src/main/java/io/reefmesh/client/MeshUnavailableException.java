package io.reefmesh.client;

/** No gateway could be reached, or none was ready, for as long as this client was told to try. */
public final class MeshUnavailableException extends MeshException {

  private static final long serialVersionUID = 1L;

  MeshUnavailableException(FailureDetails details) {
    super(details);
  }
}
