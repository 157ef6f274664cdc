package io.reefmesh.node.load;

import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import oshi.SystemInfo;
import oshi.hardware.CentralProcessor;
import oshi.hardware.GlobalMemory;

/**
 * Measures the load since the measurement before: of the container where it has limits, else of the
 * machine. Not thread-safe.
 */
final class MachineLoad {

  /** Load of processors and memory, 0-1 each. */
  record Figures(double cpu, double memory) {}

  private final CgroupFigures cgroup;
  private final CentralProcessor processor;
  private final GlobalMemory memory;
  private long[] ticksBefore;
  private OptionalLong usedBeforeMicros;
  private long beforeNanos;

  MachineLoad(Path cgroupRoot) {
    this.cgroup = new CgroupFigures(cgroupRoot);
    SystemInfo system = new SystemInfo();
    this.processor = system.getHardware().getProcessor();
    this.memory = system.getHardware().getMemory();
    this.ticksBefore = processor.getSystemCpuLoadTicks();
    this.usedBeforeMicros = cgroup.cpuUsedMicros();
    this.beforeNanos = System.nanoTime();
  }

  Figures measure() {
    long now = System.nanoTime();
    OptionalLong used = cgroup.cpuUsedMicros();
    OptionalDouble within = cpuWithinLimit(used, now - beforeNanos);
    long[] ticks = processor.getSystemCpuLoadTicks();
    double cpu =
        within.isPresent()
            ? within.getAsDouble()
            : processor.getSystemCpuLoadBetweenTicks(ticksBefore, ticks);
    ticksBefore = ticks;
    usedBeforeMicros = used;
    beforeNanos = now;
    return new Figures(cpu, cgroup.memoryLoad().orElseGet(this::machineMemory));
  }

  private OptionalDouble cpuWithinLimit(OptionalLong usedMicros, long elapsedNanos) {
    OptionalDouble limit = cgroup.cpuLimit();
    if (limit.isEmpty()
        || usedMicros.isEmpty()
        || usedBeforeMicros.isEmpty()
        || limit.getAsDouble() >= processor.getLogicalProcessorCount()) {
      return OptionalDouble.empty();
    }
    double processors =
        1000.0
            * (usedMicros.getAsLong() - usedBeforeMicros.getAsLong())
            / Math.max(1, elapsedNanos);
    return OptionalDouble.of(Math.max(0, Math.min(1, processors / limit.getAsDouble())));
  }

  private double machineMemory() {
    long total = memory.getTotal();
    return total <= 0 ? 0 : 1 - (double) memory.getAvailable() / total;
  }
}
