package io.reefmesh.gateway.watch;

import io.reefmesh.balancer.TaskView;
import io.reefmesh.v1.OutputChunk;

/** One thing that happened to a task, at its place in the task's feed. */
public sealed interface FeedEntry {

  /** Its place: 0, 1, 2, … */
  long index();

  /** When it happened. */
  long timeMillis();

  /** The task stands elsewhere now. */
  record State(long index, long timeMillis, TaskView task) implements FeedEntry {}

  /** Another attempt began: what earlier ones wrote is void. */
  record Attempt(long index, long timeMillis, int attempt, String nodeId) implements FeedEntry {}

  /** A piece of output. */
  record Output(long index, long timeMillis, OutputChunk chunk) implements FeedEntry {}

  /** Output is missing here. */
  record Gap(long index, long timeMillis, String message) implements FeedEntry {}

  /** The outcome. */
  record Finished(long index, long timeMillis, TaskView task) implements FeedEntry {}
}
