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

/** Asks a model about pictures. What it says is passed on and fails as an agent's turn is. */
final class ImageAnalysisHandler implements TaskHandler {

  private final ModelTurns turns;

  ImageAnalysisHandler(
      EndpointSettings settings, URI baseUrl, Duration startCheck, LongSupplier nanoTime) {
    this.turns = new ModelTurns(settings, baseUrl, startCheck, nanoTime);
  }

  @Override
  public String type() {
    return "image-analysis";
  }

  @Override
  public Set<String> capabilities() {
    return Set.of("vision");
  }

  @Override
  public void start() throws HandlerUnavailableException {
    turns.start();
  }

  @Override
  public TaskOutput handle(TaskContext context)
      throws TaskFailedException, TaskRefusedException, InterruptedException {
    return turns.run(context, ImageQuestion.parse(context));
  }
}
