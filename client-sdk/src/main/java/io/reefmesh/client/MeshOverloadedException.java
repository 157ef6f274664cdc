package io.reefmesh.client;

/**
 * A limit was reached: the queue, a rate, a size. {@link #retryAfter()} says when to come back, if
 * waiting helps.
 */
public final class MeshOverloadedException extends MeshException {

  private static final long serialVersionUID = 1L;

  MeshOverloadedException(FailureDetails details) {
    super(details);
  }
}
