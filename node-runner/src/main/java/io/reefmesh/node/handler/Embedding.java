package io.reefmesh.node.handler;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A meaning as a direction: two texts are alike as far as their directions agree. Of length 1.
 * Immutable.
 */
final class Embedding {

  private final String model;
  private final float[] direction;

  private Embedding(String model, float[] direction) {
    this.model = model;
    this.direction = direction;
  }

  /** Which model made it; those of different models cannot be compared. */
  String model() {
    return model;
  }

  /** Scales coordinates to length 1; all zero stays so. */
  static Embedding of(String model, float[] coordinates) {
    double square = 0;
    for (float x : coordinates) {
      square += (double) x * x;
    }
    float[] direction = new float[coordinates.length];
    for (int i = 0; square > 0 && i < direction.length; i++) {
      direction[i] = (float) (coordinates[i] / Math.sqrt(square));
    }
    return new Embedding(model, direction);
  }

  /** As stored: four bytes each, the lowest first. */
  byte[] bytes() {
    ByteBuffer buffer = ByteBuffer.allocate(direction.length * Float.BYTES);
    buffer.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(direction);
    return buffer.array();
  }

  /** The cosine of the angle to a stored one; NaN if that has another number of coordinates. */
  double likeness(byte[] stored) {
    if (stored.length != direction.length * Float.BYTES) {
      return Double.NaN;
    }
    ByteBuffer buffer = ByteBuffer.wrap(stored).order(ByteOrder.LITTLE_ENDIAN);
    double sum = 0;
    for (float x : direction) {
      sum += (double) x * buffer.getFloat();
    }
    return sum;
  }
}
