package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.v1.Usage;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An answer as it grows, chunk by chunk. Not thread-safe. */
final class ChatAnswer {

  private final StringBuilder response = new StringBuilder();
  private String model;
  private String finishReason = "";
  private @Nullable Usage usage;

  /** An empty answer of the model that was asked; the endpoint may name it more precisely. */
  ChatAnswer(String model) {
    this.model = model;
  }

  /** Takes a chunk of a stream; gives the text it adds. */
  String add(JsonNode chunk) {
    return add(chunk, "delta");
  }

  /** Takes an answer that came in one piece; gives its text. */
  String addWhole(JsonNode completion) {
    return add(completion, "message");
  }

  private String add(JsonNode chunk, String textHolder) {
    JsonNode choice = chunk.path("choices").path(0);
    String text = choice.path(textHolder).path("content").asText("");
    response.append(text);
    text(choice.path("finish_reason")).ifPresent(reason -> finishReason = reason);
    text(chunk.path("model")).ifPresent(name -> model = name);
    JsonNode counts = chunk.path("usage");
    if (counts.isObject()) {
      usage =
          Usage.newBuilder()
              .setInputTokens(Math.max(0, counts.path("prompt_tokens").asLong()))
              .setOutputTokens(Math.max(0, counts.path("completion_tokens").asLong()))
              .setModel(model)
              .build();
    }
    return text;
  }

  /** Whether the model said why it stopped. */
  boolean isFinished() {
    return !finishReason.isEmpty();
  }

  /** Characters so far. */
  int length() {
    return response.length();
  }

  /** {@code {"response":"…","model":"…","finish_reason":"…"}} with what it consumed. */
  TaskOutput toOutput() {
    TaskOutput output =
        TaskOutput.json(
            JsonNodeFactory.instance
                .objectNode()
                .put("response", response.toString())
                .put("model", model)
                .put("finish_reason", finishReason)
                .toString());
    Usage known = usage;
    return known == null ? output : output.withUsage(known);
  }

  private static Optional<String> text(JsonNode node) {
    return node.isTextual() && !node.textValue().isEmpty()
        ? Optional.of(node.textValue())
        : Optional.empty();
  }
}
