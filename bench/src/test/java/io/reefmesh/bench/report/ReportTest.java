package io.reefmesh.bench.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ReportTest {

  private static final Result STREAM =
      new Result("stream_lifecycle", 61_234.5678, "tasks/s")
          .against("sqlite_lifecycle", 98_000.4, 0.624839)
          .with("p50_ms", 12.34567)
          .with("p99_ms", 60.0)
          .with("cpu_us_per_task", 21.5)
          .with("failed", 0L)
          .withDetail("peak_rss_mib", Map.of("gateway", 512L));

  @Test
  void shouldBeOneObjectWithMachineAndResultsWhenShownAsJson() throws Exception {
    JsonNode json = read(new Report(Machine.facts(), List.of(STREAM)));

    assertThat(json.path("machine").path("cpus").asInt()).isPositive();
    JsonNode result = json.path("results").path(0);
    assertThat(result.path("name").asText()).isEqualTo("stream_lifecycle");
    assertThat(result.path("value").asLong()).isEqualTo(61_235);
    assertThat(result.path("unit").asText()).isEqualTo("tasks/s");
    assertThat(result.path("limit").asText()).isEqualTo("sqlite_lifecycle");
    assertThat(result.path("limit_value").asLong()).isEqualTo(98_000);
    assertThat(result.path("ratio").asDouble()).isEqualTo(0.6248);
    assertThat(result.path("p50_ms").asDouble()).isEqualTo(12.35);
    assertThat(result.path("p99_ms").asDouble()).isEqualTo(60);
    assertThat(result.path("cpu_us_per_task").asDouble()).isEqualTo(21.5);
    assertThat(result.path("peak_rss_mib").path("gateway").asLong()).isEqualTo(512);
  }

  @Test
  void shouldLeaveOutWhatIsNotKnown() throws Exception {
    Result unknown = new Result("x", 1, "y").with("cpu_us_per_task", Double.NaN);

    JsonNode result = read(new Report(Map.of(), List.of(unknown))).path("results").path(0);

    assertThat(result.has("cpu_us_per_task")).isFalse();
    assertThat(result.has("ratio")).isFalse();
  }

  @Test
  void shouldShowOneLinePerResultWhenShownAsTable() {
    String table = new Report(Map.of(), List.of(STREAM, new Result("x", 1, "y"))).table();

    assertThat(table.lines()).hasSize(3);
    assertThat(table).contains("0.6248").contains("sqlite_lifecycle");
    assertThat(table.lines().skip(2).findFirst().orElse("")).startsWith("x").endsWith("-");
  }

  private static JsonNode read(Report report) throws Exception {
    assertThat(report.json()).doesNotContain("\n");
    return new ObjectMapper().readTree(report.json());
  }
}
