package io.reefmesh.node.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.reefmesh.node.health.NodeCondition;
import io.reefmesh.node.work.AttemptMeter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/** A node's metrics, as docs/metrics.md lists them. Thread-safe. */
public final class NodeMetrics {

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final AttemptMetrics attempts;
  private final Counter dials =
      Counter.builder()
          .name("reefmesh_node_dials_total")
          .help("How often the node has dialled a gateway.")
          .withoutExemplars()
          .register(registry);

  /**
   * Metrics of a node.
   *
   * @param slots how many attempts may run at once
   * @param types the task types that it has handlers for
   * @param condition how it is
   */
  public NodeMetrics(int slots, Set<String> types, NodeCondition condition) {
    attempts = new AttemptMetrics(registry, types);
    gauge("reefmesh_node_slots", "How many attempts may run at once.", () -> slots);
    gauge(
        "reefmesh_node_linked",
        "1 while the link to the gateway is live, else 0.",
        () -> condition.isLinked() ? 1 : 0);
    gauge(
        "reefmesh_node_drained",
        "1 while an operator drains the node, else 0.",
        () -> condition.isDrained() ? 1 : 0);
    JvmMetrics.builder().register(registry);
  }

  /** What a page holds. */
  public record Page(String contentType, String body) {}

  /** Measures attempts. */
  public AttemptMeter attempts() {
    return attempts;
  }

  /** The node dials. */
  public void dialled() {
    dials.inc();
  }

  /**
   * The figures of this moment.
   *
   * @param accept the reader's Accept header, if any
   */
  public Page render(@Nullable String accept) throws IOException {
    ExpositionFormatWriter writer = formats.findWriter(accept);
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    writer.write(body, registry.scrape());
    return new Page(writer.getContentType(), body.toString(StandardCharsets.UTF_8));
  }

  private void gauge(String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsDouble()))
        .register(registry);
  }
}
