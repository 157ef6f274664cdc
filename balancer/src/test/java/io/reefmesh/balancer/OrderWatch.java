package io.reefmesh.balancer;

import com.google.common.collect.ImmutableMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Looks from outside, after each step that pushed something, whether an older equal was overtaken,
 * a cap passed or a session run out of order. It knows the rules and the views, not the queue.
 */
final class OrderWatch {

  private static final long STEP = 2_000;

  static final QueueRules RULES =
      new QueueRules(STEP, 1_500, 0, 1, ImmutableMap.of("a", 3), ImmutableMap.of("a", 4, "b", 2));

  private final MeshScenario mesh;

  OrderWatch(MeshScenario mesh) {
    this.mesh = mesh;
  }

  void check(List<Effect> effects, LongFunction<String> nodeOf) {
    Map<TaskId, TaskView> live = new HashMap<>();
    mesh.allLive().forEach(view -> live.put(view.id(), view));
    checkCaps(live);
    for (Effect effect : effects) {
      if (effect instanceof Effect.Push push && live.containsKey(push.id())) {
        TaskView pushed = live.get(push.id());
        for (TaskView other : live.values()) {
          checkSession(pushed, other);
          if (areEqual(pushed, other) && isOlder(other, pushed)) {
            checkNotOvertaken(pushed, other, nodeOf.apply(push.link()));
          }
        }
      }
    }
  }

  private static void checkCaps(Map<TaskId, TaskView> live) {
    Map<String, Integer> running = new HashMap<>();
    for (TaskView view : live.values()) {
      if (view.state() != TaskState.QUEUED) {
        String project = view.terms().project();
        int ofProject = running.merge(project, 1, Integer::sum);
        require(
            RULES.capOf(project) == 0 || ofProject <= RULES.capOf(project),
            "project " + project + " runs " + ofProject);
        String key = view.terms().concurrencyKey();
        if (key != null) {
          int ofKey = running.merge(project + "/" + key, 1, Integer::sum);
          require(ofKey <= RULES.keyCap(), "key " + project + "/" + key + " runs " + ofKey);
        }
      }
    }
  }

  private static void checkSession(TaskView pushed, TaskView other) {
    String session = pushed.terms().session();
    require(
        session == null
            || !session.equals(other.terms().session())
            || !pushed.terms().project().equals(other.terms().project())
            || pushed.id().value() <= other.id().value(),
        "task " + pushed.id() + " of session " + session + " goes before " + other.id());
  }

  private static boolean areEqual(TaskView a, TaskView b) {
    return a.terms().project().equals(b.terms().project())
        && a.terms().requirement().equals(b.terms().requirement())
        && Math.floorDiv(key(a), STEP) == Math.floorDiv(key(b), STEP);
  }

  private static boolean isOlder(TaskView a, TaskView b) {
    return key(a) != key(b) ? key(a) < key(b) : a.id().value() < b.id().value();
  }

  private static long key(TaskView view) {
    return view.id().createdAtMillis() + (view.terms().priority() - 1) * STEP;
  }

  /** Nothing becomes able to run while tasks are placed: whoever could now, could before. */
  private static void checkNotOvertaken(TaskView pushed, TaskView older, String node) {
    WaitReason why = older.waitReason();
    if (why != null && wasRefused(older)) {
      return;
    }
    require(
        why == null || !couldHaveGone(pushed, older, why, node),
        "task "
            + pushed.id()
            + " overtook the older equal "
            + older.id()
            + ", which waits: "
            + why);
  }

  private static boolean couldHaveGone(
      TaskView pushed, TaskView older, WaitReason why, String node) {
    return switch (why.cause()) {
      case NEXT -> true;
      case NODES_BUSY ->
          !why.message().contains("which ran session")
              || why.message().startsWith("node " + node + ",");
      case CONCURRENCY_CAP -> {
        // What it lacks, the younger one has just taken; unless it waited for its session's node.
        @Nullable String key = older.terms().concurrencyKey();
        yield older.terms().session() == null
            && (key == null || key.equals(pushed.terms().concurrencyKey()));
      }
      case NO_CAPABLE_NODE, SESSION_BUSY, BACKOFF, NOT_BEFORE -> false;
    };
  }

  private static boolean wasRefused(TaskView view) {
    return view.history().stream()
        .map(AttemptRecord::outcome)
        .anyMatch(Set.of(AttemptOutcome.REFUSED, AttemptOutcome.UNRECEIVED)::contains);
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      throw new AssertionError(otherwise);
    }
  }
}
