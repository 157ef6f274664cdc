package io.reefmesh.gateway.metrics;

import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.prometheus.metrics.core.datapoints.CounterDataPoint;
import io.prometheus.metrics.core.datapoints.DistributionDataPoint;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Counts gRPC calls by method and code, and how long they took, under the names that gRPC's own
 * ecosystem gave such metrics. Methods that this server does not have are counted as one.
 * Thread-safe.
 */
final class CallFigures extends ServerStreamTracer.Factory {

  private static final String SERVICE = "grpc_service";
  private static final String METHOD = "grpc_method";
  private static final String CODE = "grpc_code";
  private static final double NANOS_PER_SECOND = 1e9;

  /** From half a millisecond to a bit over a minute; links and watches last longer. */
  private static final double FIRST_BOUND_SECONDS = 0.0005;

  private static final int BOUNDS = 18;

  private final Counter started;
  private final Counter handled;
  private final Histogram seconds;

  /** By full name. Only methods that the server has come in. */
  private final Map<String, Method> methods = new ConcurrentHashMap<>();

  private final Method unknown;

  CallFigures(PrometheusRegistry registry) {
    started =
        Counter.builder()
            .name("grpc_server_started_total")
            .help("gRPC calls that began.")
            .labelNames(SERVICE, METHOD)
            .withoutExemplars()
            .register(registry);
    handled =
        Counter.builder()
            .name("grpc_server_handled_total")
            .help("gRPC calls that ended, by their status code.")
            .labelNames(SERVICE, METHOD, CODE)
            .withoutExemplars()
            .register(registry);
    seconds =
        Histogram.builder()
            .name("grpc_server_handling_seconds")
            .help("How long gRPC calls took, those that stream included.")
            .labelNames(SERVICE, METHOD)
            .classicOnly()
            .classicExponentialUpperBounds(FIRST_BOUND_SECONDS, 2, BOUNDS)
            .withoutExemplars()
            .register(registry);
    unknown = new Method(BoundedNames.OTHER, BoundedNames.OTHER);
  }

  @Override
  public ServerStreamTracer newServerStreamTracer(String fullMethodName, Metadata headers) {
    return new Call();
  }

  private Method methodOf(String fullName) {
    Method known = methods.get(fullName);
    return known != null ? known : methods.computeIfAbsent(fullName, this::newMethod);
  }

  private Method newMethod(String fullName) {
    int slash = fullName.lastIndexOf('/');
    return new Method(fullName.substring(0, Math.max(0, slash)), fullName.substring(slash + 1));
  }

  /** The series of one method: found once, not at each call. */
  private final class Method {

    private final String service;
    private final String name;
    private final CounterDataPoint begun;
    private final DistributionDataPoint durations;
    private final AtomicReferenceArray<@Nullable CounterDataPoint> ended =
        new AtomicReferenceArray<>(Status.Code.values().length);

    Method(String service, String name) {
      this.service = service;
      this.name = name;
      this.begun = started.labelValues(service, name);
      this.durations = seconds.labelValues(service, name);
    }

    void ended(Status.Code code, long nanos) {
      CounterDataPoint ofCode = ended.get(code.value());
      if (ofCode == null) {
        ofCode = handled.labelValues(service, name, code.name());
        ended.set(code.value(), ofCode);
      }
      ofCode.inc();
      durations.observe(nanos / NANOS_PER_SECOND);
    }
  }

  /** One call. gRPC calls it from one thread at a time. */
  private final class Call extends ServerStreamTracer {

    private final long began = System.nanoTime();
    private volatile @Nullable Method method;

    /** Only for methods that the server has. */
    @Override
    public void serverCallStarted(ServerCallInfo<?, ?> info) {
      Method known = methodOf(info.getMethodDescriptor().getFullMethodName());
      known.begun.inc();
      method = known;
    }

    @Override
    public void streamClosed(Status status) {
      Method known = method;
      if (known == null) {
        known = unknown;
        known.begun.inc();
      }
      known.ended(status.getCode(), System.nanoTime() - began);
    }
  }
}
