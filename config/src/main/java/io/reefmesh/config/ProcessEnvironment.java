package io.reefmesh.config;

import java.util.Collections;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings among the variables of a process. Variables that begin like ours and are none are
 * left out: what a node gives to the programs it runs (a gateway may be one of them), what the
 * launcher script reads, and what Kubernetes and Docker tell of services whose names begin with
 * "reefmesh", such as {@code REEFMESH_PORT=tcp://10.0.0.1:7420}.
 */
final class ProcessEnvironment {

  private static final String PREFIX = "REEFMESH_";

  private static final Set<String> NO_SETTINGS =
      Set.of(
          "REEFMESH_TASK_ID",
          "REEFMESH_ATTEMPT",
          "REEFMESH_TASK_TYPE",
          "REEFMESH_SESSION_ID",
          "REEFMESH_JAVA",
          "REEFMESH_JAVA_OPTS",
          "REEFMESH_JAR");

  private static final String SERVICE_HOST = "_SERVICE_HOST";
  private static final String SERVICE_PORT = "_SERVICE_PORT";

  /** What follows a service's name, beside its host. */
  private static final Pattern OF_A_SERVICE =
      Pattern.compile(
          "_SERVICE_PORT(_[A-Z0-9_]+)?|_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?");

  private static final Pattern ADDRESS = Pattern.compile("(tcp|udp|sctp)://.*");

  /** Weaker names, which belong to many programs: only looked at when the setting is asked for. */
  private static final Map<String, String> SHARED =
      Map.of("REEFMESH_LOG_LEVEL", "LOG_LEVEL", "REEFMESH_LOG_DIR", "LOG_DIR");

  private final Map<String, Value> values = new TreeMap<>();
  private final Map<String, Value> shared = new TreeMap<>();

  ProcessEnvironment(Map<String, String> variables) {
    Set<String> services = services(variables);
    variables.forEach(
        (name, text) -> {
          if (name.startsWith(PREFIX)
              && !NO_SETTINGS.contains(name)
              && services.stream().noneMatch(service -> tellsOf(service, name, text))) {
            values.put(name, new Value(text, name));
          }
        });
    SHARED.forEach(
        (ours, theirs) -> {
          String text = variables.get(theirs);
          if (text != null && !text.isBlank()) {
            shared.put(ours, new Value(text, theirs));
          }
        });
  }

  /** The variable of a key. */
  static String name(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** Whether a variable of this name would never be read. */
  static boolean isReserved(String name) {
    return NO_SETTINGS.contains(name);
  }

  @Nullable Value get(String name) {
    Value own = values.get(name);
    return own == null ? shared.get(name) : own;
  }

  /** The names of all settings that were given under a name of ours, sorted. */
  Set<String> names() {
    return Collections.unmodifiableSet(values.keySet());
  }

  /** What stands before _SERVICE_HOST where a _SERVICE_PORT goes with it. */
  private static Set<String> services(Map<String, String> variables) {
    Set<String> services = new HashSet<>();
    for (String name : variables.keySet()) {
      if (name.startsWith("REEFMESH") && name.endsWith(SERVICE_HOST)) {
        String service = name.substring(0, name.length() - SERVICE_HOST.length());
        if (variables.containsKey(service + SERVICE_PORT)) {
          services.add(service);
        }
      }
    }
    return services;
  }

  private static boolean tellsOf(String service, String name, String text) {
    if (!name.startsWith(service)) {
      return false;
    }
    String rest = name.substring(service.length());
    return rest.equals(SERVICE_HOST)
        || OF_A_SERVICE.matcher(rest).matches()
        || (rest.equals("_PORT") && ADDRESS.matcher(text).matches());
  }
}
