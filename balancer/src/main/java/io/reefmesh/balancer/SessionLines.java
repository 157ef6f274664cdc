package io.reefmesh.balancer;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All sessions that have live tasks, and where the last task of lately used sessions ran. */
final class SessionLines {

  /** How many sessions' last nodes are remembered; the least lately used are forgotten. */
  private static final int MAX_REMEMBERED = 100_000;

  /** A session is known within its project. */
  record Key(String project, String session) {}

  private final Map<Key, SessionLine> lines = new HashMap<>();

  /** Where a session's last attempt was pushed: a node in one process life. */
  record LastRun(String nodeId, String incarnation) {}

  private final Map<Key, LastRun> lastRuns =
      new LinkedHashMap<>(64, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, LastRun> eldest) {
          return size() > MAX_REMEMBERED;
        }
      };

  /** Puts a task at the end of its session's line, if it has a session. */
  void join(TaskEntry task) {
    String session = task.terms.session();
    if (session != null) {
      SessionLine line =
          lines.computeIfAbsent(new Key(task.terms.project(), session), SessionLine::new);
      line.tasks.add(task);
      task.line = line;
    }
  }

  /** Takes a task out of its line; the line goes when nothing is left of it. */
  void leave(TaskEntry task) {
    SessionLine line = task.line;
    if (line != null) {
      line.tasks.remove(task);
      task.line = null;
      dropIfIdle(line);
    }
  }

  void dropIfIdle(SessionLine line) {
    if (line.tasks.isEmpty() && line.hold == null) {
      lines.remove(line.key);
    }
  }

  void ranOn(TaskEntry task, NodeEntry node) {
    if (task.line != null) {
      lastRuns.put(task.line.key, new LastRun(node.id, node.incarnation));
    }
  }

  @Nullable LastRun lastRun(TaskEntry task) {
    return task.line == null ? null : lastRuns.get(task.line.key);
  }

  int size() {
    return lines.size();
  }
}
