package io.reefmesh.cli;

import io.reefmesh.cli.output.TextTable;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The one line on standard output by which a gateway or a node says that it is ready: {@code
 * reefmesh gateway ready: id=… grpc=127.0.0.1:7420 …}. Scripts wait for it and read the ports from
 * it.
 *
 * @param process "gateway" or "node"
 * @param facts words without spaces by name, in the order they are written; only the last value may
 *     hold spaces
 */
public record ReadyLine(String process, Map<String, String> facts) {

  private static final String BEGIN = "reefmesh ";
  private static final String READY = " ready: ";

  /** The line, without its end. */
  public String format() {
    return BEGIN
        + process
        + READY
        + facts.entrySet().stream()
            .map(fact -> fact.getKey() + "=" + TextTable.printable(fact.getValue()))
            .collect(Collectors.joining(" "));
  }

  /** Reads a line; empty if it is any other line. */
  public static Optional<ReadyLine> parse(String line) {
    int ready = line.indexOf(READY);
    if (!line.startsWith(BEGIN) || ready < BEGIN.length()) {
      return Optional.empty();
    }
    Map<String, String> facts = new LinkedHashMap<>();
    for (String word : line.substring(ready + READY.length()).split(" ", -1)) {
      int equals = word.indexOf('=');
      if (equals > 0) {
        facts.put(word.substring(0, equals), word.substring(equals + 1));
      }
    }
    return Optional.of(new ReadyLine(line.substring(BEGIN.length(), ready), facts));
  }
}
