package io.reefmesh.node;

import com.google.protobuf.ByteString;
import io.reefmesh.v1.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What a handler gives when it succeeds.
 *
 * @param contentType media type of the payload
 * @param payload the result; at most the mesh's payload limit, 1 MiB by default
 * @param usage what it consumed, if known
 */
public record TaskOutput(String contentType, ByteString payload, @Nullable Usage usage) {

  /** A JSON result. */
  public static TaskOutput json(String json) {
    return new TaskOutput("application/json", ByteString.copyFromUtf8(json), null);
  }

  /** A text result. */
  public static TaskOutput text(String text) {
    return new TaskOutput("text/plain; charset=utf-8", ByteString.copyFromUtf8(text), null);
  }

  /** A result of bytes. */
  public static TaskOutput data(ByteString bytes) {
    return new TaskOutput("application/octet-stream", bytes, null);
  }

  /** The same with what it consumed. */
  public TaskOutput withUsage(Usage usage) {
    return new TaskOutput(contentType, payload, usage);
  }
}
