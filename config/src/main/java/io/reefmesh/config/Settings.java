package io.reefmesh.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one process, layered: file, then environment, then flags; the last one that names
 * a key wins. Keys are dotted lower-case words ("node.grace"); in the environment the same key is
 * {@code REEFMESH_NODE_GRACE}, with '.' and '-' as '_'.
 *
 * <p>A configuration record asks for each of its values by key, with a default and a range, and
 * calls {@link #finish} at the end, which refuses every key that nobody asked for. Not thread-safe.
 */
public final class Settings {

  private static final String PREFIX = "REEFMESH_";
  private static final int MAX_FILE_BYTES = 1 << 20;
  private static final Pattern DURATION = Pattern.compile("(\\d{1,15})\\s*(ms|s|m|h|d)");
  private static final Pattern SIZE = Pattern.compile("(\\d{1,15})\\s*(B|KiB|MiB|GiB)?");

  private record Value(String text, String origin) {}

  /**
   * Scalar values by key; lists and maps of the file are kept apart, by the key of their container.
   */
  private final Map<String, Value> values = new TreeMap<>();

  private final Map<String, JsonNode> containers = new LinkedHashMap<>();
  private final Map<String, String> environmentNames = new TreeMap<>();
  private final Map<String, Map<String, String>> mapEntries = new TreeMap<>();
  private final Set<String> known = new TreeSet<>();
  private final Set<String> knownContainers = new TreeSet<>();
  private String fileName = "configuration file";

  private Settings() {}

  /**
   * Reads the three layers.
   *
   * @param file a YAML file; null: none
   * @param environment all variables; only those that begin with {@code REEFMESH_}, and {@code
   *     LOG_LEVEL} and {@code LOG_DIR} (weaker than their REEFMESH_ forms), are looked at
   * @param flags values by key, as the command line gave them
   * @throws SettingsException if the file cannot be read or is not a YAML mapping
   */
  public static Settings read(
      @Nullable Path file, Map<String, String> environment, Map<String, String> flags) {
    Settings settings = new Settings();
    if (file != null) {
      settings.addFile(file);
    }
    settings.addEnvironment(environment);
    flags.forEach((key, text) -> settings.values.put(key, new Value(text, "--" + key)));
    return settings;
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
    Matcher matcher = DURATION.matcher(value.text().trim());
    if (matcher.matches()) {
      long number = Long.parseLong(matcher.group(1));
      Duration duration =
          switch (matcher.group(2)) {
            case "ms" -> Duration.ofMillis(number);
            case "s" -> Duration.ofSeconds(number);
            case "m" -> Duration.ofMinutes(number);
            case "h" -> Duration.ofHours(Math.min(number, 1L << 40));
            default -> Duration.ofDays(Math.min(number, 1L << 36));
          };
      if (duration.compareTo(min) >= 0 && duration.compareTo(max) <= 0) {
        return duration;
      }
    }
    throw wrong(key, value, "a duration from " + show(min) + " to " + show(max) + ", such as 10s");
  }

  /** A size such as "64KiB" or "1MiB" in bytes, within a range, bounds included. */
  public long sizeBytes(String key, long fallback, long min, long max) {
    Value value = find(key);
    if (value == null) {
      return fallback;
    }
    Matcher matcher = SIZE.matcher(value.text().trim());
    if (matcher.matches()) {
      String unit = matcher.group(2) == null ? "B" : matcher.group(2);
      long factor =
          switch (unit) {
            case "KiB" -> 1L << 10;
            case "MiB" -> 1L << 20;
            case "GiB" -> 1L << 30;
            default -> 1L;
          };
      long number = Long.parseLong(matcher.group(1));
      if (number <= max / factor && number * factor >= min) {
        return number * factor;
      }
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

  /** A list: a YAML list, or texts with commas between them. */
  public List<String> list(String key, List<String> fallback) {
    knownContainers.add(key);
    Value value = find(key);
    if (value != null) {
      List<String> parts = new ArrayList<>();
      for (String part : value.text().split(",", -1)) {
        if (!part.isBlank()) {
          parts.add(part.trim());
        }
      }
      return parts;
    }
    JsonNode node = containers.get(key);
    if (node == null) {
      return fallback;
    }
    if (!node.isArray()) {
      throw new SettingsException(key + " in " + fileName + " must be a list");
    }
    List<String> parts = new ArrayList<>();
    for (JsonNode element : node) {
      if (!element.isValueNode() || element.isNull()) {
        throw new SettingsException(key + " in " + fileName + " must be a list of plain values");
      }
      parts.add(element.asText());
    }
    return parts;
  }

  /** A mapping: a YAML mapping of plain values, or "K=V" texts with commas between them. */
  public Map<String, String> map(String key, Map<String, String> fallback) {
    knownContainers.add(key);
    Value value = find(key);
    if (value != null) {
      Map<String, String> entries = new LinkedHashMap<>();
      for (String part : value.text().split(",", -1)) {
        if (part.isBlank()) {
          continue;
        }
        int equals = part.indexOf('=');
        if (equals < 1) {
          throw wrong(key, value, "KEY=VALUE pairs with commas between them");
        }
        entries.put(part.substring(0, equals).trim(), part.substring(equals + 1).trim());
      }
      return entries;
    }
    Map<String, String> entries = mapEntries.get(key);
    return entries == null ? fallback : entries;
  }

  /**
   * Refuses what nobody asked for.
   *
   * @throws SettingsException naming every unknown key, and the nearest known one
   */
  public void finish() {
    List<String> unknown = new ArrayList<>();
    values.forEach(
        (key, value) -> {
          if (!known.contains(key) && !insideKnownMap(key)) {
            unknown.add(describeUnknown(key, value.origin()));
          }
        });
    containers.forEach(
        (key, node) -> {
          if (node.isArray() && !knownContainers.contains(key)) {
            unknown.add(describeUnknown(key, fileName));
          }
        });
    environmentNames.forEach(
        (name, key) -> {
          if (known.stream().noneMatch(k -> environmentName(k).equals(name))) {
            unknown.add(describeUnknown(name, "environment"));
          }
        });
    if (!unknown.isEmpty()) {
      throw new SettingsException(String.join("\n", unknown));
    }
  }

  /** The environment variable of a key. */
  public static String environmentName(String key) {
    return PREFIX + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  private boolean insideKnownMap(String key) {
    int dot = key.lastIndexOf('.');
    return dot > 0 && knownContainers.contains(key.substring(0, dot));
  }

  private @Nullable Value find(String key) {
    known.add(key);
    Value flagOrFile = values.get(key);
    if (flagOrFile != null && flagOrFile.origin().startsWith("--")) {
      return flagOrFile;
    }
    String name = environmentName(key);
    String fromEnvironment = environmentNames.get(name);
    return fromEnvironment == null ? flagOrFile : new Value(fromEnvironment, name);
  }

  private void addEnvironment(Map<String, String> environment) {
    String level = environment.get("LOG_LEVEL");
    if (level != null) {
      environmentNames.put(environmentName("log.level"), level);
    }
    String directory = environment.get("LOG_DIR");
    if (directory != null) {
      environmentNames.put(environmentName("log.dir"), directory);
    }
    environment.forEach(
        (name, text) -> {
          if (name.startsWith(PREFIX)) {
            environmentNames.put(name, text);
          }
        });
  }

  private void addFile(Path file) {
    fileName = file.toString();
    YAMLFactory factory =
        YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(32).build())
            .build();
    JsonNode root;
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw new SettingsException(file + " is larger than 1 MiB: is it the configuration file?");
      }
      root = new YAMLMapper(factory).readTree(Files.readAllBytes(file));
    } catch (NoSuchFileException e) {
      throw new SettingsException("configuration file " + file + " does not exist");
    } catch (JsonProcessingException e) {
      throw new SettingsException(file + " is not valid YAML: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new SettingsException(
          "configuration file " + file + " cannot be read: " + e.getMessage());
    }
    if (root == null || root.isMissingNode() || root.isNull()) {
      return;
    }
    if (!root.isObject()) {
      throw new SettingsException(file + " must hold a YAML mapping of settings");
    }
    addObject("", root);
  }

  private void addObject(String prefix, JsonNode object) {
    object
        .properties()
        .forEach(
            entry -> {
              String key = prefix + entry.getKey();
              JsonNode node = entry.getValue();
              if (node.isObject()) {
                containers.put(key, node);
                Map<String, String> entries = new LinkedHashMap<>();
                node.properties()
                    .forEach(
                        inner -> {
                          if (inner.getValue().isValueNode()) {
                            entries.put(inner.getKey(), inner.getValue().asText());
                          }
                        });
                mapEntries.put(key, entries);
                addObject(key + ".", node);
              } else if (node.isArray()) {
                containers.put(key, node);
              } else if (!node.isNull()) {
                values.put(key, new Value(node.asText(), fileName));
              }
            });
  }

  private String describeUnknown(String key, String origin) {
    String nearest =
        known.stream()
            .min(
                (a, b) ->
                    Integer.compare(
                        distance(spoken(key), spoken(a)), distance(spoken(key), spoken(b))))
            .orElse("");
    return "unknown setting "
        + key
        + " ("
        + origin
        + "): did you mean "
        + nearest
        + "? Known are: "
        + String.join(", ", known);
  }

  private static String spoken(String key) {
    String bare = key.startsWith(PREFIX) ? key.substring(PREFIX.length()) : key;
    return bare.toLowerCase(Locale.ROOT).replace('_', '.');
  }

  private static SettingsException wrong(String key, Value value, String allowed) {
    return new SettingsException(
        key + " is \"" + value.text() + "\" (" + value.origin() + "): it must be " + allowed);
  }

  private static String show(Duration duration) {
    long millis = duration.toMillis();
    if (millis % 3_600_000 == 0) {
      return millis / 3_600_000 + "h";
    }
    if (millis % 60_000 == 0) {
      return millis / 60_000 + "m";
    }
    return millis % 1_000 == 0 ? millis / 1_000 + "s" : millis + "ms";
  }

  /** Levenshtein distance. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        row[j] =
            Math.min(
                Math.min(above, row[j - 1]) + 1,
                diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1));
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
