package io.reefmesh.gateway.engine;

import com.google.protobuf.ByteString;
import io.reefmesh.gateway.store.TaskBody;

/**
 * How much of the payloads of tasks without an outcome stays in memory. Those that come when there
 * is no room are let go as soon as they are durable; whoever needs one reads it from the store. A
 * payload that was kept stays until its task ends, so what runs soon is what was kept.
 *
 * <p>Not thread-safe: the restart's thread owns it, then the engine's.
 */
public final class PayloadBudget {

  /** What a payload takes beside its bytes: the objects around them. */
  static final int OVERHEAD_BYTES = 48;

  private final long limitBytes;
  private long keptBytes;

  /**
   * @param limitBytes how much may be kept
   */
  public PayloadBudget(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** One that keeps all. */
  public static PayloadBudget unlimited() {
    return new PayloadBudget(Long.MAX_VALUE);
  }

  /** What is kept now. */
  public long keptBytes() {
    return keptBytes;
  }

  /** Whether there is room for a payload of so many bytes. */
  boolean admits(int bytes) {
    return bytes == 0 || keptBytes + bytes + OVERHEAD_BYTES <= limitBytes;
  }

  /** A task's payload is durable: it counts from now on, or is let go. */
  void durable(TaskBody body) {
    int bytes = body.payloadBytes();
    if (bytes == 0) {
      return;
    }
    if (admits(bytes)) {
      keptBytes += bytes + OVERHEAD_BYTES;
    } else {
      body.letPayloadGo();
    }
  }

  /** A task came from the store, with its payload or without. */
  void restored(TaskBody body) {
    keptBytes += sizeOf(body);
  }

  /** A task has its outcome. */
  void ended(TaskBody body) {
    keptBytes -= sizeOf(body);
  }

  private static int sizeOf(TaskBody body) {
    ByteString payload = body.payload();
    return payload == null || payload.isEmpty() ? 0 : payload.size() + OVERHEAD_BYTES;
  }
}
