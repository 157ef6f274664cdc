package io.reefmesh.gateway.door;

import com.google.rpc.BadRequest.FieldViolation;
import java.util.ArrayList;
import java.util.List;

/**
 * Collects what is wrong with a request, so that a caller learns everything at once. At most {@link
 * #MAX} are kept, the others counted. Not thread-safe.
 */
public final class Violations {

  /** How many are told: an answer must fit into the 8 KiB that gRPC allows for trailers. */
  public static final int MAX = 20;

  private static final int MAX_FIELD = 128;
  private static final int MAX_DESCRIPTION = 160;

  private final List<FieldViolation> kept = new ArrayList<>();
  private int left;

  /**
   * Adds one.
   *
   * @param field the path of the field, as in "spec.timeouts.run"
   * @param description what the value is and what is allowed
   */
  public void add(String field, String description) {
    if (kept.size() == MAX) {
      left++;
      return;
    }
    kept.add(violation(field, description));
  }

  /** Adds one unless the condition holds. */
  public void unless(boolean condition, String field, String description) {
    if (!condition) {
      add(field, description);
    }
  }

  /** Whether there is none. */
  public boolean isEmpty() {
    return kept.isEmpty();
  }

  /** Whether there are so many that looking for more is of no use. */
  boolean isFull() {
    return kept.size() == MAX;
  }

  /**
   * Refuses the request if there is any.
   *
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT with all of them
   */
  public void throwIfAny() {
    if (!kept.isEmpty()) {
      throw Refusals.invalid(kept, left);
    }
  }

  static FieldViolation violation(String field, String description) {
    return FieldViolation.newBuilder()
        .setField(Printable.cut(field, MAX_FIELD))
        .setDescription(Printable.cut(description, MAX_DESCRIPTION))
        .build();
  }
}
