package io.reefmesh.chaos.history;

import io.reefmesh.chaos.work.Effect;
import io.reefmesh.chaos.work.Effect.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether work that ran while the gateway was killed went on undisturbed, by the handlers' traces.
 */
public final class AdoptionRules {

  /**
   * What became of the work that ran when the gateway was killed.
   *
   * @param running attempts that ran, over all kills
   * @param again of these, tasks that had to run again
   * @param worst the smallest share of one kill that went on undisturbed; 1 if there was no kill
   */
  public record Adoption(long running, long again, double worst) {

    /** The share of all kills together. */
    public double together() {
      return running == 0 ? 0 : 1 - (double) again / running;
    }
  }

  private AdoptionRules() {}

  /** Follows each attempt that ran at a kill: did its task have to begin again? */
  public static Adoption follow(List<Long> killedNanos, List<Effect> effects) {
    Map<String, Long> over = new HashMap<>();
    Map<String, Integer> lastAttempt = new HashMap<>();
    for (Effect effect : effects) {
      if (effect.kind() == Kind.BEGUN) {
        lastAttempt.merge(effect.taskId(), effect.attempt(), Math::max);
      } else {
        over.put(effect.token(), effect.nanos());
      }
    }
    int[] running = new int[killedNanos.size()];
    int[] again = new int[killedNanos.size()];
    for (Effect effect : effects) {
      if (effect.kind() != Kind.BEGUN) {
        continue;
      }
      long overNanos = over.getOrDefault(effect.token(), Long.MAX_VALUE);
      int last = -1;
      for (int kill = 0; kill < running.length; kill++) {
        long at = killedNanos.get(kill);
        if (effect.nanos() <= at && at < overNanos) {
          running[kill]++;
          last = kill;
        }
      }
      // What ran through several kills and began again did so because of the last of them.
      if (last >= 0 && lastAttempt.getOrDefault(effect.taskId(), 0) > effect.attempt()) {
        again[last]++;
      }
    }
    return sum(running, again);
  }

  private static Adoption sum(int[] running, int[] again) {
    long allRunning = 0;
    long allAgain = 0;
    double worst = 1;
    for (int kill = 0; kill < running.length; kill++) {
      allRunning += running[kill];
      allAgain += again[kill];
      if (running[kill] > 0) {
        worst = Math.min(worst, 1 - (double) again[kill] / running[kill]);
      }
    }
    return new Adoption(allRunning, allAgain, worst);
  }
}
