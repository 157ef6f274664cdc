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

  /** The queue is full. */
  record Full(int limit) implements Answer {}

  /** The task, after the call. */
  record Found(TaskView task) implements Answer {}

  /** No such live task: it has ended, or never was. The store knows. */
  record NotLive(TaskId id) implements Answer {}

  /** Those of the tasks that are live. */
  record Views(ImmutableList<TaskView> tasks) implements Answer {}

  /** Why a task waits, or where it runs. */
  record Explained(Explanation explanation) implements Answer {}

  /** All nodes, by id. */
  record Nodes(ImmutableList<NodeView> nodes) implements Answer {}

  /** The mesh in figures. */
  record Figures(MeshFigures figures) implements Answer {}
}
