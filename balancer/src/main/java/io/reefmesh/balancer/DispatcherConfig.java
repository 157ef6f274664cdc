package io.reefmesh.balancer;

/**
 * What governs the dispatcher. Times in milliseconds.
 *
 * @param strategy how nodes are chosen
 * @param silentAfterMillis a link that says nothing this long makes its node SUSPECT
 * @param graceMillis a SUSPECT node may come back this long
 * @param leaseMillis an assignment holds this long without a beat that names it
 * @param queue the order of the queue, caps on running tasks, waiting for a session's node
 * @param maxLiveTasks how many tasks without an outcome are kept
 * @param requestIdMillis how long a request id is known
 * @param sessionHoldMillis how long work that was ended and has not stopped may block its session
 * @param probeMillis how long a linked node has to answer when another claims its id
 * @param forgetNodeMillis an OFFLINE node is forgotten after this
 */
public record DispatcherConfig(
    Strategy strategy,
    long silentAfterMillis,
    long graceMillis,
    long leaseMillis,
    QueueRules queue,
    int maxLiveTasks,
    long requestIdMillis,
    long sessionHoldMillis,
    long probeMillis,
    long forgetNodeMillis) {

  private static final long HOUR = 3_600_000;

  /** The defaults, with the times that operators may set. */
  public static DispatcherConfig of(
      Strategy strategy, long silentAfterMillis, long graceMillis, int maxLiveTasks) {
    return new DispatcherConfig(
        strategy,
        silentAfterMillis,
        graceMillis,
        silentAfterMillis + graceMillis,
        QueueRules.DEFAULT,
        maxLiveTasks,
        24 * HOUR,
        60_000,
        2_000,
        HOUR);
  }

  /** The same with other rules of the queue. */
  public DispatcherConfig withQueue(QueueRules rules) {
    return new DispatcherConfig(
        strategy,
        silentAfterMillis,
        graceMillis,
        leaseMillis,
        rules,
        maxLiveTasks,
        requestIdMillis,
        sessionHoldMillis,
        probeMillis,
        forgetNodeMillis);
  }

  /** Everything at its default. */
  public static DispatcherConfig defaults() {
    return of(Strategy.LEAST_CONNECTIONS, 15_000, 10_000, 1_000_000);
  }
}
