package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.reefmesh.node.TaskFailedException;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Anthropic's messages. Questions come as OpenAI words them and are translated: what the system
 * says stands apart, and pictures are blocks of their own.
 */
final class AnthropicDialect implements ChatDialect {

  private static final String VERSION = "2023-06-01";

  /** The API wants a limit; every model of it can write this much. */
  private static final int DEFAULT_MAX_TOKENS = 4096;

  private static final Pattern DATA_URL =
      Pattern.compile("data:([a-z]+/[a-z0-9.+-]+);base64,(.*)", Pattern.DOTALL);

  @Override
  public String chatPath(String basePath) {
    return versioned(basePath) + "/messages";
  }

  @Override
  public String modelsPath(String basePath) {
    return versioned(basePath) + "/models";
  }

  /** Its address is usually given without the version, but not always. */
  private static String versioned(String basePath) {
    return basePath.endsWith("/v1") ? "" : "/v1";
  }

  @Override
  public void authorize(HttpRequest.Builder request, Secret key) {
    request.header("x-api-key", key.reveal());
  }

  @Override
  public void addHeaders(HttpRequest.Builder request) {
    request.header("anthropic-version", VERSION);
  }

  @Override
  public String body(ChatRequest request, String model, boolean includeUsage)
      throws TaskFailedException {
    List<String> system = new ArrayList<>();
    ArrayNode messages = JsonNodeFactory.instance.arrayNode();
    for (JsonNode message : request.messages()) {
      String role = message.path("role").asText();
      switch (role) {
        case "system", "developer" -> system.add(plainText(message.path("content")));
        case "user", "assistant" ->
            messages.addObject().put("role", role).set("content", content(message.path("content")));
        default ->
            throw PayloadFields.invalid(
                "agent-turn", "has a message of role " + role + ", which this endpoint has not");
      }
    }
    ObjectNode body = JsonNodeFactory.instance.objectNode().put("model", model);
    body.put("max_tokens", request.maxTokens().orElse(DEFAULT_MAX_TOKENS));
    if (!system.isEmpty()) {
      body.put("system", String.join("\n\n", system));
    }
    body.set("messages", messages);
    body.put("stream", true);
    request.temperature().ifPresent(value -> body.set("temperature", value));
    return body.toString();
  }

  private static JsonNode content(JsonNode content) {
    if (!content.isArray()) {
      return content;
    }
    ArrayNode blocks = JsonNodeFactory.instance.arrayNode();
    content.forEach(part -> blocks.add(block(part)));
    return blocks;
  }

  private static JsonNode block(JsonNode part) {
    if (part.isTextual()) {
      return JsonNodeFactory.instance.objectNode().put("type", "text").set("text", part);
    }
    if (!part.path("type").asText().equals("image_url")) {
      return part;
    }
    String url = part.path("image_url").path("url").asText();
    ObjectNode block = JsonNodeFactory.instance.objectNode().put("type", "image");
    Matcher data = DATA_URL.matcher(url);
    if (data.matches()) {
      block
          .putObject("source")
          .put("type", "base64")
          .put("media_type", data.group(1))
          .put("data", data.group(2));
    } else {
      block.putObject("source").put("type", "url").put("url", url);
    }
    return block;
  }

  private static String plainText(JsonNode content) {
    if (content.isTextual()) {
      return content.textValue();
    }
    StringBuilder text = new StringBuilder();
    content.forEach(part -> text.append(part.path("text").asText()));
    return text.toString();
  }

  @Override
  public boolean hasUsageOption() {
    return false;
  }

  @Override
  public boolean isEndMark(String data) {
    return false;
  }

  @Override
  public String add(ChatAnswer answer, JsonNode event) {
    switch (event.path("type").asText()) {
      case "message_start" -> {
        answer.servedBy(event.path("message").path("model"));
        count(answer, event.path("message").path("usage"));
      }
      case "content_block_delta" -> {
        String text = event.path("delta").path("text").asText("");
        answer.append(text);
        return text;
      }
      case "message_delta" -> {
        finish(answer, event.path("delta").path("stop_reason"));
        count(answer, event.path("usage"));
      }
      case "message_stop" -> answer.complete();
      default -> {
        // Beginnings and ends of blocks, pings, and whatever comes to be later.
      }
    }
    return "";
  }

  @Override
  public String addWhole(ChatAnswer answer, JsonNode whole) {
    String text = plainText(whole.path("content"));
    answer.append(text);
    answer.servedBy(whole.path("model"));
    finish(answer, whole.path("stop_reason"));
    count(answer, whole.path("usage"));
    return text;
  }

  /** Counts are running totals: what comes later replaces what came before. */
  private static void count(ChatAnswer answer, JsonNode usage) {
    if (usage.has("input_tokens")) {
      answer.countInput(
          usage.path("input_tokens").asLong()
              + usage.path("cache_creation_input_tokens").asLong()
              + usage.path("cache_read_input_tokens").asLong());
    }
    if (usage.has("output_tokens")) {
      answer.countOutput(usage.path("output_tokens").asLong());
    }
  }

  /** In the words of the other dialect, so that results read the same. */
  private static void finish(ChatAnswer answer, JsonNode stopReason) {
    if (stopReason.isTextual()) {
      answer.finish(
          TextNode.valueOf(
              switch (stopReason.textValue()) {
                case "end_turn", "stop_sequence" -> "stop";
                case "max_tokens" -> "length";
                case "tool_use" -> "tool_calls";
                case "refusal" -> "content_filter";
                default -> stopReason.textValue();
              }));
    }
  }
}
