package io.reefmesh.chaos.history;

import io.reefmesh.chaos.work.Effect;
import io.reefmesh.chaos.work.Effect.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** How long it took until the work of a lost node ran elsewhere, by the traces of the handlers. */
public final class LossRules {

  /**
   * A process life that was killed or frozen.
   *
   * @param node which node
   * @param life which process life of it
   * @param nanos when, on the machine's monotonic clock
   */
  public record Loss(String node, int life, long nanos) {}

  /**
   * What became of the work of a lost node.
   *
   * @param running how many attempts it was at
   * @param movedNanos for each that began again elsewhere, how long after the loss
   * @param notMoved ids of tasks that began nowhere else
   */
  public record Moves(int running, List<Long> movedNanos, List<String> notMoved) {}

  private LossRules() {}

  /** Follows what a process life was at when it was lost. */
  public static Moves follow(Loss loss, List<Effect> effects) {
    Set<String> over = new HashSet<>();
    Map<String, List<Effect>> begun = new HashMap<>();
    for (Effect effect : effects) {
      if (effect.kind() == Kind.BEGUN) {
        begun.computeIfAbsent(effect.taskId(), id -> new ArrayList<>()).add(effect);
      } else if (effect.nanos() <= loss.nanos()) {
        over.add(effect.token());
      }
    }
    int running = 0;
    List<Long> moved = new ArrayList<>();
    List<String> notMoved = new ArrayList<>();
    for (Effect effect : effects) {
      if (!isAt(effect, loss) || over.contains(effect.token())) {
        continue;
      }
      running++;
      begun.getOrDefault(effect.taskId(), List.of()).stream()
          .filter(other -> other.attempt() > effect.attempt())
          .min(Comparator.comparingInt(Effect::attempt))
          .ifPresentOrElse(
              next -> moved.add(next.nanos() - loss.nanos()), () -> notMoved.add(effect.taskId()));
    }
    return new Moves(running, moved, notMoved);
  }

  private static boolean isAt(Effect effect, Loss loss) {
    return effect.kind() == Kind.BEGUN
        && effect.node().equals(loss.node())
        && effect.life() == loss.life()
        && effect.nanos() <= loss.nanos();
  }
}
