package io.reefmesh.gateway.store;

import com.google.protobuf.ByteString;
import io.reefmesh.balancer.Opaque;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.v1.TaskSpec;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a caller asked for, as it is stored. The payload may be let go, once, when it is durable and
 * memory is short: whoever needs it then reads it from the store.
 *
 * <p>Thread-safe. Two bodies are equal if everything about them is, whether the payload is here
 * included.
 */
public final class TaskBody implements Opaque {

  private final StoredSpec spec;
  private final String contentType;
  private final @Nullable TaskId retryOf;
  private final int payloadBytes;
  private volatile @Nullable ByteString payload;

  /**
   * A whole one.
   *
   * @param spec with its defaults filled in and without its payload
   * @param contentType of the payload
   * @param payload the bytes
   * @param retryOf the task this one repeats, if any
   */
  public TaskBody(
      StoredSpec spec, String contentType, ByteString payload, @Nullable TaskId retryOf) {
    this(spec, contentType, payload.size(), payload, retryOf);
  }

  /** The same, from a message. */
  public TaskBody(TaskSpec spec, String contentType, ByteString payload, @Nullable TaskId retryOf) {
    this(StoredSpec.of(spec), contentType, payload, retryOf);
  }

  private TaskBody(
      StoredSpec spec,
      String contentType,
      int payloadBytes,
      @Nullable ByteString payload,
      @Nullable TaskId retryOf) {
    this.spec = spec;
    this.contentType = contentType;
    this.payloadBytes = payloadBytes;
    this.payload = payload;
    this.retryOf = retryOf;
  }

  /** One whose payload is in the store only. */
  static TaskBody withoutPayload(
      StoredSpec spec, String contentType, int payloadBytes, @Nullable TaskId retryOf) {
    return new TaskBody(
        spec, contentType, payloadBytes, payloadBytes == 0 ? ByteString.EMPTY : null, retryOf);
  }

  /** What was asked for, with its defaults filled in and without its payload. */
  public TaskSpec spec() {
    return spec.message();
  }

  /** The same in its stored form. */
  public StoredSpec storedSpec() {
    return spec;
  }

  /** Of the payload. */
  public String contentType() {
    return contentType;
  }

  /** The payload; null: it is in the store only. */
  public @Nullable ByteString payload() {
    return payload;
  }

  /** The length of the payload, wherever it is. */
  public int payloadBytes() {
    return payloadBytes;
  }

  /** The task this one repeats, if any. */
  public @Nullable TaskId retryOf() {
    return retryOf;
  }

  /** Lets the payload go: it is durable. An empty one stays. */
  public void letPayloadGo() {
    if (payloadBytes > 0) {
      payload = null;
    }
  }

  /** The same body with its payload. */
  public TaskBody with(ByteString itsPayload) {
    return new TaskBody(spec, contentType, itsPayload, retryOf);
  }

  /** An equal one, whose payload may be let go, or stay, on its own. */
  TaskBody copy() {
    return new TaskBody(spec, contentType, payloadBytes, payload, retryOf);
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof TaskBody body
            && payloadBytes == body.payloadBytes
            && spec.equals(body.spec)
            && contentType.equals(body.contentType)
            && Objects.equals(retryOf, body.retryOf)
            && Objects.equals(payload, body.payload));
  }

  @Override
  public int hashCode() {
    return Objects.hash(spec, contentType, payloadBytes, retryOf);
  }

  /** Without the payload, which is the caller's. */
  @Override
  public String toString() {
    return "TaskBody["
        + spec
        + ", "
        + contentType
        + ", "
        + payloadBytes
        + " bytes, "
        + retryOf
        + "]";
  }
}
