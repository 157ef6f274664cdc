package io.reefmesh.client;

/**
 * How a {@link TaskStream} submits.
 *
 * @param outcomes whether the outcome of every task is sent too; a submission then keeps its place
 *     among those in flight until its task has ended
 * @param maxInFlight submissions without their receipt (or outcome) at once, 1 to 1,000,000
 * @param maxInFlightBytes what these may take up together, about; a single larger one still goes
 */
public record TaskStreamOptions(boolean outcomes, int maxInFlight, long maxInFlightBytes) {

  private static final int MAX_IN_FLIGHT = 1_000_000;
  private static final TaskStreamOptions STANDARD = new TaskStreamOptions(false, 10_000, 64L << 20);

  /** Checks the ranges. */
  public TaskStreamOptions {
    if (maxInFlight < 1 || maxInFlight > MAX_IN_FLIGHT) {
      throw new IllegalArgumentException(
          "max in flight must be from 1 to " + MAX_IN_FLIGHT + ", not " + maxInFlight);
    }
    if (maxInFlightBytes < 1) {
      throw new IllegalArgumentException(
          "max in flight bytes must be at least 1, not " + maxInFlightBytes);
    }
  }

  /** Receipts only; 10,000 submissions and 64 MiB in flight. */
  public static TaskStreamOptions standard() {
    return STANDARD;
  }

  /** The same with outcomes. */
  public TaskStreamOptions withOutcomes() {
    return new TaskStreamOptions(true, maxInFlight, maxInFlightBytes);
  }

  /** The same with another number of submissions in flight. */
  public TaskStreamOptions withMaxInFlight(int value) {
    return new TaskStreamOptions(outcomes, value, maxInFlightBytes);
  }
}
