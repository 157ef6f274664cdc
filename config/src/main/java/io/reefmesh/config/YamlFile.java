package io.reefmesh.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Reads a YAML file into nodes by dotted key: {@code node: {grace: 5s}} and {@code node.grace: 5s}
 * are the same. Scalars keep their text, so that no value is changed by what YAML takes it for.
 * Errors name the place and never quote the file, which may hold secrets.
 */
final class YamlFile {

  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_DEPTH = 32;
  private static final int MAX_KEYS = 10_000;

  private static final YAMLFactory FACTORY =
      YAMLFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
          .build();

  private final Path file;
  private final YAMLParser parser;
  private final Map<String, YamlNode> nodes = new LinkedHashMap<>();

  private YamlFile(Path file, YAMLParser parser) {
    this.file = file;
    this.parser = parser;
  }

  /**
   * All nodes of a file by key, in its order, each mapping before its entries.
   *
   * @throws SettingsException if the file cannot be read, is larger than 1 MiB, has more than
   *     10,000 keys, or is not one YAML mapping
   */
  static Map<String, YamlNode> read(Path file) {
    byte[] bytes = bytes(file);
    try (YAMLParser parser = FACTORY.createParser(bytes)) {
      YamlFile reading = new YamlFile(file, parser);
      reading.document();
      return Collections.unmodifiableMap(reading.nodes);
    } catch (JsonProcessingException e) {
      throw new SettingsException(file + " is not valid YAML" + place(e) + ": " + problem(e));
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static byte[] bytes(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(MAX_BYTES + 1);
      if (bytes.length > MAX_BYTES) {
        throw new SettingsException(file + " is larger than 1 MiB: is it the configuration file?");
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw new SettingsException("configuration file " + file + " does not exist");
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static SettingsException unreadable(Path file, IOException e) {
    String reason = Files.isDirectory(file) ? "it is a folder" : String.valueOf(e.getMessage());
    return new SettingsException("configuration file " + file + " cannot be read: " + reason);
  }

  private void document() throws IOException {
    JsonToken first = parser.nextToken();
    if (first == null) {
      return;
    }
    if (first == JsonToken.START_OBJECT) {
      mapping("");
    } else if (scalar() != null || first == JsonToken.START_ARRAY) {
      throw new SettingsException(file + " must hold a YAML mapping of settings");
    }
    if (parser.nextToken() != null) {
      throw refused("a second document begins; one file holds one");
    }
  }

  private void mapping(String prefix) throws IOException {
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String key = prefix + parser.currentName();
      parser.nextToken();
      YamlNode node = node();
      YamlNode earlier = nodes.putIfAbsent(key, node);
      if (earlier != null) {
        throw refused(key + " is given twice, first in line " + earlier.line());
      }
      if (nodes.size() > MAX_KEYS) {
        throw refused("more than " + MAX_KEYS + " keys: is it the configuration file?");
      }
      if (node instanceof YamlNode.Entries) {
        int before = nodes.size();
        mapping(key + ".");
        nodes.put(key, new YamlNode.Entries(nodes.size() == before, node.line()));
      }
    }
  }

  /** The node that begins here; a mapping's entries are left to be read. */
  private YamlNode node() throws IOException {
    int line = line();
    return switch (parser.currentToken()) {
      case START_ARRAY -> new YamlNode.Items(items(), line);
      case START_OBJECT -> new YamlNode.Entries(true, line);
      default -> new YamlNode.Scalar(scalar(), line);
    };
  }

  private List<YamlNode> items() throws IOException {
    List<YamlNode> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(node());
      parser.skipChildren();
    }
    return items;
  }

  private @Nullable String scalar() throws IOException {
    if (parser.isCurrentAlias()) {
      throw refused("it holds an alias (*name): write the value out");
    }
    return parser.currentToken() == JsonToken.VALUE_NULL || isAbsent() ? null : parser.getText();
  }

  /** Whether nothing stands there; an empty text is a pair of quotes. */
  private boolean isAbsent() {
    return parser.currentTokenLocation().getCharOffset()
        == parser.currentLocation().getCharOffset();
  }

  private int line() {
    return parser.currentTokenLocation().getLineNr();
  }

  private SettingsException refused(String what) {
    return new SettingsException(file + " line " + line() + ": " + what);
  }

  private static String place(JsonProcessingException e) {
    return e.getLocation() == null ? "" : ", line " + e.getLocation().getLineNr();
  }

  /** The parser's words without the lines that it quotes: those are indented. */
  private static String problem(JsonProcessingException e) {
    String message = e.getOriginalMessage() == null ? "" : e.getOriginalMessage();
    return message
        .lines()
        .filter(line -> !line.isBlank() && !Character.isWhitespace(line.charAt(0)))
        .collect(Collectors.joining("; "));
  }
}
