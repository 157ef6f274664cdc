package io.reefmesh.balancer;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds tasks that kill the nodes they run on: whoever was there each time a process died is not
 * given to yet another one. Decides from the history alone, which outlives the gateway.
 */
final class PoisonGuard {

  private PoisonGuard() {}

  /**
   * The failure that ends the task; null: it may go on.
   *
   * @param lives how many different process lives may end with the task aboard; 0: any number
   */
  static @Nullable Failure verdict(Iterable<AttemptRecord> history, int lives) {
    Map<String, String> died = new LinkedHashMap<>();
    for (AttemptRecord attempt : history) {
      Failure failure = attempt.failure();
      if (attempt.outcome() == AttemptOutcome.LOST
          && failure != null
          && failure.code().equals(Failure.NODE_LOST)) {
        died.put(attempt.nodeId() + " " + attempt.incarnation(), attempt.nodeId());
      }
    }
    if (lives == 0 || died.size() < lives) {
      return null;
    }
    return Failure.terminal(
        Failure.POISON,
        died.size()
            + " node processes were lost while they had this task: "
            + String.join(", ", died.values())
            + "; it is not given to another");
  }
}
