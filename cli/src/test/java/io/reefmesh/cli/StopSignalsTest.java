package io.reefmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class StopSignalsTest {

  private final AtomicInteger orderlyStops = new AtomicInteger();
  private final CountDownLatch orderly = new CountDownLatch(1);
  private final CountDownLatch fast = new CountDownLatch(1);
  private final StopSignals signals =
      new StopSignals(
          () -> {
            orderlyStops.incrementAndGet();
            orderly.countDown();
          },
          fast::countDown);

  @Test
  void shouldStopInOrderFirstAndFastWhenAskedAgain() throws InterruptedException {
    // when
    signals.ask("SIGTERM");

    // then
    assertThat(orderly.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(fast.getCount()).isEqualTo(1);

    // when
    signals.ask("SIGTERM");

    // then
    assertThat(fast.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(orderlyStops).hasValue(1);
  }

  @Test
  void shouldStopWhenTheProcessItServesEnds() throws Exception {
    // given
    Process served = new ProcessBuilder("sleep", "60").start();
    signals.askWhenGone(served.pid());
    assertThat(orderly.getCount()).isEqualTo(1);

    // when
    served.destroyForcibly();

    // then
    assertThat(orderly.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void shouldStopAtOnceWhenTheProcessItServesIsGoneAlready() throws Exception {
    // given
    Process served = new ProcessBuilder("true").start();
    served.waitFor();

    // when
    signals.askWhenGone(served.pid());

    // then
    assertThat(orderly.await(10, TimeUnit.SECONDS)).isTrue();
  }
}
