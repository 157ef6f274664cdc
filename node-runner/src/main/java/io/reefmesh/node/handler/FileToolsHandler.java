package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.handler.HandlerSettings.FileSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/**
 * Lists, reads and writes files below one folder. {@code {"op":"list","path":"notes"}}, {@code
 * {"op":"read","path":"notes/a.txt","offset":0,"limit":1000}}, {@code
 * {"op":"write","path":"notes/a.txt","content":"…"}}; {@code "encoding":"base64"} for what is no
 * text. Whoever may submit tasks may do this, so it is only offered if a folder is named, and
 * writing only if that is allowed too.
 */
final class FileToolsHandler implements TaskHandler {

  private static final List<String> FIELDS =
      List.of("op", "path", "content", "encoding", "offset", "limit");
  private static final int MAX_ITEMS = 1000;

  private final FileSettings settings;
  private final Path root;
  private final FolderTree tree;

  FileToolsHandler(FileSettings settings, Path root) {
    this.settings = settings;
    this.root = root;
    this.tree = new FolderTree(root);
  }

  @Override
  public String type() {
    return "file-tools";
  }

  @Override
  public Set<String> capabilities() {
    return Set.of("files");
  }

  @Override
  public void start() throws HandlerUnavailableException {
    try {
      if (!tree.isSupported()) {
        throw new HandlerUnavailableException(
            "this machine cannot keep to a folder (no openat): file-tools works on Linux and macOS");
      }
    } catch (IOException e) {
      throw new HandlerUnavailableException("files.root " + root + " cannot be read: " + e);
    }
  }

  @Override
  public TaskOutput handle(TaskContext context) throws TaskFailedException {
    PayloadFields fields = PayloadFields.parse(type(), context.payload(), FIELDS);
    String path = fields.text("path").orElse("");
    ObjectNode result =
        switch (fields.text("op").orElse("")) {
          case "list" -> list(fields, path);
          case "read" -> read(fields, path);
          case "write" -> write(fields, path);
          default -> throw fields.invalidField("op", "it must be list, read or write");
        };
    return TaskOutput.json(result.toString());
  }

  private ObjectNode list(PayloadFields fields, String path) throws TaskFailedException {
    refuse(fields, "list", "content", "encoding", "offset");
    int limit = fields.wholeNumber("limit", 1, MAX_ITEMS).orElse(MAX_ITEMS);
    FolderTree.Listing listing = tree.list(path, limit);
    ObjectNode result = JsonNodeFactory.instance.objectNode().put("path", path);
    ArrayNode items = result.putArray("items");
    for (FolderTree.Item item : listing.items()) {
      ObjectNode json = items.addObject().put("name", item.name()).put("kind", item.kind());
      if (item.kind().equals("file")) {
        json.put("size", item.sizeBytes());
      }
    }
    return listing.truncated() ? result.put("truncated", true) : result;
  }

  private ObjectNode read(PayloadFields fields, String path) throws TaskFailedException {
    refuse(fields, "read", "content");
    boolean base64 = isBase64(fields);
    int most = settings.limitBytes();
    int offset = fields.wholeNumber("offset", 0, Integer.MAX_VALUE).orElse(0);
    int limit = fields.wholeNumber("limit", 1, most).orElse(most);
    FolderTree.Part part = tree.read(path, offset, limit);
    ObjectNode result =
        JsonNodeFactory.instance
            .objectNode()
            .put("path", path)
            .put("size", part.fileSizeBytes())
            .put(
                "content",
                base64
                    ? Base64.getEncoder().encodeToString(part.bytes().toByteArray())
                    : part.bytes().toStringUtf8());
    return offset + (long) part.bytes().size() < part.fileSizeBytes()
        ? result.put("truncated", true)
        : result;
  }

  private ObjectNode write(PayloadFields fields, String path) throws TaskFailedException {
    refuse(fields, "write", "offset", "limit");
    if (!settings.write()) {
      throw new TaskFailedException(
          "FILE_REFUSED", "This node does not let files be written (files.write)", true);
    }
    ByteString content = content(fields);
    if (content.size() > settings.limitBytes()) {
      throw fields.invalidField(
          "content", "it is larger than " + settings.limitBytes() + " bytes (files.limit)");
    }
    tree.write(path, content);
    return JsonNodeFactory.instance.objectNode().put("path", path).put("size", content.size());
  }

  private static ByteString content(PayloadFields fields) throws TaskFailedException {
    if (!fields.has("content")) {
      throw fields.invalidField("content", "it is missing");
    }
    String text = fields.text("content").orElse("");
    try {
      return isBase64(fields)
          ? ByteString.copyFrom(Base64.getMimeDecoder().decode(text))
          : ByteString.copyFromUtf8(text);
    } catch (IllegalArgumentException e) {
      throw fields.invalidField("content", "it is not base64: " + e.getMessage());
    }
  }

  private static boolean isBase64(PayloadFields fields) throws TaskFailedException {
    return switch (fields.text("encoding").orElse("utf-8")) {
      case "utf-8" -> false;
      case "base64" -> true;
      default -> throw fields.invalidField("encoding", "it must be utf-8 or base64");
    };
  }

  private static void refuse(PayloadFields fields, String op, String... others)
      throws TaskFailedException {
    for (String other : others) {
      if (fields.has(other)) {
        throw fields.invalidField(other, "it does not go with " + op);
      }
    }
  }
}
