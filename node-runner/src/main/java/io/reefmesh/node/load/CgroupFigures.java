package io.reefmesh.node.load;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * Reads a container's limits and use from the control group files of Linux, versions 1 and 2. What
 * is not limited, or not there, is absent: then the machine's own figures count.
 */
final class CgroupFigures {

  /** Version 1 writes "no limit" as a number near 2^63. */
  private static final long UNLIMITED = 1L << 60;

  private final Path root;

  /** Normally {@code /sys/fs/cgroup}, which inside a container is the container's own group. */
  CgroupFigures(Path root) {
    this.root = root;
  }

  /** Processors that may be used, for example 0.5. */
  OptionalDouble cpuLimit() {
    String[] v2 = words("cpu.max");
    if (v2.length == 2) {
      return quotient(v2[0], v2[1]);
    }
    String quota = text("cpu/cpu.cfs_quota_us");
    return quota.startsWith("-")
        ? OptionalDouble.empty()
        : quotient(quota, text("cpu/cpu.cfs_period_us"));
  }

  /** Processor time used so far, in microseconds. */
  OptionalLong cpuUsedMicros() {
    OptionalLong v2 = keyed("cpu.stat", "usage_usec");
    if (v2.isPresent()) {
      return v2;
    }
    OptionalLong nanos = number(text("cpuacct/cpuacct.usage"));
    return nanos.isPresent() ? OptionalLong.of(nanos.getAsLong() / 1000) : nanos;
  }

  /** Share of the memory limit in use, 0-1, without file pages that can be dropped. */
  OptionalDouble memoryLoad() {
    OptionalLong limit = number(text("memory.max"));
    if (limit.isPresent()) {
      return share(number(text("memory.current")), keyed("memory.stat", "inactive_file"), limit);
    }
    return share(
        number(text("memory/memory.usage_in_bytes")),
        keyed("memory/memory.stat", "total_inactive_file"),
        number(text("memory/memory.limit_in_bytes")));
  }

  private static OptionalDouble share(
      OptionalLong used, OptionalLong droppable, OptionalLong limit) {
    if (used.isEmpty() || limit.isEmpty() || limit.getAsLong() <= 0) {
      return OptionalDouble.empty();
    }
    if (limit.getAsLong() >= UNLIMITED) {
      return OptionalDouble.empty();
    }
    double held = Math.max(0, used.getAsLong() - droppable.orElse(0));
    return OptionalDouble.of(Math.min(1, held / limit.getAsLong()));
  }

  private static OptionalDouble quotient(String dividend, String divisor) {
    OptionalLong quota = number(dividend);
    OptionalLong period = number(divisor);
    if (quota.isEmpty() || period.isEmpty() || quota.getAsLong() <= 0 || period.getAsLong() <= 0) {
      return OptionalDouble.empty();
    }
    return OptionalDouble.of((double) quota.getAsLong() / period.getAsLong());
  }

  private OptionalLong keyed(String file, String key) {
    for (String line : lines(file)) {
      if (line.startsWith(key + " ")) {
        return number(line.substring(key.length() + 1));
      }
    }
    return OptionalLong.empty();
  }

  private static OptionalLong number(String text) {
    try {
      return OptionalLong.of(Long.parseLong(text.trim()));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private String[] words(String file) {
    return text(file).trim().split("\\s+");
  }

  private String text(String file) {
    List<String> lines = lines(file);
    return lines.isEmpty() ? "" : lines.get(0);
  }

  private List<String> lines(String file) {
    try {
      return Files.readAllLines(root.resolve(file));
    } catch (IOException e) {
      return List.of();
    }
  }
}
