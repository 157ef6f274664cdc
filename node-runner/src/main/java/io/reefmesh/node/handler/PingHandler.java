package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;

/** Answers {@code {"pong":true,"node_id":"…"}}, whatever the payload. Shows that a way is open. */
final class PingHandler implements TaskHandler {

  @Override
  public String type() {
    return "ping";
  }

  @Override
  public TaskOutput handle(TaskContext context) {
    return TaskOutput.json(
        JsonNodeFactory.instance
            .objectNode()
            .put("pong", true)
            .put("node_id", context.nodeId())
            .toString());
  }
}
