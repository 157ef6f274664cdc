package io.reefmesh.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.reefmesh.client.SubmitOptions;
import io.reefmesh.v1.TaskSpec;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Tasks written as JSON, one a line. Empty lines are passed over. Not thread-safe. */
final class SubmissionLines implements Closeable {

  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** A line's task. */
  record Submission(long line, TaskSpec spec, SubmitOptions options) {}

  /** A line that is none. */
  static final class BadLineException extends Exception {
    private static final long serialVersionUID = 1L;

    BadLineException(long line, String what) {
      super("line " + line + ": " + what);
    }
  }

  private final BufferedReader reader;
  private final TaskSpec defaults;
  private final String prefix;
  private long line;

  private SubmissionLines(BufferedReader reader, TaskSpec defaults, String prefix) {
    this.reader = reader;
    this.defaults = defaults;
    this.prefix = prefix;
  }

  /**
   * Opens a file.
   *
   * @param file its path; "-": standard input
   * @param defaults for what a line leaves out
   * @param prefix of the request ids of lines that have none
   * @throws CommandException if it cannot be read
   */
  static SubmissionLines open(String file, TaskSpec defaults, String prefix) {
    try {
      BufferedReader reader =
          file.equals("-")
              ? new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))
              : Files.newBufferedReader(Path.of(file));
      return new SubmissionLines(reader, defaults, prefix);
    } catch (IOException | IllegalArgumentException e) {
      throw new CommandException(
          ExitCode.USAGE, "--from: " + file + " cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /** The next task; null: there is none. */
  @Nullable Submission next() throws BadLineException {
    String text;
    do {
      text = read();
      line++;
    } while (text != null && text.isBlank());
    return text == null ? null : submission(text);
  }

  private @Nullable String read() {
    try {
      return reader.readLine();
    } catch (IOException e) {
      throw new UncheckedIOException("line " + (line + 1) + " cannot be read", e);
    }
  }

  private Submission submission(String text) throws BadLineException {
    try {
      if (!(MAPPER.readTree(text) instanceof ObjectNode object)) {
        throw new BadLineException(line, "it is no JSON object");
      }
      JsonNode spec = object.get("spec");
      boolean wrapped = spec instanceof ObjectNode;
      String requestId = wrapped ? object.path("request_id").asText("") : "";
      return new Submission(
          line,
          spec(wrapped ? (ObjectNode) spec : object),
          new SubmitOptions(requestId.isEmpty() ? prefix + "-" + line : requestId));
    } catch (JsonProcessingException e) {
      throw new BadLineException(line, "it is no JSON: " + e.getOriginalMessage());
    } catch (InvalidProtocolBufferException e) {
      throw new BadLineException(line, "it is no task: " + e.getMessage());
    } catch (IllegalArgumentException e) {
      throw new BadLineException(line, String.valueOf(e.getMessage()));
    }
  }

  private TaskSpec spec(ObjectNode object)
      throws JsonProcessingException, InvalidProtocolBufferException {
    // Read as a document, not as protobuf's own value, which has no whole numbers beyond 2^53.
    JsonNode json = object.path("payload") instanceof ObjectNode p ? p.remove("json") : null;
    TaskSpec.Builder written = TaskSpec.newBuilder();
    JsonFormat.parser().merge(MAPPER.writeValueAsString(object), written);
    TaskSpec.Builder spec = defaults.toBuilder();
    if (object.has("payload")) {
      spec.clearPayload();
    }
    spec.mergeFrom(written.build());
    if (json != null) {
      spec.getPayloadBuilder().setData(ByteString.copyFrom(MAPPER.writeValueAsBytes(json)));
      if (spec.getPayload().getContentType().isEmpty()) {
        spec.getPayloadBuilder().setContentType("application/json");
      }
    }
    return spec.build();
  }

  @Override
  public void close() {
    try {
      reader.close();
    } catch (IOException e) {
      throw new UncheckedIOException("the input could not be closed", e);
    }
  }
}
