package io.reefmesh.cli.output;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;
import java.util.List;
import java.util.Optional;

/**
 * Messages of the mesh as JSON, one line each, in protobuf's own JSON form. Payloads, which the
 * mesh carries as bytes, are shown as what they are: JSON as JSON with every digit kept, UTF-8 as
 * text, anything else in base 64 as {@code data}. Thread-safe.
 */
public final class ProtoJson {

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().omittingInsignificantWhitespace();

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private ProtoJson() {}

  /** A message without payloads. */
  public static String line(Message message) {
    return print(message);
  }

  /** A task. */
  public static String line(Task task) {
    return write(node(task));
  }

  /** One thing that happened to a task. */
  public static String line(TaskEvent event) {
    ObjectNode node = tree(event);
    if (event.hasState()) {
      node.set("state", node(event.getState()));
    }
    if (event.hasFinished()) {
      node.set("finished", node(event.getFinished()));
    }
    return write(node);
  }

  /** Tasks under one name, and where the list goes on, unless that is empty. */
  public static String line(String name, List<? extends Message> messages, String nextPageToken) {
    ObjectNode node = MAPPER.createObjectNode();
    ArrayNode array = node.putArray(name);
    for (Message message : messages) {
      array.add(message instanceof Task task ? node(task) : tree(message));
    }
    if (!nextPageToken.isEmpty()) {
      node.put("nextPageToken", nextPageToken);
    }
    return write(node);
  }

  /** Facts under their names. */
  public static String line(java.util.Map<String, ?> facts) {
    return write(MAPPER.valueToTree(facts));
  }

  private static ObjectNode node(Task task) {
    ObjectNode node = tree(task);
    if (task.hasResult()) {
      PayloadText.show(node.withObject("/result"), task.getResult(), MAPPER);
    }
    if (task.getSpec().hasPayload()) {
      PayloadText.show(node.withObject("/spec/payload"), task.getSpec().getPayload(), MAPPER);
    }
    return node;
  }

  private static ObjectNode tree(MessageOrBuilder message) {
    try {
      return (ObjectNode) MAPPER.readTree(print(message));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("protobuf writes valid JSON", e);
    }
  }

  private static String print(MessageOrBuilder message) {
    try {
      return PRINTER.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("only Any can fail to print, and there is none", e);
    }
  }

  private static String write(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }

  /** The JSON value of some bytes; empty if they are none. */
  static Optional<JsonNode> parse(ObjectMapper mapper, byte[] bytes) {
    try {
      return Optional.ofNullable(mapper.readTree(bytes)).filter(node -> !node.isMissingNode());
    } catch (java.io.IOException e) {
      return Optional.empty();
    }
  }
}
