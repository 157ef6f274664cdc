package io.reefmesh.gateway.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import org.junit.jupiter.api.Test;

final class CallFiguresTest {

  @Test
  void shouldCountMethodsThatDoNotExistAsOneWhoeverInventsThem() {
    PrometheusRegistry registry = new PrometheusRegistry();
    CallFigures calls = new CallFigures(registry);

    for (int i = 0; i < 1_000; i++) {
      calls
          .newServerStreamTracer("invented.Service/Method" + i, new Metadata())
          .streamClosed(Status.UNIMPLEMENTED);
    }

    CounterSnapshot handled =
        registry.scrape().stream()
            .filter(family -> family.getMetadata().getName().equals("grpc_server_handled"))
            .map(CounterSnapshot.class::cast)
            .findFirst()
            .orElseThrow();
    assertThat(handled.getDataPoints()).hasSize(1);
    CounterSnapshot.CounterDataPointSnapshot only = handled.getDataPoints().get(0);
    assertThat(only.getValue()).isEqualTo(1_000);
    assertThat(only.getLabels().get("grpc_service")).isEqualTo("other");
    assertThat(only.getLabels().get("grpc_method")).isEqualTo("other");
    assertThat(only.getLabels().get("grpc_code")).isEqualTo("UNIMPLEMENTED");
  }
}
