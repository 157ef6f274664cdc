package io.reefmesh.balancer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TaskIdTest {

  @Test
  void shouldReadBackWhatItWroteAndSortAlike() {
    SplittableRandom random = new SplittableRandom(7);
    TaskId before = new TaskId(0);
    for (int i = 0; i < 10_000; i++) {
      TaskId id = new TaskId(random.nextLong() >>> 1);
      assertThat(TaskId.parse(id.toString())).isEqualTo(id);
      assertThat(Integer.signum(id.toString().compareTo(before.toString())))
          .isEqualTo(Integer.signum(id.compareTo(before)));
      before = id;
    }
    assertThat(new TaskId(Long.MAX_VALUE).toString()).isEqualTo("7zzzzzzzzzzzz");
  }

  @Test
  void shouldKeepItsThreeParts() {
    long time = TaskId.EPOCH_MILLIS + 123_456_789;
    TaskId id = TaskId.of(time, 4_711, 63);
    assertThat(id.createdAtMillis()).isEqualTo(time);
    assertThat(id.partition()).isEqualTo(63);
    assertThat(TaskId.of(time, 4_712, 0)).isGreaterThan(id);
    assertThat(TaskId.floor(time)).isLessThan(id);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "1", "8000000000000", "000000000000i", "000000000000L", "ööööööööööööö"})
  void shouldRefuseWhatIsNoId(String text) {
    assertThatThrownBy(() -> TaskId.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
