package io.reefmesh.node.handler;

import com.google.common.primitives.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The processes of this machine as Linux shows them in {@code /proc}: with session, group and
 * environment, which Java's own {@link ProcessHandle} does not tell. Elsewhere there is none.
 * Stateless.
 */
final class ProcessTable {

  private static final Path ROOT = Path.of("/proc");
  private static final int MAX_FILE_BYTES = 1 << 20;

  /** Fields of {@code stat} after the name, which ends with the last parenthesis. */
  private static final int STATE = 0;

  private static final int PARENT = 1;
  private static final int GROUP = 2;
  private static final int SESSION = 3;
  private static final int START = 19;

  /** One living process; {@code startTicks} tells it from a later one with the same id. */
  record Row(long pid, long parent, long group, long session, long startTicks) {}

  private ProcessTable() {}

  /** Whether this machine has such a table. */
  static boolean exists() {
    return Files.isReadable(ROOT.resolve("self/stat"));
  }

  /**
   * All living processes. Those that ended but were not collected yet do not count.
   *
   * @throws IOException if the table cannot be read now, for want of file handles for example
   */
  static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(ROOT, ProcessTable::isProcess)) {
      for (Path entry : entries) {
        row(Long.parseLong(entry.getFileName().toString())).ifPresent(rows::add);
      }
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
    return rows;
  }

  /** One process, if it lives. */
  static Optional<Row> row(long pid) {
    return content(pid, "stat")
        .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1))
        .flatMap(stat -> parse(pid, stat));
  }

  /** Whether a process was started with this text in its environment; false if nobody may know. */
  static boolean environmentHolds(long pid, byte[] text) {
    return content(pid, "environ").filter(bytes -> Bytes.indexOf(bytes, text) >= 0).isPresent();
  }

  private static Optional<Row> parse(long pid, String stat) {
    int nameEnd = stat.lastIndexOf(')');
    if (nameEnd < 0 || nameEnd + 2 >= stat.length()) {
      return Optional.empty();
    }
    String[] fields = stat.substring(nameEnd + 2).split(" ", -1);
    boolean ended = fields[STATE].equals("Z") || fields[STATE].equals("X");
    if (ended || fields.length <= START) {
      return Optional.empty();
    }
    return Optional.of(
        new Row(
            pid,
            Long.parseLong(fields[PARENT]),
            Long.parseLong(fields[GROUP]),
            Long.parseLong(fields[SESSION]),
            Long.parseLong(fields[START])));
  }

  private static boolean isProcess(Path entry) {
    return Character.isDigit(entry.getFileName().toString().charAt(0));
  }

  /** Empty for what has just gone, and for what other people own. */
  private static Optional<byte[]> content(long pid, String file) {
    try (InputStream in = Files.newInputStream(ROOT.resolve(pid + "/" + file))) {
      return Optional.of(in.readNBytes(MAX_FILE_BYTES));
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
