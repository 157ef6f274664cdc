package io.reefmesh.client;

/** The gateway did not answer in time. Whether it did what was asked is not known. */
public final class MeshTimeoutException extends MeshException {

  private static final long serialVersionUID = 1L;

  MeshTimeoutException(FailureDetails details) {
    super(details);
  }
}
