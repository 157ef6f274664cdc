package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.http.HttpRequest;

/** OpenAI's chat completions. */
final class OpenAiDialect implements ChatDialect {

  private static final String DONE = "[DONE]";

  @Override
  public String chatPath(String basePath) {
    return "/chat/completions";
  }

  @Override
  public String modelsPath(String basePath) {
    return "/models";
  }

  @Override
  public void authorize(HttpRequest.Builder request, Secret key) {
    request.header("Authorization", "Bearer " + key.reveal());
  }

  @Override
  public String body(ChatRequest request, String model, boolean includeUsage) {
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("model", model);
    body.set("messages", request.messages());
    body.put("stream", true);
    if (includeUsage) {
      body.putObject("stream_options").put("include_usage", true);
    }
    request.temperature().ifPresent(value -> body.set("temperature", value));
    request.maxTokens().ifPresent(value -> body.put("max_tokens", value));
    return body.toString();
  }

  @Override
  public boolean hasUsageOption() {
    return true;
  }

  @Override
  public boolean isEndMark(String data) {
    return data.strip().equals(DONE);
  }

  @Override
  public String add(ChatAnswer answer, JsonNode event) {
    return add(answer, event, "delta");
  }

  @Override
  public String addWhole(ChatAnswer answer, JsonNode whole) {
    return add(answer, whole, "message");
  }

  private static String add(ChatAnswer answer, JsonNode chunk, String textHolder) {
    JsonNode choice = chunk.path("choices").path(0);
    String text = choice.path(textHolder).path("content").asText("");
    answer.append(text);
    answer.finish(choice.path("finish_reason"));
    answer.servedBy(chunk.path("model"));
    JsonNode counts = chunk.path("usage");
    if (counts.isObject()) {
      answer.countInput(counts.path("prompt_tokens").asLong());
      answer.countOutput(counts.path("completion_tokens").asLong());
    }
    return text;
  }
}
