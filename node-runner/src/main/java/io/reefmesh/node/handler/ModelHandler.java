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
 * Asks a model, and passes its words on as they come. Trouble that may pass (a broken connection, a
 * server error) is retryable; what the endpoint refuses is not; a model without room sends the task
 * elsewhere.
 */
final class ModelHandler implements TaskHandler {

  private final String type;
  private final String capability;
  private final Question question;
  private final ModelTurns turns;

  /** What a task's payload asks. */
  private interface Question {
    ChatRequest of(TaskContext context) throws TaskFailedException;
  }

  private ModelHandler(String type, String capability, Question question, ModelTurns turns) {
    this.type = type;
    this.capability = capability;
    this.question = question;
    this.turns = turns;
  }

  /** {@code agent-turn}: the next words of a conversation. */
  static ModelHandler agentTurn(
      EndpointSettings settings, URI baseUrl, Duration startCheck, LongSupplier nanoTime) {
    return new ModelHandler(
        "agent-turn",
        "llm",
        ChatRequest::parse,
        new ModelTurns(settings, baseUrl, startCheck, nanoTime));
  }

  /** {@code image-analysis}: what is to be seen on pictures. */
  static ModelHandler imageAnalysis(
      EndpointSettings settings, URI baseUrl, Duration startCheck, LongSupplier nanoTime) {
    return new ModelHandler(
        "image-analysis",
        "vision",
        ImageQuestion::parse,
        new ModelTurns(settings, baseUrl, startCheck, nanoTime));
  }

  @Override
  public String type() {
    return type;
  }

  @Override
  public Set<String> capabilities() {
    return Set.of(capability);
  }

  @Override
  public void start() throws HandlerUnavailableException {
    turns.start();
  }

  @Override
  public TaskOutput handle(TaskContext context)
      throws TaskFailedException, TaskRefusedException, InterruptedException {
    return turns.run(context, question.of(context));
  }
}
