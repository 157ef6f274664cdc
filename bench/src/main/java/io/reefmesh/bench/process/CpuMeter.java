package io.reefmesh.bench.process;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Processor time of some processes over a while. A process whose time cannot be read, at the begin
 * or at the end, makes the sum unknown: a sum without it would be too good. Not thread-safe.
 */
public final class CpuMeter {

  private final ProcFs proc;
  private final Map<String, Long> pidByName;
  private final Map<String, Long> beganNanos = new LinkedHashMap<>();
  private final Map<String, Long> tookNanos = new LinkedHashMap<>();

  /** Of these processes, by the names they are shown with. */
  public CpuMeter(ProcFs proc, Map<String, Long> pidByName) {
    this.proc = proc;
    this.pidByName = new LinkedHashMap<>(pidByName);
  }

  /** The while begins. */
  public void begin() {
    beganNanos.clear();
    tookNanos.clear();
    pidByName.forEach(
        (name, pid) -> proc.cpuNanos(pid).ifPresent(nanos -> beganNanos.put(name, nanos)));
  }

  /** The while ends. */
  public void end() {
    beganNanos.forEach(
        (name, before) -> {
          Long pid = pidByName.get(name);
          if (pid != null) {
            proc.cpuNanos(pid).ifPresent(nanos -> tookNanos.put(name, nanos - before));
          }
        });
  }

  /** What each process took, those that are known. */
  public Map<String, Long> nanosByName() {
    return Map.copyOf(tookNanos);
  }

  /** What all of them took; empty if any is unknown. */
  public OptionalLong totalNanos() {
    return pidByName.isEmpty() || !tookNanos.keySet().equals(pidByName.keySet())
        ? OptionalLong.empty()
        : OptionalLong.of(tookNanos.values().stream().mapToLong(Long::longValue).sum());
  }
}
