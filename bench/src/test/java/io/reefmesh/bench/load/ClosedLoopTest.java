package io.reefmesh.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ClosedLoopTest {

  private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);

  @AfterEach
  void stopTimer() {
    timer.shutdownNow();
  }

  @Test
  void shouldKeepSoManyUnderWayWhenEachTakesItsTime() throws InterruptedException {
    AtomicInteger underWay = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Operation takesTwentyMillis =
        (at, outcome) -> {
          most.accumulateAndGet(underWay.incrementAndGet(), Math::max);
          var unused =
              timer.schedule(
                  () -> {
                    underWay.decrementAndGet();
                    outcome.done(System.nanoTime());
                  },
                  20,
                  TimeUnit.MILLISECONDS);
        };

    Figures figures =
        new ClosedLoop(takesTwentyMillis, 8)
            .run(Duration.ofMillis(200), Duration.ofMillis(600), Window.NONE);

    assertThat(most).hasValue(8);
    assertThat(underWay).hasValue(0);
    assertThat(figures.millisAt(50)).isBetween(19.5, 60.0);
    assertThat(figures.perSecond()).isBetween(100.0, 405.0);
    // Little's law: the rate times the latency is what was under way.
    double mean = figures.latencies().getMean() / 1e9;
    assertThat(figures.perSecond() * mean).isCloseTo(8, within(1.5));
  }

  @Test
  void shouldShowItWhenOperationsAreSlower() throws InterruptedException {
    double fast = rateOf(1);
    double slow = rateOf(20);

    assertThat(slow).isLessThan(fast / 3);
  }

  @Test
  void shouldNotOverflowStackWhenOperationsEndAtOnce() throws InterruptedException {
    Figures figures =
        new ClosedLoop((at, outcome) -> outcome.done(System.nanoTime()), 1)
            .run(Duration.ZERO, Duration.ofMillis(1), Window.NONE);

    assertThat(figures.failed()).isZero();
  }

  private double rateOf(int millis) throws InterruptedException {
    Operation operation =
        (at, outcome) -> {
          var unused =
              timer.schedule(() -> outcome.done(System.nanoTime()), millis, TimeUnit.MILLISECONDS);
        };
    return new ClosedLoop(operation, 4)
        .run(Duration.ofMillis(50), Duration.ofMillis(300), Window.NONE)
        .perSecond();
  }
}
