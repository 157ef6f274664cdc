package io.reefmesh.gateway.metrics;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.reefmesh.gateway.figures.DoublingHistogram;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** Collects the families of one reading. Not thread-safe. */
final class Families {

  private final List<MetricSnapshot> snapshots = new ArrayList<>();

  /** What was added. */
  MetricSnapshots toSnapshots() {
    return new MetricSnapshots(snapshots);
  }

  Families gauge(String name, String help, Number value) {
    return gauges(name, help, Map.of(Labels.EMPTY, value));
  }

  /** A gauge with a value for each set of labels. */
  Families gauges(String name, String help, Map<Labels, ? extends Number> values) {
    GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(name).help(help);
    values.forEach(
        (labels, value) ->
            family.dataPoint(
                GaugeDataPointSnapshot.builder()
                    .labels(labels)
                    .value(value.doubleValue())
                    .build()));
    snapshots.add(family.build());
    return this;
  }

  /** A counter; its name ends with {@code _total}, which is added here. */
  Families counter(String name, String help, Number value) {
    return counters(name, help, Map.of(Labels.EMPTY, value));
  }

  /** A counter with a value for each set of labels. */
  Families counters(String name, String help, Map<Labels, ? extends Number> values) {
    CounterSnapshot.Builder family = CounterSnapshot.builder().name(name).help(help);
    values.forEach(
        (labels, value) ->
            family.dataPoint(
                CounterDataPointSnapshot.builder()
                    .labels(labels)
                    .value(value.doubleValue())
                    .build()));
    snapshots.add(family.build());
    return this;
  }

  Families histogram(String name, String help, DoublingHistogram histogram) {
    return histograms(name, help, Map.of(Labels.EMPTY, histogram));
  }

  /** A histogram for each set of labels. */
  Families histograms(
      String name, String help, Map<Labels, ? extends DoublingHistogram> histograms) {
    HistogramSnapshot.Builder family = HistogramSnapshot.builder().name(name).help(help);
    histograms.forEach((labels, histogram) -> family.dataPoint(point(labels, histogram)));
    snapshots.add(family.build());
    return this;
  }

  private static HistogramDataPointSnapshot point(Labels labels, DoublingHistogram histogram) {
    return HistogramDataPointSnapshot.builder()
        .labels(labels)
        .classicHistogramBuckets(
            ClassicHistogramBuckets.of(histogram.upperBounds(), histogram.counts()))
        .sum(histogram.sum())
        .build();
  }

  /** A state as labels have it. */
  static String nameOf(Enum<?> state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  /** Values by one label. */
  static <V> Map<Labels, V> by(String label, Map<String, V> values) {
    Map<Labels, V> labelled = new TreeMap<>();
    values.forEach((value, of) -> labelled.put(Labels.of(label, value), of));
    return labelled;
  }
}
