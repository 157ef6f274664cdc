package io.reefmesh.node.handler;

import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Asks a language model, and passes its words on as they come. Trouble that may pass (a broken
 * connection, a server error) is retryable; what the endpoint refuses is not; a model without room
 * sends the task elsewhere.
 */
final class AgentTurnHandler implements TaskHandler {

  private final ModelTurns turns;

  AgentTurnHandler(
      EndpointSettings settings, URI baseUrl, Duration startCheck, LongSupplier nanoTime) {
    this.turns = new ModelTurns(settings, baseUrl, startCheck, nanoTime);
  }

  @Override
  public String type() {
    return "agent-turn";
  }

  @Override
  public Set<String> capabilities() {
    return Set.of("llm");
  }

  @Override
  public void start() throws HandlerUnavailableException {
    turns.start();
  }

  @Override
  public TaskOutput handle(TaskContext context)
      throws TaskFailedException, TaskRefusedException, InterruptedException {
    return turns.run(context, ChatRequest.parse(context));
  }
}
