package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.handler.MemoryIndex.Shelf;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a memory task asks: plain text, or JSON.
 *
 * @param shelf where
 * @param text what to keep or to look for; empty only if something is to be forgotten
 * @param id of the entry; empty: none named
 * @param metadata a JSON object that comes back with the entry
 * @param limit how many to find
 * @param forget whether the entry is to go
 */
record MemoryPayload(
    Shelf shelf, String text, Optional<String> id, String metadata, int limit, boolean forget) {

  private static final List<String> STORE =
      List.of("text", "id", "collection", "metadata", "forget");
  private static final List<String> SEARCH = List.of("query", "collection", "limit");
  private static final String DEFAULT_COLLECTION = "default";
  private static final int MAX_NAME = 256;
  private static final int MAX_TEXT = 64 << 10;
  private static final int MAX_METADATA = 16 << 10;
  private static final int DEFAULT_LIMIT = 10;
  private static final int MAX_LIMIT = 100;

  static MemoryPayload store(TaskContext context) throws TaskFailedException {
    return parse(context, STORE, "text");
  }

  static MemoryPayload search(TaskContext context) throws TaskFailedException {
    return parse(context, SEARCH, "query");
  }

  private static MemoryPayload parse(TaskContext context, List<String> known, String textField)
      throws TaskFailedException {
    if (context.contentType().toLowerCase(Locale.ROOT).startsWith("text/")) {
      Shelf shelf = new Shelf(context.project(), DEFAULT_COLLECTION);
      String text = context.payload().toStringUtf8();
      if (!context.payload().isValidUtf8() || text.isBlank() || text.length() > MAX_TEXT) {
        throw PayloadFields.invalid(
            context.type(), "must be UTF-8 text of 1 to " + MAX_TEXT + " characters");
      }
      return new MemoryPayload(shelf, text, Optional.empty(), "{}", DEFAULT_LIMIT, false);
    }
    PayloadFields fields = PayloadFields.parse(context.type(), context.payload(), known);
    Optional<String> id = name(fields, "id");
    boolean forget = fields.flag("forget", false);
    if (forget && (id.isEmpty() || fields.has(textField))) {
      throw fields.invalidField("forget", "it goes with an id and without a text");
    }
    return new MemoryPayload(
        new Shelf(context.project(), name(fields, "collection").orElse(DEFAULT_COLLECTION)),
        forget ? "" : text(fields, textField),
        id,
        metadata(fields),
        fields.wholeNumber("limit", 1, MAX_LIMIT).orElse(DEFAULT_LIMIT),
        forget);
  }

  private static String text(PayloadFields fields, String field) throws TaskFailedException {
    String text = fields.text(field).orElse("");
    if (text.isBlank() || text.length() > MAX_TEXT) {
      throw fields.invalidField(field, "it must have 1 to " + MAX_TEXT + " characters");
    }
    return text;
  }

  private static Optional<String> name(PayloadFields fields, String field)
      throws TaskFailedException {
    Optional<String> name = fields.text(field);
    if (name.isPresent() && (name.get().isBlank() || name.get().length() > MAX_NAME)) {
      throw fields.invalidField(field, "it must have 1 to " + MAX_NAME + " characters");
    }
    return name;
  }

  private static String metadata(PayloadFields fields) throws TaskFailedException {
    Optional<JsonNode> metadata = fields.node("metadata");
    if (metadata.isEmpty()) {
      return "{}";
    }
    String text = metadata.get().toString();
    if (!metadata.get().isObject() || text.length() > MAX_METADATA) {
      throw fields.invalidField(
          "metadata", "it must be an object of at most " + MAX_METADATA + " characters");
    }
    return text;
  }
}
