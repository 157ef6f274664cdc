package io.reefmesh.balancer;

/**
 * What governs the dispatcher. Times in milliseconds.
 *
 * @param strategy how nodes are chosen
 * @param silentAfterMillis a link that says nothing this long makes its node SUSPECT
 * @param graceMillis a SUSPECT node may come back this long
 * @param leaseMillis an assignment holds this long without a beat that names it
 * @param queue the order of the queue, caps on running tasks, waiting for a session's node
 * @param backlog how much is taken in
 * @param requestIdMillis how long a request id is known
 * @param sessionHoldMillis how long work that was ended and has not stopped may block its session
 * @param probeMillis how long a linked node has to answer when another claims its id
 * @param forgetNodeMillis an OFFLINE node is forgotten after this
 * @param pace how often nodes beat
 * @param health when failing nodes are taken out
 * @param poisonLives a task is failed when so many node processes died with it; 0: never
 */
public record DispatcherConfig(
    Strategy strategy,
    long silentAfterMillis,
    long graceMillis,
    long leaseMillis,
    QueueRules queue,
    BacklogLimits backlog,
    long requestIdMillis,
    long sessionHoldMillis,
    long probeMillis,
    long forgetNodeMillis,
    BeatPace pace,
    HealthRules health,
    int poisonLives) {

  private static final long HOUR = 3_600_000;

  /** How often a node beats within the silence that makes it suspect. */
  private static final long BEATS_PER_SILENCE = 3;

  /** The defaults, with the times that operators may set: three beats within the silence. */
  public static DispatcherConfig of(
      Strategy strategy, long silentAfterMillis, long graceMillis, int maxLiveTasks) {
    return new DispatcherConfig(
        strategy,
        silentAfterMillis,
        graceMillis,
        silentAfterMillis + graceMillis,
        QueueRules.DEFAULT,
        BacklogLimits.of(maxLiveTasks),
        24 * HOUR,
        60_000,
        2_000,
        HOUR,
        new BeatPace(Math.max(1, silentAfterMillis / BEATS_PER_SILENCE), 500),
        HealthRules.DEFAULT,
        3);
  }

  /** The same with nodes that beat at another pace. */
  public DispatcherConfig withPace(BeatPace other) {
    return with(queue, backlog, other, health, poisonLives);
  }

  /** The same with other rules for nodes that fail. */
  public DispatcherConfig withHealth(HealthRules other) {
    return with(queue, backlog, pace, other, poisonLives);
  }

  /** The same with another number of node processes that may die with a task; 0: any. */
  public DispatcherConfig withPoisonLives(int other) {
    return with(queue, backlog, pace, health, other);
  }

  /** The same with other rules of the queue. */
  public DispatcherConfig withQueue(QueueRules other) {
    return with(other, backlog, pace, health, poisonLives);
  }

  /** The same with other limits on what is taken in. */
  public DispatcherConfig withBacklog(BacklogLimits other) {
    return with(queue, other, pace, health, poisonLives);
  }

  private DispatcherConfig with(
      QueueRules newQueue,
      BacklogLimits newBacklog,
      BeatPace newPace,
      HealthRules newHealth,
      int newPoisonLives) {
    return new DispatcherConfig(
        strategy,
        silentAfterMillis,
        graceMillis,
        leaseMillis,
        newQueue,
        newBacklog,
        requestIdMillis,
        sessionHoldMillis,
        probeMillis,
        forgetNodeMillis,
        newPace,
        newHealth,
        newPoisonLives);
  }

  /** Everything at its default. */
  public static DispatcherConfig defaults() {
    return of(Strategy.LEAST_CONNECTIONS, 15_000, 10_000, 1_000_000);
  }
}
