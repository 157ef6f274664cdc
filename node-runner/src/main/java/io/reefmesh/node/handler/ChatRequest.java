package io.reefmesh.node.handler;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.v1.SessionMessage;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What an {@code agent-turn} task asks a model: the conversation so far, then what is new.
 *
 * @param messages as OpenAI words them, oldest first
 * @param model the model the payload names; empty: the node's choice
 * @param temperature as the payload gives it
 * @param maxTokens the longest answer, in tokens
 */
record ChatRequest(
    ArrayNode messages,
    Optional<String> model,
    Optional<JsonNode> temperature,
    OptionalInt maxTokens) {

  private static final List<String> FIELDS =
      List.of("messages", "prompt", "message", "system", "model", "temperature", "max_tokens");
  private static final List<String> MESSAGE_FIELDS = List.of("role", "content", "name");
  private static final Set<String> ROLES =
      Set.of("system", "developer", "user", "assistant", "tool");
  private static final int MAX_TOKENS = 10_000_000;
  private static final String NEED =
      "needs exactly one of messages, prompt and message, or is plain text";

  /** Reads an attempt's payload and history. */
  static ChatRequest parse(TaskContext context) throws TaskFailedException {
    ByteString payload = context.payload();
    String contentType = context.contentType().toLowerCase(Locale.ROOT);
    boolean saysText = contentType.startsWith("text/");
    boolean saysJson = contentType.contains("json");
    Optional<JsonNode> json = saysText ? Optional.empty() : json(payload);
    if (saysJson && json.isEmpty()) {
      throw PayloadFields.invalid(context.type(), "is not valid JSON, though it is declared so");
    }
    if (json.isPresent() && json.get().isObject()) {
      return fromFields(PayloadFields.of(context.type(), json.get(), FIELDS), context);
    }
    if (saysJson && !json.get().isTextual()) {
      throw PayloadFields.invalid(context.type(), NEED);
    }
    String text = saysJson ? json.get().textValue() : text(context);
    if (text.isBlank()) {
      throw PayloadFields.invalid(context.type(), NEED);
    }
    ArrayNode messages = withHistory(context, Optional.empty());
    messages.add(message("user", text));
    return new ChatRequest(messages, Optional.empty(), Optional.empty(), OptionalInt.empty());
  }

  private static ChatRequest fromFields(PayloadFields fields, TaskContext context)
      throws TaskFailedException {
    long forms = List.of("messages", "prompt", "message").stream().filter(fields::has).count();
    if (forms != 1) {
      throw PayloadFields.invalid(context.type(), NEED);
    }
    ArrayNode messages = withHistory(context, fields.text("system"));
    Optional<JsonNode> given = fields.node("messages");
    if (given.isPresent()) {
      addMessages(fields, given.get(), messages);
    } else {
      String field = fields.has("prompt") ? "prompt" : "message";
      String text = fields.text(field).orElse("");
      if (text.isBlank()) {
        throw fields.invalidField(field, "it must not be empty");
      }
      messages.add(message("user", text));
    }
    return new ChatRequest(
        messages,
        fields.text("model").filter(name -> !name.isBlank()),
        number(fields, "temperature"),
        fields.wholeNumber("max_tokens", 1, MAX_TOKENS));
  }

  private static void addMessages(PayloadFields fields, JsonNode given, ArrayNode messages)
      throws TaskFailedException {
    if (!given.isArray() || given.isEmpty()) {
      throw fields.invalidField("messages", "it must be an array of at least one message");
    }
    for (int i = 0; i < given.size(); i++) {
      checkMessage(fields, "messages[" + i + "]", given.get(i));
      messages.add(given.get(i));
    }
  }

  private static void checkMessage(PayloadFields fields, String path, JsonNode message)
      throws TaskFailedException {
    if (!message.isObject()) {
      throw fields.invalidField(path, "it must be an object with role and content");
    }
    for (var field : message.properties()) {
      if (!MESSAGE_FIELDS.contains(field.getKey())) {
        throw fields.invalidField(
            path,
            "unknown field "
                + PayloadFields.shortened(field.getKey())
                + "; known are "
                + String.join(", ", MESSAGE_FIELDS));
      }
    }
    if (!ROLES.contains(message.path("role").asText())) {
      throw fields.invalidField(
          path + ".role", "it must be system, developer, user, assistant or tool");
    }
    JsonNode content = message.path("content");
    if (!content.isTextual() && !content.isArray()) {
      throw fields.invalidField(
          path + ".content",
          "it must be a string or an array of parts, but is " + PayloadFields.kind(content));
    }
  }

  private static Optional<JsonNode> number(PayloadFields fields, String field)
      throws TaskFailedException {
    Optional<JsonNode> node = fields.node(field);
    if (node.isPresent() && !node.get().isNumber()) {
      throw fields.invalidField(
          field, "it must be a number, but is " + PayloadFields.kind(node.get()));
    }
    return node;
  }

  /** The conversation so far, behind what the system says. */
  static ArrayNode withHistory(TaskContext context, Optional<String> system) {
    ArrayNode messages = JsonNodeFactory.instance.arrayNode();
    system.filter(text -> !text.isBlank()).ifPresent(text -> messages.add(message("system", text)));
    for (SessionMessage earlier : context.history()) {
      messages.add(message(earlier.getRole(), earlier.getContent()));
    }
    return messages;
  }

  private static ObjectNode message(String role, String content) {
    return JsonNodeFactory.instance.objectNode().put("role", role).put("content", content);
  }

  private static String text(TaskContext context) throws TaskFailedException {
    if (!context.payload().isValidUtf8()) {
      throw PayloadFields.invalid(context.type(), "is neither JSON nor UTF-8 text");
    }
    return context.payload().toStringUtf8();
  }

  private static Optional<JsonNode> json(ByteString payload) {
    try {
      JsonNode node = PayloadFields.JSON.readTree(payload.toByteArray());
      return node.isMissingNode() ? Optional.empty() : Optional.of(node);
    } catch (JsonProcessingException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("reading bytes in memory", e);
    }
  }
}
