package io.reefmesh.node.handler;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.ByteString;
import io.reefmesh.node.TaskFailedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The fields of a JSON payload, read strictly: what is unknown, doubled or of another type is
 * refused, with the path of the field. Immutable.
 */
final class PayloadFields {

  /** The failure code of a payload that the handler does not accept, whoever tries. */
  static final String INVALID_PAYLOAD = "INVALID_PAYLOAD";

  private static final int MAX_DEPTH = 64;

  /** Reads JSON strictly and with bounded depth. Thread-safe. */
  static final JsonMapper JSON =
      JsonMapper.builder(
              com.fasterxml.jackson.core.JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private final String type;
  private final JsonNode object;

  private PayloadFields(String type, JsonNode object) {
    this.type = type;
    this.object = object;
  }

  /**
   * Reads a payload.
   *
   * @param type the task's type, for messages
   * @param known all fields that there are
   */
  static PayloadFields parse(String type, ByteString payload, Collection<String> known)
      throws TaskFailedException {
    JsonNode root;
    try {
      root = JSON.readTree(payload.toByteArray());
    } catch (JsonProcessingException e) {
      throw invalid(type, "is not valid JSON: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw invalid(type, "cannot be read: " + e.getMessage());
    }
    return of(type, root, known);
  }

  /** The fields of what was read already. */
  static PayloadFields of(String type, JsonNode root, Collection<String> known)
      throws TaskFailedException {
    if (!root.isObject()) {
      throw invalid(type, "must be a JSON object, but is " + kind(root));
    }
    for (var field : root.properties()) {
      if (!known.contains(field.getKey())) {
        throw invalid(
            type,
            "has the unknown field "
                + shortened(field.getKey())
                + "; known are "
                + String.join(", ", known));
      }
    }
    return new PayloadFields(type, root);
  }

  /** A payload of this type is not acceptable; {@code complaint} follows "the payload". */
  static TaskFailedException invalid(String type, String complaint) {
    return new TaskFailedException(
        INVALID_PAYLOAD, "The payload of " + type + " " + complaint, false);
  }

  /** This payload is not acceptable because of one field. */
  TaskFailedException invalidField(String path, String complaint) {
    return invalid(type, "is wrong at " + path + ": " + complaint);
  }

  boolean has(String field) {
    return object.has(field);
  }

  Optional<JsonNode> node(String field) {
    return Optional.ofNullable(object.get(field));
  }

  Optional<String> text(String field) throws TaskFailedException {
    JsonNode node = object.get(field);
    return node == null ? Optional.empty() : Optional.of(text(field, node));
  }

  boolean flag(String field, boolean fallback) throws TaskFailedException {
    JsonNode node = object.get(field);
    if (node == null) {
      return fallback;
    }
    if (!node.isBoolean()) {
      throw invalidField(field, "it must be true or false, but is " + kind(node));
    }
    return node.booleanValue();
  }

  /** A whole number within a range, bounds included. "3.0" counts as whole. */
  OptionalInt wholeNumber(String field, int min, int max) throws TaskFailedException {
    JsonNode node = object.get(field);
    if (node == null) {
      return OptionalInt.empty();
    }
    boolean whole = node.isNumber() && node.decimalValue().stripTrailingZeros().scale() <= 0;
    if (!whole || !node.canConvertToInt() || node.intValue() < min || node.intValue() > max) {
      String got = node.isNumber() ? shortened(node.asText()) : kind(node);
      throw invalidField(
          field, "it must be a whole number from " + min + " to " + max + ", but is " + got);
    }
    return OptionalInt.of(node.intValue());
  }

  Optional<List<String>> texts(String field) throws TaskFailedException {
    JsonNode node = object.get(field);
    if (node == null) {
      return Optional.empty();
    }
    if (!node.isArray()) {
      throw invalidField(field, "it must be an array of strings, but is " + kind(node));
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode element : node) {
      texts.add(text(field + "[" + texts.size() + "]", element));
    }
    return Optional.of(texts);
  }

  private String text(String path, JsonNode node) throws TaskFailedException {
    if (!node.isTextual()) {
      throw invalidField(path, "it must be a string, but is " + kind(node));
    }
    return node.textValue();
  }

  static String kind(JsonNode node) {
    if (node.isMissingNode()) {
      return "empty";
    }
    if (node.isNull()) {
      return "null";
    }
    return (node.isArray() || node.isObject() ? "an " : "a ")
        + node.getNodeType().name().toLowerCase(Locale.ROOT);
  }

  static String shortened(String text) {
    return text.length() > 64 ? text.substring(0, 64) + "…" : text;
  }
}
