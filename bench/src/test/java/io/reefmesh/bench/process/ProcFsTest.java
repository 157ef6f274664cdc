package io.reefmesh.bench.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProcFsTest {

  @TempDir Path root;

  @Test
  void shouldAddUserAndSystemTimeWhenTheNameHoldsBlanksAndParentheses() throws IOException {
    stat(7, "7 (a) b (c) S 1 7 7 0 -1 4194304 100 0 0 0 150 50 9 9 20 0 30 0 1000 1 2 3");

    assertThat(new ProcFs(root).cpuNanos(7)).hasValue(2_000_000_000L);
  }

  @Test
  void shouldReadMemoryThreadsAndLimits() throws IOException {
    Files.createDirectories(root.resolve("7/fd"));
    Files.writeString(root.resolve("7/fd/0"), "");
    Files.writeString(root.resolve("7/fd/1"), "");
    Files.writeString(
        root.resolve("7/status"),
        "Name:\tjava\nVmHWM:\t  2048 kB\nVmRSS:\t 1024 kB\nThreads:\t31\n");
    Files.writeString(
        root.resolve("7/limits"),
        "Limit      Soft Limit  Hard Limit  Units\nMax open files  1024  20000  files \n");
    ProcFs proc = new ProcFs(root);

    assertThat(proc.peakRssBytes(7)).hasValue(2048 * 1024);
    assertThat(proc.rssBytes(7)).hasValue(1024 * 1024);
    assertThat(proc.threads(7)).hasValue(31);
    assertThat(proc.descriptors(7)).hasValue(2);
    assertThat(proc.descriptorLimit(7)).hasValue(20_000);
  }

  @Test
  void shouldSumWhatAllProcessesTookWhenAllAreKnown() throws IOException {
    stat(7, line(100, 0));
    stat(8, line(300, 100));
    CpuMeter meter = new CpuMeter(new ProcFs(root), pids());
    meter.begin();
    stat(7, line(150, 50));
    stat(8, line(310, 100));
    meter.end();

    assertThat(meter.totalNanos()).hasValue(1_100_000_000L);
    assertThat(meter.nanosByName()).containsEntry("node", 100_000_000L);
  }

  @Test
  void shouldNotGiveSumWhenOneProcessIsGone() throws IOException {
    stat(7, line(100, 0));
    stat(8, line(300, 100));
    CpuMeter meter = new CpuMeter(new ProcFs(root), pids());
    meter.begin();
    stat(7, line(200, 0));
    Files.delete(root.resolve("8/stat"));
    meter.end();

    assertThat(meter.totalNanos()).isEmpty();
    assertThat(meter.nanosByName()).containsOnlyKeys("gateway");
  }

  @Test
  void shouldSeeThisProcessAtWorkWhenItBurnsTime() {
    long pid = ProcessHandle.current().pid();
    ProcFs proc = new ProcFs();
    if (proc.cpuNanos(pid).isEmpty()) {
      return; // no /proc here
    }
    CpuMeter meter = new CpuMeter(proc, Map.of("this", pid));
    meter.begin();
    var threads = ManagementFactory.getThreadMXBean();
    long until = threads.getCurrentThreadCpuTime() + 300_000_000L;
    while (threads.getCurrentThreadCpuTime() < until) {
      Thread.onSpinWait();
    }
    meter.end();

    assertThat(meter.totalNanos().orElse(0)).isBetween(270_000_000L, 10_000_000_000L);
  }

  @Test
  void shouldReadTotalOfHistogram() {
    assertThat(
            LiveHeap.totalOf(
                " num     #instances         #bytes  class name\n   1:  2  3  [B\nTotal   123   4567890\n"))
        .hasValue(4_567_890);
    assertThat(LiveHeap.totalOf("no such process")).isEmpty();
  }

  private static Map<String, Long> pids() {
    Map<String, Long> pids = new LinkedHashMap<>();
    pids.put("gateway", 7L);
    pids.put("node", 8L);
    return pids;
  }

  private static String line(int user, int system) {
    return "7 (java) S 1 7 7 0 -1 0 0 0 0 0 " + user + " " + system + " 0 0 20 0 30 0 1000 1 2 3";
  }

  private void stat(long pid, String line) throws IOException {
    Path folder = root.resolve(Long.toString(pid));
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("stat"), line);
  }
}
