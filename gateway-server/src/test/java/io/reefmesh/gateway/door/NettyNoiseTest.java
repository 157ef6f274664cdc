package io.reefmesh.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

final class NettyNoiseTest {

  private final AtomicLong nowNanos = new AtomicLong(Long.MAX_VALUE - 5);
  private final List<String> lines = new ArrayList<>();
  private final NettyNoise noise = new NettyNoise(nowNanos::get, lines::add);

  @Test
  void shouldTellOncePerMinuteWithACountWhenOneKindRepeats() {
    for (int i = 0; i < 100; i++) {
      assertThat(noise.isLoggable(record("Transport failed", new IOException("GET /\n" + i))))
          .isFalse();
    }
    nowNanos.addAndGet(Duration.ofMinutes(1).toNanos());
    noise.isLoggable(record("Transport failed", new IOException("again")));

    assertThat(lines)
        .containsExactly(
            "a peer broke the protocol or left early (1 times so far): Transport failed,"
                + " IOException: GET /?0",
            "a peer broke the protocol or left early (101 times so far): Transport failed,"
                + " IOException: again");
    assertThat(noise.total()).isEqualTo(101);
  }

  @Test
  void shouldTellEachKindWhenKindsDiffer() {
    noise.isLoggable(record("Transport failed", new IOException("a")));
    noise.isLoggable(record("Stream Error", new IOException("a")));
    noise.isLoggable(record("Stream Error", new IllegalStateException("a")));

    assertThat(lines).hasSize(3);
  }

  @Test
  void shouldStayBoundedWhenKindsNeverEnd() {
    for (int i = 0; i < 10_000; i++) {
      noise.isLoggable(record("kind " + i, new IOException("a")));
    }

    assertThat(lines).hasSize(64);
    assertThat(noise.total()).isEqualTo(10_000);
  }

  @Test
  void shouldLetThroughWhatCarriesNoException() {
    assertThat(noise.isLoggable(record("started", null))).isTrue();
    assertThat(lines).isEmpty();
  }

  private static LogRecord record(String message, @org.jspecify.annotations.Nullable Exception e) {
    LogRecord record = new LogRecord(Level.INFO, message);
    record.setThrown(e);
    return record;
  }
}
