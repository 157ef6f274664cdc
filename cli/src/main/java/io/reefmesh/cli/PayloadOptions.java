package io.reefmesh.cli;

import com.google.protobuf.ByteString;
import io.reefmesh.cli.output.JsonText;
import io.reefmesh.v1.Payload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a task gets: at most one of these. */
final class PayloadOptions {

  private static final String JSON = "application/json";
  private static final String TEXT = "text/plain; charset=utf-8";
  private static final String BYTES = "application/octet-stream";

  /** Gateways take at most this much, however they are configured. */
  private static final long MAX_FILE_BYTES = 16 << 20;

  @Option(names = "--json", paramLabel = "JSON", description = "A JSON value, sent as written.")
  @Nullable String json;

  @Option(names = "--text", paramLabel = "TEXT", description = "Plain text.")
  @Nullable String text;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "A file's bytes; *.json as JSON, *.txt and *.md as text.")
  @Nullable Path file;

  /**
   * The payload.
   *
   * @throws CommandException if the JSON is none or the file cannot be read
   */
  Payload payload() {
    if (json != null) {
      checkJson("--json", json);
      return payload(JSON, ByteString.copyFromUtf8(json));
    }
    if (text != null) {
      return payload(TEXT, ByteString.copyFromUtf8(text));
    }
    return file == null ? Payload.getDefaultInstance() : ofFile(file);
  }

  private static Payload ofFile(Path file) {
    ByteString bytes = read(file);
    String type = contentType(String.valueOf(file.getFileName()));
    if (type.equals(JSON)) {
      checkJson(file.toString(), bytes.toStringUtf8());
    }
    return payload(type, bytes);
  }

  private static ByteString read(Path file) {
    try {
      if (!Files.isRegularFile(file)) {
        throw new CommandException(ExitCode.USAGE, "--file " + file + " is no file");
      }
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new CommandException(
            ExitCode.USAGE,
            "--file " + file + " has " + Files.size(file) + " bytes; a payload has at most 16 MiB");
      }
      return ByteString.copyFrom(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new CommandException(ExitCode.USAGE, "--file " + file + " cannot be read: " + e, e);
    }
  }

  private static String contentType(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (lower.endsWith(".json")) {
      return JSON;
    }
    return lower.endsWith(".txt") || lower.endsWith(".md") ? TEXT : BYTES;
  }

  private static void checkJson(String where, String text) {
    try {
      JsonText.check(text);
    } catch (IllegalArgumentException e) {
      throw new CommandException(ExitCode.USAGE, where + " is no valid JSON: " + e.getMessage(), e);
    }
  }

  private static Payload payload(String contentType, ByteString bytes) {
    return Payload.newBuilder().setContentType(contentType).setData(bytes).build();
  }
}
