package io.reefmesh.bench.cases;

import io.reefmesh.bench.load.Figures;
import io.reefmesh.bench.report.Result;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A limit measured before and after its case: when the two differ much, the machine was not quiet
 * and the ratio means little.
 *
 * @param before the case; null: limits were not asked for
 * @param after it
 */
record LimitPair(@Nullable Figures before, @Nullable Figures after) {

  /** Sets a rate against the limit's. */
  void rate(Result result, String limit, double value) {
    if (before != null && after != null) {
      double mean = mean(Figures::perSecond, before, after);
      result.against(limit, mean, value / mean);
      result.withDetail("limit_values", List.of(before.perSecond(), after.perSecond()));
    }
  }

  /** Sets latencies against the limit's, at p50 and at p99. */
  void latency(Result result, String limit, Figures figures) {
    if (before != null && after != null) {
      double p50 = mean(seen -> seen.millisAt(50), before, after);
      double p99 = mean(seen -> seen.millisAt(99), before, after);
      result.against(limit, p50, figures.millisAt(50) / p50);
      result.with("p99_ratio", figures.millisAt(99) / p99);
      result.with("limit_p99_ms", p99);
      result.withDetail("limit_values", List.of(before.millisAt(50), after.millisAt(50)));
      result.withDetail("limit_p99_values", List.of(before.millisAt(99), after.millisAt(99)));
    }
  }

  private static double mean(ToDoubleFunction<Figures> of, Figures before, Figures after) {
    return (of.applyAsDouble(before) + of.applyAsDouble(after)) / 2;
  }
}
