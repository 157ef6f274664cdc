package io.reefmesh.cli;

import io.reefmesh.config.Settings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which a long-lived process is given settings of any kind. */
final class SettingsOptions {

  /** Variables of ours that are for the launcher, for clients, or for handlers, and no settings. */
  private static final Set<String> NOT_SETTINGS =
      Set.of(
          "REEFMESH_JAVA",
          "REEFMESH_JAVA_OPTS",
          "REEFMESH_JAR",
          "REEFMESH_GATEWAY",
          "REEFMESH_PROJECT",
          "REEFMESH_TASK_ID",
          "REEFMESH_ATTEMPT",
          "REEFMESH_TASK_TYPE",
          "REEFMESH_SESSION_ID");

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "Settings from a YAML file. The environment and flags are stronger.")
  @Nullable Path config;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = {
        "Any setting by its key, such as node.grace=30s. May be repeated.",
        "In the environment the same key is REEFMESH_NODE_GRACE."
      })
  Map<String, String> set = new LinkedHashMap<>();

  /**
   * All layers of settings. What {@code --set} says is stronger than the environment and weaker
   * than a flag of its own.
   *
   * @param flags values by key, as the other flags gave them
   */
  Settings read(Map<String, String> flags) {
    Map<String, String> environment = new LinkedHashMap<>(System.getenv());
    environment.keySet().removeAll(NOT_SETTINGS);
    Map<String, String> all = new LinkedHashMap<>(set);
    all.putAll(flags);
    return Settings.read(config, environment, all);
  }

  /** Keeps only the flags that were given. */
  static Map<String, String> given(Map<String, @Nullable Object> flags) {
    Map<String, String> given = new LinkedHashMap<>();
    flags.forEach(
        (key, value) -> {
          if (value != null) {
            given.put(key, String.valueOf(value));
          }
        });
    return given;
  }
}
