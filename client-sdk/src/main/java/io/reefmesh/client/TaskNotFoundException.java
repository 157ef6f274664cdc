package io.reefmesh.client;

/** The project has no task with this id, or no longer. */
public final class TaskNotFoundException extends MeshException {

  private static final long serialVersionUID = 1L;

  TaskNotFoundException(FailureDetails details) {
    super(details);
  }
}
