package io.reefmesh.chaos;

import io.reefmesh.chaos.history.Finding;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Reads what the processes logged: a fault from outside is no reason for an error of their own. */
final class LogCheck {

  private static final int SHOWN = 3;

  /** What a gateway says when its disk is full, as it should. */
  private static final String STORE_BROKE = "the store failed, so the gateway stops";

  private LogCheck() {}

  /** One finding per log that has errors in it. */
  static List<Finding> check(Path folder) {
    try (Stream<Path> logs = Files.list(folder)) {
      return logs.filter(log -> log.getFileName().toString().matches("(gateway|n\\d+)\\.log"))
          .sorted()
          .flatMap(log -> check(log, errors(log)).stream())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("the logs in " + folder + " cannot be listed", e);
    }
  }

  private static List<Finding> check(Path log, List<String> errors) {
    return errors.isEmpty()
        ? List.of()
        : List.of(
            new Finding(
                "log",
                log.getFileName()
                    + " has "
                    + errors.size()
                    + " errors: "
                    + errors.subList(0, Math.min(SHOWN, errors.size()))));
  }

  private static List<String> errors(Path log) {
    List<String> errors = new ArrayList<>();
    try {
      for (String line : Files.readString(log, StandardCharsets.UTF_8).lines().toList()) {
        if ((line.contains(" ERROR ") && !line.contains(STORE_BROKE))
            || line.contains(": incident ")
            || line.startsWith("Exception in thread")
            || line.contains("OutOfMemoryError")) {
          errors.add(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(log + " cannot be read", e);
    }
    return errors;
  }
}
