package io.reefmesh.node.handler;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Reads server-sent events (the HTML standard's text/event-stream): only their data, which is all
 * that model endpoints use. An event that the end of the stream cuts short of its empty line
 * counts, since some servers forget that line. Not thread-safe.
 */
final class EventStream {

  private static final int LINE_FEED = '\n';
  private static final int CARRIAGE_RETURN = '\r';
  private static final String DATA = "data";

  private final ResponseBody body;
  private final int limitBytes;
  private boolean skipLineFeed;
  private boolean ended;

  /**
   * Reads from a body.
   *
   * @param limitBytes the longest line, and the most data that one event may have
   */
  EventStream(ResponseBody body, int limitBytes) {
    this.body = body;
    this.limitBytes = limitBytes;
  }

  /**
   * The data of the next event; empty at the end.
   *
   * @param silence how long the server may send nothing
   * @throws IOException if the connection broke, fell silent, or a line is too long
   */
  Optional<String> next(Duration silence) throws IOException, InterruptedException {
    StringBuilder data = new StringBuilder();
    boolean any = false;
    while (!ended) {
      String line = line(silence);
      if (line.isEmpty()) {
        if (any) {
          break;
        }
      } else if (isData(line)) {
        if (any) {
          data.append('\n');
        }
        any = true;
        data.append(value(line));
        requireRoom(data.length());
      }
    }
    return any ? Optional.of(data.toString()) : Optional.empty();
  }

  private static boolean isData(String line) {
    return line.startsWith(DATA)
        && (line.length() == DATA.length() || line.charAt(DATA.length()) == ':');
  }

  private static String value(String line) {
    String value = line.substring(Math.min(line.length(), DATA.length() + 1));
    return value.startsWith(" ") ? value.substring(1) : value;
  }

  /** Up to a line feed, a carriage return, both, or the end. */
  private String line(Duration silence) throws IOException, InterruptedException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    while (true) {
      int b = body.read(silence);
      boolean second = skipLineFeed && b == LINE_FEED;
      skipLineFeed = false;
      if (second) {
        continue;
      }
      if (b < 0) {
        ended = true;
      }
      if (b < 0 || b == LINE_FEED || b == CARRIAGE_RETURN) {
        skipLineFeed = b == CARRIAGE_RETURN;
        return bytes.toString(StandardCharsets.UTF_8);
      }
      bytes.write(b);
      requireRoom(bytes.size());
    }
  }

  private void requireRoom(int size) throws IOException {
    if (size > limitBytes) {
      throw new IOException("an event is larger than " + limitBytes + " bytes");
    }
  }
}
