package io.reefmesh.node.handler;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ModelCooldownsTest {

  private long nowNanos;
  private final ModelCooldowns cooldowns = new ModelCooldowns(() -> nowNanos);

  @Test
  void shouldLeaveOnlyThatModelAloneForAsLongAsItAsked() {
    assertThat(cooldowns.begin("a", Duration.ofSeconds(7))).isEqualTo(Duration.ofSeconds(7));

    assertThat(cooldowns.remaining("b")).isZero();
    pass(Duration.ofSeconds(6));
    assertThat(cooldowns.remaining("a")).isEqualTo(Duration.ofSeconds(1));
    pass(Duration.ofSeconds(1));
    assertThat(cooldowns.remaining("a")).isZero();
  }

  @Test
  void shouldWaitTwiceAsLongEachTimeWhenNothingWasAsked() {
    assertThat(cooldowns.begin("a", Duration.ZERO)).isEqualTo(Duration.ofSeconds(5));
    assertThat(cooldowns.begin("a", Duration.ZERO)).isEqualTo(Duration.ofSeconds(10));
    for (int i = 0; i < 40; i++) {
      cooldowns.begin("a", Duration.ZERO);
    }
    assertThat(cooldowns.begin("a", Duration.ZERO)).isEqualTo(ModelCooldowns.LONGEST);
  }

  @Test
  void shouldBeginAnewWhenTheModelHasAnswered() {
    cooldowns.begin("a", Duration.ZERO);
    cooldowns.begin("a", Duration.ZERO);

    cooldowns.end("a");

    assertThat(cooldowns.remaining("a")).isZero();
    assertThat(cooldowns.begin("a", Duration.ZERO)).isEqualTo(ModelCooldowns.FIRST);
  }

  @Test
  void shouldWaitASecondAtLeast() {
    assertThat(cooldowns.begin("a", Duration.ofMillis(20))).isEqualTo(Duration.ofSeconds(1));
  }

  @Test
  void shouldForgetTheOldestWhenPayloadsNameEverNewModels() {
    for (int i = 0; i < 257; i++) {
      cooldowns.begin("m" + i, Duration.ofSeconds(9));
    }

    assertThat(cooldowns.remaining("m0")).isZero();
    assertThat(cooldowns.remaining("m1")).isPositive();
    assertThat(cooldowns.remaining("m256")).isPositive();
  }

  private void pass(Duration time) {
    nowNanos += time.toNanos();
  }
}
