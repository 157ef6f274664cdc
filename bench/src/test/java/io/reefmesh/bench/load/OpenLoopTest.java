package io.reefmesh.bench.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

final class OpenLoopTest {

  private static final double RATE = 1_000;
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final FakePace pace = new FakePace();

  @Test
  void shouldStartOperationsAtEvenTimesWhenNothingStalls() {
    List<Long> intended = new ArrayList<>();
    Operation quick =
        (at, outcome) -> {
          intended.add(at);
          outcome.done(pace.nanos() + MILLI / 2);
        };

    Figures figures =
        new OpenLoop(quick, pace)
            .run(RATE, Duration.ofSeconds(1), Duration.ofSeconds(2), Window.NONE);

    assertThat(intended).hasSize(3_000);
    assertThat(intended.get(2_999) - intended.get(0)).isEqualTo(2_999 * MILLI);
    assertThat(figures.done()).isEqualTo(2_000);
    assertThat(figures.perSecond()).isCloseTo(RATE, within(1.0));
    assertThat(figures.millisAt(99)).isCloseTo(0.5, within(0.01));
  }

  @Test
  void shouldShowStallInLatenciesOfAllThatWaitedBehindItWhenOneOperationBlocks() {
    // One operation blocks its caller for a second; each takes no time at all by itself.
    long[] count = {0};
    Operation stalls =
        (at, outcome) -> {
          if (count[0]++ == 500) {
            pace.advance(TimeUnit.SECONDS.toNanos(1));
          }
          outcome.done(pace.nanos());
        };

    Figures figures =
        new OpenLoop(stalls, pace).run(RATE, Duration.ZERO, Duration.ofSeconds(4), Window.NONE);

    // A quarter of the time was lost: the operations meant for it waited, half a second on average.
    assertThat(figures.done()).isEqualTo(4_000);
    assertThat(figures.millisAt(50)).isLessThan(0.01);
    assertThat(figures.millisAt(99)).isCloseTo(960, within(10.0));
    assertThat(figures.latencies().getMean() / MILLI).isCloseTo(125, within(2.0));
  }

  @Test
  void shouldCountOperationAsFailedWithItsWaitWhenItNeverEnds() {
    long[] count = {0};
    Operation loses =
        (at, outcome) -> {
          if (count[0]++ != 50) {
            outcome.done(pace.nanos());
          }
        };

    Figures figures =
        new OpenLoop(loses, pace).run(RATE, Duration.ZERO, Duration.ofMillis(100), Window.NONE);

    assertThat(figures.done()).isEqualTo(99);
    assertThat(figures.failed()).isEqualTo(1);
    assertThat(figures.firstFailure()).contains("no outcome");
    assertThat(figures.millisAt(100)).isGreaterThan(9_999);
  }

  @Test
  void shouldLeaveWarmUpOutWhenItIsSlower() {
    long[] count = {0};
    List<Long> began = new ArrayList<>();
    Operation slowAtFirst =
        (at, outcome) -> outcome.done(pace.nanos() + (count[0]++ < 100 ? 50 * MILLI : MILLI));
    Window window =
        new Window() {
          @Override
          public void begins() {
            began.add(count[0]);
          }

          @Override
          public void ends() {}
        };

    Figures figures =
        new OpenLoop(slowAtFirst, pace)
            .run(RATE, Duration.ofMillis(100), Duration.ofMillis(100), window);

    assertThat(began).containsExactly(100L);
    assertThat(figures.millisAt(100)).isCloseTo(1, within(0.01));
  }

  @Test
  void shouldGroupWhatBecameDueWhenOneBatchWasSlow() {
    List<Integer> sizes = new ArrayList<>();
    BatchedOpenLoop.Batch slowOnce =
        count -> {
          sizes.add(count);
          pace.advance(sizes.size() == 3 ? 10 * MILLI : MILLI / 10);
        };

    Figures figures =
        new BatchedOpenLoop(slowOnce, pace).run(RATE, Duration.ZERO, Duration.ofMillis(100), 1_000);

    assertThat(sizes.subList(0, 5)).containsExactly(1, 1, 1, 10, 1);
    assertThat(figures.latencies().getTotalCount()).isEqualTo(100);
    // The one that was slow took 10 ms, the first that waited behind it 9.1 ms.
    assertThat(figures.millisAt(100)).isCloseTo(10, within(0.05));
    assertThat(figures.millisAt(98.5)).isCloseTo(9.1, within(0.05));
  }

  /** Time that passes only when somebody waits or says so. */
  private static final class FakePace implements Pace {
    private long now = 1_000;

    @Override
    public long nanos() {
      return now;
    }

    @Override
    public void until(long nanos) {
      now = Math.max(now, nanos);
    }

    void advance(long nanos) {
      now += nanos;
    }
  }
}
