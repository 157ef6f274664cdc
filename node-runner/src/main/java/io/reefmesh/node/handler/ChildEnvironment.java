package io.reefmesh.node.handler;

import io.reefmesh.node.TaskContext;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The environment that child processes get: a short list of harmless variables, those that the
 * operator named, and what identifies the attempt. The node's own keys and tokens stay with the
 * node. Immutable; prints names only.
 */
public final class ChildEnvironment {

  private static final List<String> HARMLESS = List.of("PATH", "HOME", "LANG", "TZ", "TMPDIR");
  private static final String LOCALE_PREFIX = "LC_";
  private static final String USUAL_PATH = "/usr/local/bin:/usr/bin:/bin";

  private final Map<String, String> variables;

  private ChildEnvironment(Map<String, String> variables) {
    this.variables = variables;
  }

  /**
   * What may be passed on of a node's own environment.
   *
   * @param own the node's variables
   * @param alsoPass names of further variables to pass on
   */
  static ChildEnvironment from(Map<String, String> own, List<String> alsoPass) {
    Map<String, String> kept = new TreeMap<>();
    own.forEach(
        (name, value) -> {
          boolean harmless = HARMLESS.contains(name) || name.startsWith(LOCALE_PREFIX);
          if (harmless || alsoPass.contains(name)) {
            kept.put(name, value);
          }
        });
    kept.putIfAbsent("PATH", USUAL_PATH);
    return new ChildEnvironment(Map.copyOf(kept));
  }

  /** Where programs are looked for. */
  String path() {
    return variables.getOrDefault("PATH", USUAL_PATH);
  }

  /** All variables for the child of one attempt. */
  Map<String, String> forAttempt(TaskContext context) {
    Map<String, String> all = new TreeMap<>(variables);
    all.put("REEFMESH_TASK_ID", context.taskId());
    all.put("REEFMESH_ATTEMPT", Integer.toString(context.attempt()));
    all.put("REEFMESH_TASK_TYPE", context.type());
    all.put("REEFMESH_SESSION_ID", context.sessionId());
    return all;
  }

  @Override
  public String toString() {
    return new TreeSet<>(variables.keySet()).toString();
  }
}
