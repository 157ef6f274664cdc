package io.reefmesh.gateway.metrics;

import io.grpc.ServerStreamTracer;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.figures.TaskFigures;
import io.reefmesh.gateway.link.NodeLinks;
import io.reefmesh.gateway.probe.HealthDoor;
import io.reefmesh.gateway.probe.MetricsPage;
import io.reefmesh.gateway.service.NodeFeed;
import io.reefmesh.gateway.service.TaskGrpcService;
import io.reefmesh.gateway.watch.TaskFeeds;
import io.reefmesh.v1.GetMeshResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's metrics, as docs/metrics.md lists them: in the text format of Prometheus, or in
 * that of OpenMetrics for readers that ask for it. Nothing is gathered between readings.
 * Thread-safe.
 */
public final class GatewayMetrics implements MetricsPage {

  /** More would take the HTTP port's few threads from the probes. */
  private static final int MAX_READERS = 2;

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final CallFigures calls = new CallFigures(registry);
  private final Semaphore readers = new Semaphore(MAX_READERS);

  /**
   * Where the figures are.
   *
   * @param constants what never changes: names, versions, strategy, store
   */
  public record Parts(
      Engine engine,
      TaskFigures taskFigures,
      TaskFeeds feeds,
      NodeLinks links,
      TaskGrpcService tasks,
      NodeFeed nodeFeed,
      HealthDoor health,
      GetMeshResponse constants) {}

  /** Metrics of these parts. */
  public GatewayMetrics(Parts parts) {
    Engine engine = parts.engine();
    registry.register(
        new MeshCollector(new MeshLook(engine, parts.health()), engine.clock()::nowMillis));
    registry.register(new GatewayCollector(parts));
    JvmMetrics.builder().register(registry);
  }

  /** Counts the calls of a server that it is added to. */
  public ServerStreamTracer.Factory calls() {
    return calls;
  }

  @Override
  public Optional<Text> render(@Nullable String accept) {
    if (!readers.tryAcquire()) {
      return Optional.empty();
    }
    try {
      ExpositionFormatWriter writer = formats.findWriter(accept);
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      writer.write(body, registry.scrape());
      return Optional.of(new Text(writer.getContentType(), body.toString(StandardCharsets.UTF_8)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      readers.release();
    }
  }
}
