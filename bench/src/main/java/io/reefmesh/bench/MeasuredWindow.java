package io.reefmesh.bench;

import io.reefmesh.bench.load.Window;
import io.reefmesh.bench.process.CpuMeter;
import io.reefmesh.bench.process.ProcFs;
import java.io.IOException;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import jdk.jfr.Configuration;
import jdk.jfr.Recording;
import org.jspecify.annotations.Nullable;

/**
 * What is taken down of the processes while a case is measured: processor time, and a recording of
 * this process if asked for. Used by one thread at a time.
 */
public final class MeasuredWindow implements Window {

  private final ProcFs proc;
  private final Map<String, Long> pidByName;
  private final CpuMeter cpu;
  private final @Nullable Path recordTo;
  private @Nullable Recording recording;
  private Instant began = Instant.EPOCH;
  private Instant ended = Instant.EPOCH;

  MeasuredWindow(ProcFs proc, Map<String, Long> pidByName, @Nullable Path recordTo) {
    this.proc = proc;
    this.pidByName = pidByName;
    this.cpu = new CpuMeter(proc, pidByName);
    this.recordTo = recordTo;
  }

  @Override
  public void begins() {
    if (recordTo != null) {
      recording = record();
    }
    began = Instant.now();
    cpu.begin();
  }

  @Override
  public void ends() {
    cpu.end();
    ended = Instant.now();
    Recording running = recording;
    if (running != null && recordTo != null) {
      try {
        running.stop();
        running.dump(recordTo);
      } catch (IOException e) {
        throw new IllegalStateException("the recording cannot be written to " + recordTo, e);
      } finally {
        running.close();
      }
    }
  }

  /** When it began. */
  public Instant began() {
    return began;
  }

  /** When it ended. */
  public Instant ended() {
    return ended;
  }

  /**
   * Processor time of all processes together, per operation.
   *
   * @return microseconds; NaN if it is not known
   */
  public double cpuMicrosPer(long operations) {
    return cpu.totalNanos().isEmpty() || operations == 0
        ? Double.NaN
        : cpu.totalNanos().getAsLong() / 1_000.0 / operations;
  }

  /** The same for each process. */
  public Map<String, Object> cpuMicrosByName(long operations) {
    Map<String, Object> all = new LinkedHashMap<>();
    pidByName
        .keySet()
        .forEach(
            name -> {
              Long nanos = cpu.nanosByName().get(name);
              if (nanos != null && operations > 0) {
                all.put(name, nanos / 1_000.0 / operations);
              }
            });
    return all;
  }

  /** The most memory that each process had, in MiB. */
  public Map<String, Object> peakRssMib() {
    Map<String, Object> all = new LinkedHashMap<>();
    pidByName.forEach(
        (name, pid) -> proc.peakRssBytes(pid).ifPresent(bytes -> all.put(name, bytes >> 20)));
    return all;
  }

  private static Recording record() {
    try {
      Recording started = new Recording(Configuration.getConfiguration("profile"));
      started.start();
      return started;
    } catch (IOException | ParseException e) {
      throw new IllegalStateException("this Java has no recording settings \"profile\"", e);
    }
  }
}
