package io.reefmesh.gateway.figures;

import static org.assertj.core.api.Assertions.assertThat;

import io.reefmesh.gateway.figures.DoublingHistogram.Scale;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class DoublingHistogramTest {

  private static final Scale SMALL = new Scale(2, 3, 1_000);

  @Test
  void shouldDoubleTheBoundsInTheReadersUnit() {
    assertThat(new OwnedHistogram(SMALL).upperBounds())
        .containsExactly(0.004, 0.008, 0.016, Double.POSITIVE_INFINITY);
    assertThat(new OwnedHistogram(Scale.MILLIS).upperBounds()).startsWith(0.001, 0.002).hasSize(25);
    assertThat(new OwnedHistogram(Scale.MICROS).upperBounds()).startsWith(0.000064, 0.000128);
    assertThat(new OwnedHistogram(Scale.COUNT).upperBounds())
        .endsWith(65_536, Double.POSITIVE_INFINITY);
  }

  @Test
  void shouldPutAValueIntoTheFirstBucketWhoseBoundItDoesNotPass() {
    OwnedHistogram histogram = new OwnedHistogram(SMALL);
    List.of(-7L, 0L, 4L, 5L, 8L, 9L, 16L, 17L, Long.MAX_VALUE / 2).forEach(histogram::record);

    assertThat(histogram.counts()).containsExactly(3, 2, 2, 2);
  }

  @Test
  void shouldAgreeWithASearchThroughTheBoundsForEveryValue() {
    for (Scale scale : List.of(SMALL, Scale.MILLIS, Scale.MICROS, Scale.COUNT)) {
      double[] bounds = new OwnedHistogram(scale).upperBounds();
      LongStream.range(0, 40_000)
          .map(i -> i < 20_000 ? i : i * i / 7)
          .forEach(
              value -> {
                OwnedHistogram histogram = new OwnedHistogram(scale);
                histogram.record(value);
                int expected = 0;
                while (value / scale.perUnit() > bounds[expected]) {
                  expected++;
                }
                assertThat(histogram.counts()[expected]).as(scale + " " + value).isEqualTo(1);
              });
    }
  }

  @Test
  void shouldSumInTheReadersUnit() {
    OwnedHistogram histogram = new OwnedHistogram(SMALL);
    histogram.record(1_500);
    histogram.record(2);

    assertThat(histogram.sum()).isEqualTo(1.502);
  }

  @Test
  void shouldLoseNoneWhenManyThreadsFeedASharedOne() throws Exception {
    SharedHistogram histogram = new SharedHistogram(SMALL);
    CountDownLatch start = new CountDownLatch(1);
    Thread[] threads =
        Stream.generate(
                () ->
                    new Thread(
                        () -> {
                          awaitQuietly(start);
                          for (int i = 0; i < 20_000; i++) {
                            histogram.record(i % 32);
                          }
                        }))
            .limit(4)
            .toArray(Thread[]::new);
    Arrays.stream(threads).forEach(Thread::start);
    start.countDown();
    for (Thread thread : threads) {
      thread.join();
    }

    assertThat(Arrays.stream(histogram.counts()).sum()).isEqualTo(80_000);
    assertThat(histogram.sum()).isEqualTo(4 * 20_000 * 15.5 / 1_000);
  }

  private static void awaitQuietly(CountDownLatch start) {
    try {
      start.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
