package io.reefmesh.node;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The machine's name as a node id. */
final class HostName {

  private static final int MAX_CHARS = 64;
  private static final String NAMELESS = "node";

  private HostName() {}

  static String asNodeId() {
    return sanitize(find());
  }

  /** What may not stand in a node id becomes '-'. */
  static String sanitize(String name) {
    String allowed = name.strip().replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^-+|-+$", "");
    String cut = allowed.length() > MAX_CHARS ? allowed.substring(0, MAX_CHARS) : allowed;
    return cut.isEmpty() ? NAMELESS : cut;
  }

  /** Names that need no look-up first: asking the network for one's own name may take long. */
  private static String find() {
    String variable = System.getenv("HOSTNAME");
    if (variable != null && !variable.isBlank()) {
      return variable;
    }
    try {
      return Files.readString(Path.of("/etc/hostname"));
    } catch (IOException e) {
      return fromNetwork();
    }
  }

  private static String fromNetwork() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return NAMELESS;
    }
  }
}
