package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.v1.Usage;

/** An answer as it grows, chunk by chunk. Not thread-safe. */
final class ChatAnswer {

  private final StringBuilder response = new StringBuilder();
  private final String asked;
  private String model;
  private String finishReason = "";
  private long inputTokens;
  private long outputTokens;
  private boolean complete;

  /** An empty answer of the model that was asked; the endpoint may name it more precisely. */
  ChatAnswer(String asked) {
    this.asked = asked;
    this.model = asked;
  }

  void append(String text) {
    response.append(text);
  }

  /** Why the model stopped, if this is a text. */
  void finish(JsonNode reason) {
    if (isWord(reason)) {
      finishReason = reason.textValue();
    }
  }

  /** The model as its endpoint names it, if this is a text. */
  void servedBy(JsonNode name) {
    if (isWord(name)) {
      model = name.textValue();
    }
  }

  /** Tokens that the model read, in all. */
  void countInput(long tokens) {
    inputTokens = Math.max(0, tokens);
  }

  /** Tokens that the model wrote, in all. */
  void countOutput(long tokens) {
    outputTokens = Math.max(0, tokens);
  }

  /** Nothing more will come. */
  void complete() {
    complete = true;
  }

  boolean isComplete() {
    return complete;
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
  TaskOutput toOutput(PriceTable prices) {
    return TaskOutput.json(
            JsonNodeFactory.instance
                .objectNode()
                .put("response", response.toString())
                .put("model", model)
                .put("finish_reason", finishReason)
                .toString())
        .withUsage(
            Usage.newBuilder()
                .setInputTokens(inputTokens)
                .setOutputTokens(outputTokens)
                .setCostMicros(prices.costMicros(model, asked, inputTokens, outputTokens))
                .setModel(model)
                .build());
  }

  private static boolean isWord(JsonNode node) {
    return node.isTextual() && !node.textValue().isEmpty();
  }
}
