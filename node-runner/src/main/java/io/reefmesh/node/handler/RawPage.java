package io.reefmesh.node.handler;

import com.google.protobuf.ByteString;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * An answer as HTTP/1.1 gives it.
 *
 * @param uri where it came from
 * @param status the status
 * @param headers by name in lower case; of several by one name the first
 * @param body its beginning, up to the limit
 * @param truncated whether there was more
 */
record RawPage(
    URI uri, int status, Map<String, String> headers, ByteString body, boolean truncated) {

  /** Called before each wait, to shorten it. */
  interface BeforeRead {
    void run() throws IOException;
  }

  private static final int MAX_LINE = 16 << 10;
  private static final int MAX_HEADERS = 200;
  private static final int BUFFER = 16 << 10;

  /** Where it sends its reader instead. */
  Optional<String> redirect() {
    return switch (status) {
      case 301, 302, 303, 307, 308 -> Optional.ofNullable(headers.get("location"));
      default -> Optional.empty();
    };
  }

  /** Asks for a page over a connection that is used once. */
  static RawPage ask(URI uri, Socket socket, int limitBytes, BeforeRead beforeRead)
      throws IOException {
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
    String host = uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
    String head =
        "GET "
            + path
            + query
            + " HTTP/1.1\r\nHost: "
            + host
            + "\r\nUser-Agent: reefmesh\r\nAccept: text/html, text/plain, */*;q=0.5\r\n"
            + "Accept-Encoding: identity\r\nConnection: close\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
    return new Reader(new BufferedInputStream(socket.getInputStream(), BUFFER), beforeRead)
        .page(uri, limitBytes);
  }

  /** Reads one answer. */
  private static final class Reader {
    private final InputStream in;
    private final BeforeRead beforeRead;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private boolean truncated;

    Reader(InputStream in, BeforeRead beforeRead) {
      this.in = in;
      this.beforeRead = beforeRead;
    }

    RawPage page(URI uri, int limit) throws IOException {
      int status = status(line());
      Map<String, String> headers = headers();
      while (status >= 100 && status < 200) {
        status = status(line());
        headers = headers();
      }
      String coding = headers.getOrDefault("transfer-encoding", "").toLowerCase(Locale.ROOT);
      if (coding.endsWith("chunked")) {
        readChunks(limit);
      } else {
        long length = length(headers);
        if (read(length, limit) < length && length != Long.MAX_VALUE && !truncated) {
          throw new IOException("it ended in the middle");
        }
      }
      return new RawPage(
          uri, status, Map.copyOf(headers), ByteString.copyFrom(body.toByteArray()), truncated);
    }

    private static int status(String line) throws IOException {
      String[] parts = line.split(" ", 3);
      if (!line.startsWith("HTTP/1.") || parts.length < 2 || !parts[1].matches("[1-5][0-9]{2}")) {
        throw new IOException("its server does not speak HTTP/1.1");
      }
      return Integer.parseInt(parts[1]);
    }

    private Map<String, String> headers() throws IOException {
      Map<String, String> headers = new HashMap<>();
      String line = line();
      for (int count = 0; !line.isEmpty(); count++, line = line()) {
        if (count == MAX_HEADERS) {
          throw new IOException("it has more than " + MAX_HEADERS + " headers");
        }
        int colon = line.indexOf(':');
        if (colon > 0) {
          headers.putIfAbsent(
              line.substring(0, colon).strip().toLowerCase(Locale.ROOT),
              line.substring(colon + 1).strip());
        }
      }
      return headers;
    }

    private static long length(Map<String, String> headers) {
      String length = headers.getOrDefault("content-length", "");
      return length.matches("\\d{1,15}") ? Long.parseLong(length) : Long.MAX_VALUE;
    }

    private void readChunks(int limit) throws IOException {
      while (!truncated) {
        String size = line().split(";", 2)[0].strip();
        if (!size.matches("[0-9A-Fa-f]{1,8}")) {
          throw new IOException("it has a chunk without a size");
        }
        long length = Long.parseLong(size, 16);
        if (length == 0) {
          return;
        }
        if (read(length, limit) < length && !truncated) {
          throw new IOException("it ended in the middle");
        }
        if (!truncated) {
          line();
        }
      }
    }

    /** Reads so many bytes, fewer if the answer ends or the limit is reached. */
    private long read(long length, int limit) throws IOException {
      byte[] buffer = new byte[BUFFER];
      long done = 0;
      while (done < length) {
        beforeRead.run();
        int room = limit - body.size();
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, length - done));
        if (count < 0) {
          break;
        }
        body.write(buffer, 0, Math.min(count, room));
        if (count > room) {
          truncated = true;
          break;
        }
        done += count;
      }
      return done;
    }

    private String line() throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      while (true) {
        beforeRead.run();
        int b = in.read();
        if (b < 0) {
          throw new IOException("it ended in the middle");
        }
        if (b == '\n') {
          String text = line.toString(StandardCharsets.ISO_8859_1);
          return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
        }
        line.write(b);
        if (line.size() > MAX_LINE) {
          throw new IOException("it has a line of more than " + MAX_LINE + " bytes");
        }
      }
    }
  }
}
