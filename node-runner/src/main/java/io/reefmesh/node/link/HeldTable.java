package io.reefmesh.node.link;

import io.reefmesh.node.link.Held.Stage;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.HeldAttempt;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The attempts that are held, oldest first, and a memory of those that were. */
final class HeldTable {

  /** Ended attempts that are remembered to recognise a repeated assignment. */
  private static final int MAX_REMEMBERED = 4096;

  private final Map<AttemptRef, Held> held = new LinkedHashMap<>();
  private final Map<String, Held> latestByTask = new HashMap<>();
  private final Set<AttemptRef> remembered = new LinkedHashSet<>();

  @Nullable Held find(AttemptRef ref) {
    return held.get(ref);
  }

  /** The attempt of this task that came last, if it is held. */
  @Nullable Held latestOf(String taskId) {
    return latestByTask.get(taskId);
  }

  /** Whether the attempt is held or was held not long ago. */
  boolean knows(AttemptRef ref) {
    return held.containsKey(ref) || remembered.contains(ref);
  }

  void add(Held attempt) {
    held.put(attempt.ref, attempt);
    latestByTask.put(attempt.ref.getTaskId(), attempt);
  }

  void remove(Held attempt) {
    held.remove(attempt.ref);
    latestByTask.remove(attempt.ref.getTaskId(), attempt);
    if (remembered.size() == MAX_REMEMBERED) {
      remembered.remove(remembered.iterator().next());
    }
    remembered.add(attempt.ref);
  }

  /** All of them; a live view. */
  Collection<Held> all() {
    return held.values();
  }

  /** What beats name: everything but handlers whose acked end they have outlived. */
  List<HeldAttempt> named() {
    List<HeldAttempt> named = new ArrayList<>(held.size());
    for (Held attempt : held.values()) {
      if (attempt.stage != Stage.LINGERING) {
        named.add(attempt.onTheWire());
      }
    }
    return named;
  }

  /** Slots taken by handlers that have outlived their reported end. */
  int outlivedSlots() {
    int outlived = 0;
    for (Held attempt : held.values()) {
      boolean ended = attempt.stage == Stage.LINGERING || attempt.stage == Stage.FINISHED;
      outlived += ended && attempt.runs() ? 1 : 0;
    }
    return outlived;
  }
}
