package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;

/** What a caller is told. Leaves only when everything it is based on is durable. */
public sealed interface Answer {

  /** A new task was accepted. */
  record Submitted(TaskView task) implements Answer {}

  /** The same, for a place that is {@link Opaque.ForReceipt}. */
  record Accepted(TaskId id) implements Answer {}

  /** The request id is known, with the same content: this is its task. */
  record Repeated(TaskId id) implements Answer {}

  /** The request id is known, with another content. */
  record Conflict(TaskId id) implements Answer {}

  /**
   * There is too much already.
   *
   * @param of what there is too much of
   * @param limit how many there may be
   */
  record Full(Of of, int limit) implements Answer {

    /** What there may only be so many of. */
    public enum Of {
      /** Tasks without an outcome. */
      QUEUE,
      /** Tasks of one project without an outcome. */
      PROJECT_QUEUE,
      /** Request ids of the last day. */
      REQUEST_IDS
    }
  }

  /** The task, after the call. */
  record Found(TaskView task) implements Answer {}

  /** No such live task: it has ended, or never was. The store knows. */
  record NotLive(TaskId id) implements Answer {}

  /** Those of the tasks that are live. */
  record Views(ImmutableList<TaskView> tasks) implements Answer {}

  /** Why a task waits, or where it runs. */
  record Explained(Explanation explanation) implements Answer {}

  /** Nodes, by id; {@code version}: what a later look for changes may begin after. */
  record Nodes(ImmutableList<NodeView> nodes, long version) implements Answer {}

  /** The node, after the call. */
  record Node(NodeView node) implements Answer {}

  /** No node with this id is known. */
  record NoNode(String nodeId) implements Answer {}

  /** The node was forgotten, and so many of its tasks moved. */
  record NodeRemoved(int movedTasks) implements Answer {}

  /** The node is linked and holds work: it stays. */
  record NodeInUse(NodeView node) implements Answer {}

  /** The mesh in figures. */
  record Figures(MeshFigures figures) implements Answer {}
}
