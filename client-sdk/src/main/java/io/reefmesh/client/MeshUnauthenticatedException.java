package io.reefmesh.client;

/** The gateway does not know who is asking: credentials are missing, wrong or too old. */
public final class MeshUnauthenticatedException extends MeshException {

  private static final long serialVersionUID = 1L;

  MeshUnauthenticatedException(FailureDetails details) {
    super(details);
  }
}
