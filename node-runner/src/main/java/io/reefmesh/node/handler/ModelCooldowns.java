package io.reefmesh.node.handler;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Which models of an endpoint are left alone, and until when. An endpoint that does not say how
 * long is given {@link #FIRST}, and twice as long each time in a row, up to {@link #LONGEST}.
 * Thread-safe.
 */
final class ModelCooldowns {

  static final Duration FIRST = Duration.ofSeconds(5);
  static final Duration LONGEST = Duration.ofMinutes(2);

  /** The least that makes sense between two nodes and a gateway. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  /** Names come from payloads too: beyond this the oldest pause is forgotten. */
  private static final int MAX_MODELS = 256;

  private static final int MAX_DOUBLINGS = 10;

  private record Pause(long untilNanos, int inARow) {}

  private final LongSupplier nanoTime;

  /** Guarded by this. */
  private final Map<String, Pause> byModel =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Pause> eldest) {
          return size() > MAX_MODELS;
        }
      };

  ModelCooldowns(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** How long the model is still to be left alone; zero: it may be asked. */
  synchronized Duration remaining(String model) {
    Pause pause = byModel.get(model);
    if (pause == null) {
      return Duration.ZERO;
    }
    long left = pause.untilNanos() - nanoTime.getAsLong();
    return left > 0 ? Duration.ofNanos(left) : Duration.ZERO;
  }

  /**
   * The model had no room.
   *
   * @param asked how long its endpoint wants to be left alone; zero: it did not say
   * @return how long it will be
   */
  synchronized Duration begin(String model, Duration asked) {
    Pause last = byModel.remove(model);
    int inARow = last == null ? 0 : Math.min(last.inARow() + 1, MAX_DOUBLINGS);
    Duration pause = asked.isZero() ? shorter(FIRST.multipliedBy(1L << inARow), LONGEST) : asked;
    Duration bounded = pause.compareTo(SHORTEST) < 0 ? SHORTEST : pause;
    byModel.put(model, new Pause(nanoTime.getAsLong() + bounded.toNanos(), inARow));
    return bounded;
  }

  /** The model has answered. */
  synchronized void end(String model) {
    byModel.remove(model);
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }
}
