package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

final class BackoffTest {

  private static final Duration INITIAL = Duration.ofMillis(100);
  private static final Duration MAX = Duration.ofSeconds(1);

  @Test
  void shouldDoubleTheBoundUpToTheMaximumWhenDrawnAgain() {
    // given: a generator that always draws the largest number allowed
    Backoff backoff = Backoff.fullJitter(INITIAL, MAX, new Largest());

    // when
    List<Long> waits = draw(backoff, 6);

    // then
    assertThat(waits).containsExactly(100L, 200L, 400L, 800L, 1000L, 1000L);
  }

  @Test
  void shouldBeginAnewWhenReset() {
    // given
    Backoff backoff = Backoff.fullJitter(INITIAL, MAX, new Largest());
    draw(backoff, 5);

    // when
    backoff.reset();

    // then
    assertThat(draw(backoff, 2)).containsExactly(100L, 200L);
  }

  @Test
  void shouldSpreadEvenlyFromZeroToTheBoundWhenDrawnOften() {
    // given
    Random random = new Random(7);
    int[] quarters = new int[4];

    // when
    for (int i = 0; i < 4_000; i++) {
      long nanos = Backoff.fullJitter(INITIAL, MAX, random).next().toNanos();
      quarters[(int) Math.min(3, nanos * 4 / INITIAL.toNanos())]++;
    }

    // then: 1,000 each, four standard deviations are 110
    for (int quarter : quarters) {
      assertThat(quarter).isBetween(890, 1_110);
    }
  }

  @Test
  void shouldNotOverflowWhenTheMaximumIsALifetime() {
    // given
    Backoff backoff = Backoff.fullJitter(Duration.ofDays(300), Duration.ofDays(365), new Largest());

    // when
    draw(backoff, 70);

    // then
    assertThat(backoff.next()).isEqualTo(Duration.ofDays(365));
  }

  @Test
  void shouldRefuseDurationsWhenTheyMakeNoSense() {
    Random random = new Random(1);
    assertThatThrownBy(() -> Backoff.fullJitter(Duration.ZERO, MAX, random))
        .hasMessageContaining("above zero");
    assertThatThrownBy(() -> Backoff.fullJitter(MAX, INITIAL, random))
        .hasMessageContaining("below the initial");
    assertThatThrownBy(() -> Backoff.fullJitter(MAX, Duration.ofDays(366), random))
        .hasMessageContaining("365 days");
  }

  private static List<Long> draw(Backoff backoff, int times) {
    List<Long> millis = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      millis.add(backoff.next().toMillis());
    }
    return millis;
  }

  private static final class Largest implements RandomGenerator {
    @Override
    public long nextLong() {
      throw new UnsupportedOperationException("only bounded draws are expected");
    }

    @Override
    public long nextLong(long bound) {
      return bound - 1;
    }
  }
}
