package io.reefmesh.node;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this software, as the build wrote it. */
final class NodeVersion {

  static final String TEXT = read();

  private NodeVersion() {}

  private static String read() {
    Properties properties = new Properties();
    try (InputStream in = NodeVersion.class.getResourceAsStream("version.properties")) {
      if (in != null) {
        properties.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version", "unknown");
  }
}
