package io.reefmesh.node.metrics;

import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.reefmesh.node.work.AttemptMeter;
import io.reefmesh.node.work.WorkOutcome;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Attempts by the types that the node has handlers for, whose series are found in advance. */
final class AttemptMetrics implements AttemptMeter {

  private static final double NANOS_PER_SECOND = 1e9;

  /** From a millisecond to somewhat over an hour, which is how long a run may last. */
  private static final double FIRST_BOUND_SECONDS = 0.001;

  private static final int BOUNDS = 23;

  private final Gauge running;
  private final Counter ended;
  private final Histogram seconds;
  private final Map<String, Series> byType;

  AttemptMetrics(PrometheusRegistry registry, Set<String> types) {
    running =
        Gauge.builder()
            .name("reefmesh_node_attempts_running")
            .help("Attempts that run now, by task type.")
            .labelNames("type")
            .withoutExemplars()
            .register(registry);
    ended =
        Counter.builder()
            .name("reefmesh_node_attempts_total")
            .help("Attempts whose handler has returned, by how it did.")
            .labelNames("type", "outcome")
            .withoutExemplars()
            .register(registry);
    seconds =
        Histogram.builder()
            .name("reefmesh_node_attempt_seconds")
            .help("How long handlers took.")
            .labelNames("type")
            .classicOnly()
            .classicExponentialUpperBounds(FIRST_BOUND_SECONDS, 2, BOUNDS)
            .withoutExemplars()
            .register(registry);
    byType = types.stream().collect(Collectors.toUnmodifiableMap(Function.identity(), this::of));
  }

  private record Series(
      GaugeDataPoint running,
      CounterDataPoint succeeded,
      CounterDataPoint failed,
      CounterDataPoint handedBack,
      DistributionDataPoint seconds) {}

  private Series of(String type) {
    return new Series(
        running.labelValues(type),
        ended.labelValues(type, "succeeded"),
        ended.labelValues(type, "failed"),
        ended.labelValues(type, "handed_back"),
        seconds.labelValues(type));
  }

  @Override
  public Running began(String type) {
    Series series = byType.get(type);
    if (series == null) {
      return AttemptMeter.NONE.began(type);
    }
    long began = System.nanoTime();
    series.running().inc();
    return outcome -> {
      series.running().dec();
      count(series, outcome);
      series.seconds().observe((System.nanoTime() - began) / NANOS_PER_SECOND);
    };
  }

  private static void count(Series series, WorkOutcome outcome) {
    if (outcome instanceof WorkOutcome.Succeeded) {
      series.succeeded().inc();
    } else if (outcome instanceof WorkOutcome.HandedBack) {
      series.handedBack().inc();
    } else {
      series.failed().inc();
    }
  }
}
