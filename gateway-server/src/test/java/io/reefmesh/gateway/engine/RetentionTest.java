package io.reefmesh.gateway.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.store.WriteLease;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When slices are forgotten, and how much of the engine's time they take. */
final class RetentionTest {

  private static final WriteLease LEASE = new WriteLease(1);
  private static final long NOW = 1_000_000_000L;

  private final List<List<Object>> calls = new ArrayList<>();
  private long nanos;
  private int forgets;
  private long takesMillis;

  /** A store that can only forget. */
  private final TaskStore store =
      (TaskStore)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {TaskStore.class},
              (proxy, method, arguments) -> {
                calls.add(List.of(arguments));
                nanos += takesMillis * 1_000_000;
                return forgets;
              });

  private final Retention retention =
      new Retention(store, LEASE, new RetentionRules(Duration.ofMinutes(10), 5_000), () -> nanos);

  @Test
  void shouldForgetBySliceWithAgeAndNumber() {
    // when
    retention.run(NOW);

    // then
    assertThat(calls).containsExactly(List.of(LEASE, NOW - 600_000, 5_000L, Retention.SLICE));
  }

  @Test
  void shouldRestLongWhenThereWasNothingToForget() {
    // given
    takesMillis = 3_000;
    retention.run(NOW);

    // when
    retention.run(NOW + Retention.REST_MILLIS - 1);

    // then
    assertThat(calls).hasSize(1);
    assertThat(retention.nextMillis()).isEqualTo(NOW + Retention.REST_MILLIS);
    retention.run(NOW + Retention.REST_MILLIS);
    assertThat(calls).hasSize(2);
  }

  @Test
  void shouldTakeAtMostQuarterOfTheTimeWhenThereIsMuchToForget() {
    // given
    forgets = Retention.SLICE;
    takesMillis = 40;
    long now = NOW;
    long inSlices = 0;

    // when
    while (now < NOW + 60_000) {
      int before = calls.size();
      retention.run(now);
      inSlices += (calls.size() - before) * takesMillis;
      now = retention.nextMillis();
    }

    // then
    assertThat(inSlices).isBetween(14_000L, 15_100L);
  }

  @Test
  void shouldRestBetweenSlicesThatTakeNoTime() {
    // given
    forgets = Retention.SLICE;

    // when
    retention.run(NOW);

    // then
    assertThat(retention.nextMillis()).isEqualTo(NOW + 10);
  }

  @Test
  void shouldTakeMoreAtOnceWhileThereIsMoreAndTheStoreIsQuick() {
    // given
    long now = NOW;

    // when
    for (int slice = Retention.SLICE; slice <= 16 * Retention.SLICE; slice *= 2) {
      forgets = slice;
      retention.run(now);
      now = retention.nextMillis();
    }
    retention.run(now);

    // then
    assertThat(calls.stream().map(call -> call.get(3)))
        .containsExactly(200, 400, 800, 1_600, 3_200, 3_200);
  }

  @Test
  void shouldTakeLessAtOnceWhenASliceTakesLong() {
    // given: slices have grown
    forgets = Retention.SLICE;
    retention.run(NOW);
    forgets = 2 * Retention.SLICE;
    retention.run(retention.nextMillis());

    // when
    takesMillis = Retention.SLICE_MILLIS + 1;
    forgets = 4 * Retention.SLICE;
    retention.run(retention.nextMillis());
    retention.run(retention.nextMillis());
    retention.run(retention.nextMillis());

    // then
    assertThat(calls.stream().map(call -> call.get(3))).containsExactly(200, 400, 800, 400, 200);
  }

  @Test
  void shouldTakeAsMuchAtOnceAsThereWasWhenItKeepsUp() {
    // given
    forgets = Retention.SLICE;
    retention.run(NOW);

    // when
    forgets = 300;
    retention.run(retention.nextMillis());
    forgets = 0;
    retention.run(retention.nextMillis());
    retention.run(retention.nextMillis());

    // then
    assertThat(calls.stream().map(call -> call.get(3))).containsExactly(200, 400, 300, 200);
  }
}
