package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.v1.Usage;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.function.LongSupplier;

/** Tells what texts mean, by an endpoint that knows OpenAI's {@code embeddings}. Thread-safe. */
final class Embeddings {

  private static final int MAX_DIMENSIONS = 16_384;

  /** Room for the largest vector in decimal. */
  private static final int MAX_ANSWER_BYTES = 1 << 20;

  /** A meaning, and what finding it consumed. */
  record Found(Embedding embedding, Usage usage) {
    TaskOutput on(TaskOutput output) {
      return output.withUsage(usage);
    }
  }

  private final EndpointSettings settings;
  private final ChatEndpoint endpoint;
  private final ModelRoom room;

  Embeddings(EndpointSettings settings, URI baseUrl, LongSupplier nanoTime) {
    this.settings = settings;
    this.endpoint = new ChatEndpoint(baseUrl, settings);
    this.room = new ModelRoom(nanoTime);
  }

  void start() throws HandlerUnavailableException {
    endpoint.start(calls -> endpoint.requireReachable(calls, ModelTurns.START_CHECK));
  }

  Found of(TaskContext context, String text)
      throws TaskFailedException, TaskRefusedException, InterruptedException {
    String body =
        JsonNodeFactory.instance
            .objectNode()
            .put("model", settings.model())
            .put("input", text)
            .put("encoding_format", "float")
            .toString();
    JsonNode answer =
        endpoint.during(
            context,
            calls ->
                room.ask(
                    settings.model(),
                    false,
                    () ->
                        endpoint.post(
                            calls,
                            "/embeddings",
                            "application/json",
                            HttpRequest.BodyPublishers.ofString(body),
                            context.traceparent(),
                            MAX_ANSWER_BYTES)));
    return new Found(Embedding.of(settings.model(), coordinates(answer)), usage(answer));
  }

  private float[] coordinates(JsonNode answer) throws TaskFailedException {
    JsonNode vector = answer.path("data").path(0).path("embedding");
    if (!vector.isArray() || vector.isEmpty() || vector.size() > MAX_DIMENSIONS) {
      throw endpoint.failures().error("gave an answer without an embedding");
    }
    float[] coordinates = new float[vector.size()];
    for (int i = 0; i < coordinates.length; i++) {
      coordinates[i] = vector.get(i).floatValue();
      if (!vector.get(i).isNumber() || !Float.isFinite(coordinates[i])) {
        throw endpoint.failures().error("gave an embedding that is not made of numbers");
      }
    }
    return coordinates;
  }

  private Usage usage(JsonNode answer) {
    long tokens = Math.max(0, answer.path("usage").path("prompt_tokens").asLong());
    return Usage.newBuilder()
        .setModel(settings.model())
        .setInputTokens(tokens)
        .setCostMicros(settings.prices().costMicros(settings.model(), settings.model(), tokens, 0))
        .build();
  }
}
