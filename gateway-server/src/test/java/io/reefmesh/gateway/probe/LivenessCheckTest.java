package io.reefmesh.gateway.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LivenessCheckTest {

  private final AtomicLong tick = new AtomicLong(Long.MAX_VALUE - 1_000);
  private final AtomicLong now = new AtomicLong(tick.get());
  private final LivenessCheck check =
      new LivenessCheck(tick::get, now::get, Duration.ofNanos(5_000));

  @Test
  void shouldBeAliveWhenTheLastTickIsWithinTheLimit() {
    now.addAndGet(5_000); // Past the clock's overflow.

    assertThat(check.isAlive()).isTrue();
  }

  @Test
  void shouldNotBeAliveWhenTheLastTickIsOlderAndBeAgainAfterATick() {
    now.addAndGet(5_001);
    assertThat(check.isAlive()).isFalse();

    tick.set(now.get());
    assertThat(check.isAlive()).isTrue();
  }
}
