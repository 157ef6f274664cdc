package io.reefmesh.node.handler;

import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A process and all that came of it.
 *
 * <p>On Linux a process belongs to the tree if one of these holds, so that it must deny its origin
 * in all three ways to get away:
 *
 * <ul>
 *   <li>it descends from a member, now or at an earlier look;
 *   <li>it is in the session or group that the root leads, which outlives its parents;
 *   <li>it was started with the tree's mark in its environment, which survives a session of its
 *       own. (The idea is that of Jenkins' process tree killer.)
 * </ul>
 *
 * <p>Elsewhere only descent counts. Not thread-safe.
 */
final class ProcessTree {

  private static final Logger log = LoggerFactory.getLogger(ProcessTree.class);

  /** Long enough to notice an end soon, short enough for a program that dies at once. */
  private static final Duration FIRST_PAUSE = Duration.ofMillis(5);

  private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);

  private final ProcessHandle root;
  private final byte[] mark;

  /** When the root began, in ticks; 0 if it ended before anyone could look. */
  private final long rootStartTicks;

  /** Every member ever seen in the table, with its start in ticks. */
  private final Map<Long, Long> seenRows = new HashMap<>();

  /** The same for when there is no table. */
  private final Set<ProcessHandle> seenHandles = new HashSet<>();

  /**
   * The tree below a process that was just started.
   *
   * @param mark a text, unique to this tree, that stands in the root's environment
   */
  ProcessTree(ProcessHandle root, String mark) {
    this.root = root;
    this.mark = mark.getBytes(StandardCharsets.UTF_8);
    this.rootStartTicks = ProcessTable.row(root.pid()).map(ProcessTable.Row::startTicks).orElse(0L);
    seenRows.put(root.pid(), rootStartTicks);
    seenHandles.add(root);
  }

  /**
   * Ends all of it: politely first, and by force what is left after {@code grace}. An interrupt
   * does not shorten it.
   *
   * @param bound how long to go on by force before giving up
   * @return whether all of it is gone
   */
  boolean end(Duration grace, Duration bound) {
    Set<ProcessHandle> asked = new HashSet<>();
    Consumer<ProcessHandle> askOnce =
        process -> {
          if (asked.add(process)) {
            process.destroy();
          }
        };
    return emptied(grace, askOnce) || emptied(bound, ProcessHandle::destroyForcibly);
  }

  /** Those alive. */
  Set<ProcessHandle> alive() {
    if (ProcessTable.exists()) {
      try {
        return fromTable(ProcessTable.rows());
      } catch (IOException e) {
        log.warn("the table of processes cannot be read now: {}", e.getMessage());
      }
    }
    return fromHandles();
  }

  /** Does something to each member until none is left or time is up. */
  private boolean emptied(Duration limit, Consumer<ProcessHandle> action) {
    long start = System.nanoTime();
    Duration pause = FIRST_PAUSE;
    while (true) {
      Set<ProcessHandle> alive = alive();
      if (alive.isEmpty()) {
        return true;
      }
      alive.forEach(action);
      if (System.nanoTime() - start > limit.toNanos()) {
        return false;
      }
      Uninterruptibles.sleepUninterruptibly(pause);
      pause = pause.compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
    }
  }

  private Set<ProcessHandle> fromTable(List<ProcessTable.Row> rows) {
    Set<Long> members = membersByOrigin(rows);
    addDescendants(rows, members);
    Set<ProcessHandle> alive = new HashSet<>();
    for (ProcessTable.Row row : rows) {
      if (members.contains(row.pid())) {
        seenRows.put(row.pid(), row.startTicks());
        ProcessHandle.of(row.pid()).ifPresent(alive::add);
      }
    }
    seenHandles.addAll(alive);
    return alive;
  }

  private Set<Long> membersByOrigin(List<ProcessTable.Row> rows) {
    // A session cannot outlive the reuse of its leader's id, so a stranger there means it is empty.
    boolean strangerInPlaceOfRoot =
        rows.stream().anyMatch(row -> row.pid() == root.pid() && !wasSeen(row));
    Set<Long> members = new HashSet<>();
    for (ProcessTable.Row row : rows) {
      boolean ledByRoot = row.session() == root.pid() || row.group() == root.pid();
      if (wasSeen(row) || (ledByRoot && !strangerInPlaceOfRoot) || isMarked(row)) {
        members.add(row.pid());
      }
    }
    return members;
  }

  private static void addDescendants(List<ProcessTable.Row> rows, Set<Long> members) {
    boolean grew = true;
    while (grew) {
      grew = false;
      for (ProcessTable.Row row : rows) {
        grew |= members.contains(row.parent()) && members.add(row.pid());
      }
    }
  }

  private boolean wasSeen(ProcessTable.Row row) {
    Long start = seenRows.get(row.pid());
    return start != null && start == row.startTicks();
  }

  private boolean isMarked(ProcessTable.Row row) {
    return row.startTicks() >= rootStartTicks && ProcessTable.environmentHolds(row.pid(), mark);
  }

  private Set<ProcessHandle> fromHandles() {
    Set<ProcessHandle> all = new HashSet<>(seenHandles);
    seenHandles.forEach(process -> process.descendants().forEach(all::add));
    all.removeIf(process -> !process.isAlive());
    seenHandles.addAll(all);
    return all;
  }
}
