package io.reefmesh.gateway.store;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.reefmesh.v1.TaskSpec;
import org.jspecify.annotations.Nullable;

/**
 * A specification as it is stored: its serialized form, which takes a tenth of the room of the
 * message. The message is made when somebody asks for it; where one object stands for the equal
 * specifications of many tasks, it may be kept for them. Thread-safe.
 */
public final class StoredSpec {

  private final ByteString bytes;
  private volatile @Nullable TaskSpec kept;

  private StoredSpec(ByteString bytes, @Nullable TaskSpec kept) {
    this.bytes = bytes;
    this.kept = kept;
  }

  /** The form of a message, which is kept until {@link #letGo}. */
  public static StoredSpec of(TaskSpec spec) {
    return of(spec, spec.toByteString());
  }

  /** The same, where its serialized form is known. */
  public static StoredSpec of(TaskSpec spec, ByteString bytes) {
    return new StoredSpec(bytes, spec);
  }

  /**
   * What was stored, read and kept until {@link #letGo}.
   *
   * @throws InvalidProtocolBufferException if it is none
   */
  public static StoredSpec parse(ByteString bytes) throws InvalidProtocolBufferException {
    return new StoredSpec(bytes, TaskSpec.parseFrom(bytes));
  }

  /** The message is made anew from now on whenever it is asked for. */
  public void letGo() {
    kept = null;
  }

  /** The message. */
  public TaskSpec message() {
    TaskSpec message = kept;
    if (message != null) {
      return message;
    }
    try {
      return TaskSpec.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a specification that was readable no longer is", e);
    }
  }

  /** The serialized form. */
  public ByteString bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return this == other || (other instanceof StoredSpec spec && bytes.equals(spec.bytes));
  }

  @Override
  public int hashCode() {
    return bytes.hashCode();
  }

  @Override
  public String toString() {
    return "a specification of " + bytes.size() + " bytes";
  }
}
