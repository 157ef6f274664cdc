package io.reefmesh.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one process, layered: file, then environment, then flags; the last one that names
 * a key wins, also for lists and mappings, which are replaced as a whole. Keys are dotted
 * lower-case words ("node.grace"); in the environment the same key is {@code REEFMESH_NODE_GRACE},
 * with '.' and '-' as '_'.
 *
 * <p>A configuration record asks for each of its values by key, with a default and a range, and
 * calls {@link #finish} at the end, which refuses every key that nobody asked for. Values of keys
 * that contain "token", "key", "secret" or "password" are never shown in an error. Not thread-safe.
 */
public final class Settings {

  /** So many unknown keys are told one by one. */
  private static final int MAX_TOLD = 20;

  private record Unknown(String key, String origin, Collection<String> candidates) {

    private static final int SHOWN_LENGTH = 200;

    String told() {
      String nearest =
          Nearest.of(key, candidates).map(meant -> ": did you mean " + meant + "?").orElse("");
      return "unknown setting " + shortened(key) + " (" + shortened(origin) + ")" + nearest;
    }

    private static String shortened(String text) {
      return text.length() <= SHOWN_LENGTH ? text : text.substring(0, SHOWN_LENGTH) + "...";
    }
  }

  private final Map<String, YamlNode> file;
  private final String fileName;
  private final ProcessEnvironment environment;
  private final Map<String, Value> flags = new TreeMap<>();

  private final Set<String> known = new TreeSet<>();
  private final Set<String> knownMaps = new TreeSet<>();

  /** Keys by the name of their variable: those asked for, and those of other processes. */
  private final Map<String, String> keysByVariable = new TreeMap<>();

  private Settings(Map<String, YamlNode> file, String fileName, ProcessEnvironment environment) {
    this.file = file;
    this.fileName = fileName;
    this.environment = environment;
  }

  /**
   * Reads the three layers.
   *
   * @param file a YAML file of 1 MiB at most; null: none
   * @param environment all variables; only those that begin with {@code REEFMESH_}, and {@code
   *     LOG_LEVEL} and {@code LOG_DIR} (weaker than their REEFMESH_ forms), are looked at, and of
   *     those not the ones that are no settings, such as what a handler's command is given
   * @param flags values by key, as the command line gave them
   * @throws SettingsException if the file cannot be read or is not a YAML mapping
   */
  public static Settings read(
      @Nullable Path file, Map<String, String> environment, Map<String, String> flags) {
    Settings settings =
        new Settings(
            file == null ? Map.of() : YamlFile.read(file),
            String.valueOf(file),
            new ProcessEnvironment(environment));
    flags.forEach((key, text) -> settings.flags.put(key, new Value(text, "--" + key)));
    return settings;
  }

  /**
   * One text of many, for {@link #list} and {@link #map} to take apart again: commas inside the
   * parts stay.
   */
  public static String joined(Collection<String> parts) {
    StringBuilder text = new StringBuilder();
    parts.forEach(part -> text.append(part).append('\n'));
    return text.toString();
  }

  /** The environment variable of a key. */
  public static String environmentName(String key) {
    return ProcessEnvironment.name(key);
  }

  /**
   * Names settings of other processes that may share the environment with this one: their variables
   * are not refused. In the file and as flags they are.
   */
  public void alsoKnown(String... keys) {
    for (String key : keys) {
      claimVariable(key);
    }
  }

  /** A text. */
  public String text(String key, String fallback) {
    Value value = find(key);
    return value == null ? fallback : value.text();
  }

  /** A whole number within a range, bounds included. */
  public int integer(String key, int fallback, int min, int max) {
    Value value = find(key);
    if (value == null) {
      return fallback;
    }
    try {
      int number = Integer.parseInt(value.text().trim());
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Told below, in the same words as a number out of range.
    }
    throw wrong(key, value, "a whole number from " + min + " to " + max);
  }

  /** true or false. */
  public boolean flag(String key, boolean fallback) {
    Value value = find(key);
    if (value == null) {
      return fallback;
    }
    return switch (value.text().trim().toLowerCase(Locale.ROOT)) {
      case "true" -> true;
      case "false" -> false;
      default -> throw wrong(key, value, "true or false");
    };
  }

  /** A duration such as "500ms", "10s", "5m", "2h" or "1d", within a range, bounds included. */
  public Duration duration(String key, Duration fallback, Duration min, Duration max) {
    Value value = find(key);
    if (value == null) {
      return fallback;
    }
    Duration duration = Units.duration(value.text());
    if (duration != null && duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0) {
      return duration;
    }
    throw wrong(
        key,
        value,
        "a duration from " + Units.show(min) + " to " + Units.show(max) + ", such as 10s");
  }

  /** A size such as "64KiB" or "1MiB" in bytes, within a range, bounds included. */
  public long sizeBytes(String key, long fallback, long min, long max) {
    Value value = find(key);
    if (value == null) {
      return fallback;
    }
    long bytes = Units.bytes(value.text());
    if (bytes >= 0 && bytes >= min && bytes <= max) {
      return bytes;
    }
    throw wrong(key, value, "a size from " + min + " to " + max + " bytes, such as 64KiB or 1MiB");
  }

  /** One of a few words. */
  public String choice(String key, String fallback, String... allowed) {
    Value value = find(key);
    if (value == null) {
      return fallback;
    }
    String word = value.text().trim().toLowerCase(Locale.ROOT);
    if (Arrays.asList(allowed).contains(word)) {
      return word;
    }
    throw wrong(key, value, "one of " + String.join(", ", allowed));
  }

  /**
   * A list: a YAML list, or a text with commas between the parts, or with line breaks if there are
   * any. Blank parts are left out.
   */
  public List<String> list(String key, List<String> fallback) {
    claim(key);
    Value value = findText(key);
    if (value != null) {
      return parts(value.text());
    }
    YamlNode node = file.get(key);
    if (node instanceof YamlNode.Items list) {
      List<String> parts = new ArrayList<>();
      for (YamlNode item : list.items()) {
        parts.add(plain(item, key, "a list of plain values"));
      }
      return parts;
    }
    if (node instanceof YamlNode.Entries) {
      throw shape(key, node, "a list");
    }
    return fallback;
  }

  /**
   * A mapping: a YAML mapping of plain values (nothing counts as an empty text), or a text of
   * {@code KEY=VALUE} with commas between them, or with line breaks if there are any. In the order
   * given.
   */
  public Map<String, String> map(String key, Map<String, String> fallback) {
    claim(key);
    knownMaps.add(key);
    Map<String, String> ofFile = entriesInFile(key);
    Value value = findText(key);
    if (value != null) {
      return pairs(key, value);
    }
    YamlNode node = file.get(key);
    if (node instanceof YamlNode.Items) {
      throw shape(key, node, "a mapping");
    }
    return node instanceof YamlNode.Entries || !ofFile.isEmpty() ? ofFile : fallback;
  }

  /**
   * Refuses what nobody asked for.
   *
   * @throws SettingsException naming every unknown key, and the nearest known one
   */
  public void finish() {
    List<Unknown> unknown = new ArrayList<>();
    file.forEach(
        (key, node) -> {
          if (!known.contains(key) && !isInsideKnownMap(key) && !hasEntries(node)) {
            unknown.add(new Unknown(key, placeInFile(node), known));
          }
        });
    for (String name : environment.names()) {
      if (!keysByVariable.containsKey(name)) {
        unknown.add(new Unknown(name, "environment", keysByVariable.keySet()));
      }
    }
    flags.forEach(
        (key, value) -> {
          if (!known.contains(key)) {
            unknown.add(new Unknown(key, value.origin(), known));
          }
        });
    if (!unknown.isEmpty()) {
      throw refusal(unknown);
    }
  }

  private SettingsException refusal(List<Unknown> unknown) {
    List<String> lines = new ArrayList<>();
    unknown.stream().limit(MAX_TOLD).map(Unknown::told).forEach(lines::add);
    if (unknown.size() > MAX_TOLD) {
      lines.add("and " + (unknown.size() - MAX_TOLD) + " more");
    }
    lines.add("Known are: " + String.join(", ", known));
    return new SettingsException(String.join("\n", lines));
  }

  private void claim(String key) {
    known.add(key);
    claimVariable(key);
  }

  private void claimVariable(String key) {
    String name = environmentName(key);
    String other = keysByVariable.putIfAbsent(name, key);
    if (other != null && !other.equals(key)) {
      throw new IllegalStateException(
          "the settings " + other + " and " + key + " would share the variable " + name);
    }
    if (ProcessEnvironment.isReserved(name)) {
      throw new IllegalStateException(
          "the variable " + name + " of the setting " + key + " has another meaning");
    }
  }

  /** The strongest value of a key that must be plain. */
  private @Nullable Value find(String key) {
    claim(key);
    YamlNode node = file.get(key);
    if (node != null && !(node instanceof YamlNode.Scalar) && !hasEntries(node)) {
      throw shape(key, node, "a single value");
    }
    return findText(key);
  }

  /** The strongest value of a key, if that is a text. */
  private @Nullable Value findText(String key) {
    Value flag = flags.get(key);
    if (flag != null) {
      return flag;
    }
    Value variable = environment.get(environmentName(key));
    if (variable != null) {
      return variable;
    }
    return file.get(key) instanceof YamlNode.Scalar scalar && scalar.text() != null
        ? new Value(scalar.text(), placeInFile(scalar))
        : null;
  }

  private Map<String, String> entriesInFile(String key) {
    String prefix = key + ".";
    Map<String, String> entries = new LinkedHashMap<>();
    file.forEach(
        (path, node) -> {
          if (path.startsWith(prefix)) {
            entries.put(
                path.substring(prefix.length()), plain(node, key, "a mapping of plain values"));
          }
        });
    return entries;
  }

  private String plain(YamlNode node, String key, String allowed) {
    if (node instanceof YamlNode.Scalar scalar) {
      return scalar.text() == null ? "" : scalar.text();
    }
    throw shape(key, node, allowed);
  }

  private static List<String> parts(String text) {
    List<String> parts = new ArrayList<>();
    for (String part : text.split(text.indexOf('\n') < 0 ? "," : "\\R", -1)) {
      if (!part.isBlank()) {
        parts.add(part.trim());
      }
    }
    return parts;
  }

  private static Map<String, String> pairs(String key, Value value) {
    Map<String, String> entries = new LinkedHashMap<>();
    for (String part : parts(value.text())) {
      int equals = part.indexOf('=');
      if (equals < 1
          || entries.putIfAbsent(
                  part.substring(0, equals).trim(), part.substring(equals + 1).trim())
              != null) {
        throw wrong(
            key,
            value.shownAsPairs(key),
            value,
            "KEY=VALUE pairs with commas or line breaks between them, each key once");
      }
    }
    return entries;
  }

  private boolean isInsideKnownMap(String key) {
    return knownMaps.stream().anyMatch(map -> key.startsWith(map + "."));
  }

  /** Such a mapping is judged by its entries. */
  private static boolean hasEntries(YamlNode node) {
    return node instanceof YamlNode.Entries entries && !entries.empty();
  }

  private String placeInFile(YamlNode node) {
    return fileName + " line " + node.line();
  }

  private SettingsException shape(String key, YamlNode node, String allowed) {
    return new SettingsException(key + " (" + placeInFile(node) + ") must be " + allowed);
  }

  private static SettingsException wrong(String key, Value value, String allowed) {
    return wrong(key, value.shown(key), value, allowed);
  }

  private static SettingsException wrong(String key, String shown, Value value, String allowed) {
    return new SettingsException(
        key + " is \"" + shown + "\" (" + value.origin() + "): it must be " + allowed);
  }
}
