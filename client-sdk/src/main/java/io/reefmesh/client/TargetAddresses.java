package io.reefmesh.client;

import io.reefmesh.client.MeshTarget.Spreading;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The address of a target, read and completed. */
sealed interface TargetAddresses {

  /** More gateways than one channel should hold connections to. */
  int MAX_ADDRESSES = 64;

  /** How calls are spread unless the caller says otherwise. */
  Spreading usualSpreading();

  /** A target URI that an installed name resolver understands. */
  record Uri(String text, Spreading usualSpreading) implements TargetAddresses {
    @Override
    public String toString() {
      return text;
    }
  }

  /** Several gateways behind one channel. */
  record Several(List<HostAndPort> hosts) implements TargetAddresses {
    public Several {
      hosts = List.copyOf(hosts);
    }

    @Override
    public Spreading usualSpreading() {
      return Spreading.ROUND_ROBIN;
    }

    @Override
    public String toString() {
      return String.join(",", hosts.stream().map(HostAndPort::toString).toList());
    }
  }

  /** A host name or IP literal, and a port from 1 to 65535. */
  record HostAndPort(String host, int port) {

    /** The address as an authority: IPv6 literals in brackets. */
    @Override
    public String toString() {
      return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }

    static HostAndPort parse(String text) {
      String host = text;
      String port = "";
      int colon = text.lastIndexOf(':');
      if (text.startsWith("[")) {
        int end = text.indexOf(']');
        String rest = end < 0 ? "?" : text.substring(end + 1);
        if (end < 2 || !(rest.isEmpty() || rest.startsWith(":"))) {
          throw unreadable(text, "an IPv6 address is written [address]:port");
        }
        host = text.substring(1, end);
        port = rest.isEmpty() ? "" : orNone(rest.substring(1));
      } else if (colon != text.indexOf(':')) {
        throw unreadable(text, "an IPv6 address is written [address]:port");
      } else if (colon >= 0) {
        host = text.substring(0, colon);
        port = orNone(text.substring(colon + 1));
      }
      if (!HOST.matcher(host).matches()) {
        throw unreadable(text, "a host has letters, digits, '.', '-' and '_' only");
      }
      return new HostAndPort(host, port.isEmpty() ? MeshTarget.DEFAULT_PORT : port(text, port));
    }

    /** A colon with nothing after it is a mistake, not a default. */
    private static String orNone(String port) {
      return port.isEmpty() ? "none" : port;
    }

    private static int port(String text, String port) {
      int number = PORT.matcher(port).matches() ? Integer.parseInt(port) : 0;
      if (number < 1 || number > 65_535) {
        throw unreadable(text, "a port is a number from 1 to 65535");
      }
      return number;
    }
  }

  Pattern HOST = Pattern.compile("[A-Za-z0-9._:-]+");
  Pattern PORT = Pattern.compile("[0-9]{1,5}");
  Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:/.*");

  /**
   * Reads an address; {@link MeshTarget} says what is allowed.
   *
   * @throws IllegalArgumentException if it is something else
   */
  static TargetAddresses parse(String text) {
    String trimmed = text.trim();
    if (trimmed.toLowerCase(Locale.ROOT).startsWith("dns:///")) {
      HostAndPort host = HostAndPort.parse(trimmed.substring("dns:///".length()));
      return new Uri("dns:///" + host, Spreading.ROUND_ROBIN);
    }
    if (trimmed.toLowerCase(Locale.ROOT).matches("https?:/.*")) {
      throw unreadable(trimmed, "the gateway speaks gRPC, leave the http:// out");
    }
    if (URI.matcher(trimmed).matches()) {
      return new Uri(trimmed, Spreading.ROUND_ROBIN);
    }
    List<HostAndPort> hosts =
        Arrays.stream(trimmed.split(",", -1)).map(String::trim).map(HostAndPort::parse).toList();
    if (hosts.size() > MAX_ADDRESSES) {
      throw unreadable(trimmed, "a target has at most " + MAX_ADDRESSES + " addresses");
    }
    return hosts.size() == 1
        ? new Uri("dns:///" + hosts.get(0), Spreading.PICK_FIRST)
        : new Several(hosts);
  }

  private static IllegalArgumentException unreadable(String text, String why) {
    return new IllegalArgumentException(
        "gateway address \"" + text + "\" cannot be read: " + why + "; write host:port");
  }
}
