package io.reefmesh.client;

/** The mesh knows no node with this id. */
public final class NodeNotFoundException extends MeshException {

  private static final long serialVersionUID = 1L;

  NodeNotFoundException(FailureDetails details) {
    super(details);
  }
}
