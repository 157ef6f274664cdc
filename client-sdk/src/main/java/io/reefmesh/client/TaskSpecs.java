package io.reefmesh.client;

import com.google.protobuf.ByteString;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.TaskSpec;

/**
 * Task specifications in a word. For more than type and payload go on with {@code toBuilder()}:
 * {@code TaskSpecs.of("ping").toBuilder().setPriority(1).build()}. The gateway checks them, not
 * this class.
 */
public final class TaskSpecs {

  private TaskSpecs() {}

  /** A task of this type with an empty payload. */
  public static TaskSpec of(String type) {
    return TaskSpec.newBuilder().setType(type).build();
  }

  /** A task with a JSON document as payload; it is sent as it is written. */
  public static TaskSpec json(String type, String json) {
    return data(type, "application/json", ByteString.copyFromUtf8(json));
  }

  /** A task with plain text as payload. */
  public static TaskSpec text(String type, String text) {
    return data(type, "text/plain; charset=utf-8", ByteString.copyFromUtf8(text));
  }

  /** A task with any bytes as payload. */
  public static TaskSpec data(String type, String contentType, ByteString bytes) {
    return TaskSpec.newBuilder()
        .setType(type)
        .setPayload(Payload.newBuilder().setContentType(contentType).setData(bytes))
        .build();
  }
}
