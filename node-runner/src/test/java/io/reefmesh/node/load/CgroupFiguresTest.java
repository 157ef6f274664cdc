package io.reefmesh.node.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CgroupFiguresTest {

  @TempDir Path root;

  private void file(String name, String text) throws IOException {
    Path path = root.resolve(name);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  @Test
  void shouldReadVersionTwo() throws IOException {
    file("cpu.max", "150000 100000\n");
    file("cpu.stat", "usage_usec 777\nuser_usec 5\n");
    file("memory.max", "1000\n");
    file("memory.current", "700\n");
    file("memory.stat", "anon 1\ninactive_file 200\n");
    CgroupFigures figures = new CgroupFigures(root);

    assertThat(figures.cpuLimit().getAsDouble()).isEqualTo(1.5);
    assertThat(figures.cpuUsedMicros()).hasValue(777);
    assertThat(figures.memoryLoad().getAsDouble()).isEqualTo(0.5, Offset.offset(1e-9));
  }

  @Test
  void shouldReadVersionOne() throws IOException {
    file("cpu/cpu.cfs_quota_us", "50000\n");
    file("cpu/cpu.cfs_period_us", "100000\n");
    file("cpuacct/cpuacct.usage", "5000000\n");
    file("memory/memory.limit_in_bytes", "1000\n");
    file("memory/memory.usage_in_bytes", "600\n");
    file("memory/memory.stat", "total_inactive_file 100\n");
    CgroupFigures figures = new CgroupFigures(root);

    assertThat(figures.cpuLimit().getAsDouble()).isEqualTo(0.5);
    assertThat(figures.cpuUsedMicros()).hasValue(5000);
    assertThat(figures.memoryLoad().getAsDouble()).isEqualTo(0.5, Offset.offset(1e-9));
  }

  @Test
  void shouldGiveNothingWhenThereAreNoLimits() throws IOException {
    assertThat(new CgroupFigures(root).cpuLimit()).isEmpty();
    assertThat(new CgroupFigures(root).memoryLoad()).isEmpty();
    assertThat(new CgroupFigures(root).cpuUsedMicros()).isEmpty();

    file("cpu.max", "max 100000\n");
    file("memory.max", "max\n");
    file("memory.current", "700\n");
    assertThat(new CgroupFigures(root).cpuLimit()).isEmpty();
    assertThat(new CgroupFigures(root).memoryLoad()).isEmpty();
  }

  @Test
  void shouldGiveNothingWhenVersionOneHasNoLimits() throws IOException {
    file("cpu/cpu.cfs_quota_us", "-1\n");
    file("cpu/cpu.cfs_period_us", "100000\n");
    file("memory/memory.limit_in_bytes", "9223372036854771712\n");
    file("memory/memory.usage_in_bytes", "600\n");

    assertThat(new CgroupFigures(root).cpuLimit()).isEmpty();
    assertThat(new CgroupFigures(root).memoryLoad()).isEmpty();
  }

  @Test
  void shouldMeasureThisMachineWithinBounds() {
    MachineLoad.Figures figures = new MachineLoad(Path.of("/sys/fs/cgroup")).measure();

    assertThat(figures.cpu()).isBetween(0.0, 1.0);
    assertThat(figures.memory()).isGreaterThan(0.0).isLessThanOrEqualTo(1.0);
  }
}
