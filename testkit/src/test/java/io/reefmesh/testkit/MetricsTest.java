package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.TaskNotFoundException;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.node.NodeConfig;
import io.reefmesh.node.NodeRunner;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.testkit.PrometheusText.Family;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real gateway and a real node show, against the page, dashboard and rules that name it. */
@Timeout(120)
final class MetricsTest {

  private static final Path ROOT = Path.of("..");
  private static final String SESSION = "a-session-nobody-may-read-of";
  private static final String[] LINKS = {
    "grpc_method", "Link", "grpc_service", "reefmesh.v1.NodeService"
  };
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Anything that looks like a name of ours in a query. */
  private static final Pattern NAME =
      Pattern.compile("\\b(?:reefmesh|grpc_server|jvm|process)_[a-zA-Z0-9_]+");

  private static final Pattern SELECTION = Pattern.compile("([a-z][a-z0-9_]+)\\{([^}]*)}");
  private static final Pattern MATCHER =
      Pattern.compile("([a-z_]+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
  private static final Pattern GROUPING = Pattern.compile("(?:by|on) \\(([^)]*)\\)");
  private static final Pattern DOCUMENTED =
      Pattern.compile("\\| `([a-z_]+)` \\| (\\w+) \\|([a-z_, ]*)\\| .+ \\|");

  /** Prometheus adds the first two, histograms have the third. */
  private static final Set<String> GIVEN_LABELS = Set.of("instance", "job", "le");

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  @TempDir static Path folder;

  private static TestMesh mesh;
  private static NodeRunner node;
  private static PrometheusText gatewayPage;
  private static PrometheusText nodePage;
  private static String gatewayText;

  @BeforeAll
  static void runSomeTasks() throws Exception {
    mesh = TestMesh.durable(folder, Map.of("http-port", "0"));
    node = startNode("metered", echo(), failing(), writing());
    startNode("comes-and-goes", echo()).close();
    NodeRunner again = startNode("comes-and-goes", echo());
    MeshClient client = mesh.client();
    for (int i = 0; i < 3; i++) {
      client.run(TaskSpecs.text("echo", "hello").toBuilder().setSessionId(SESSION).build());
    }
    assertThatThrownBy(() -> client.run(TaskSpecs.text("fails", "please")))
        .isInstanceOf(io.reefmesh.client.TaskFailedException.class);
    client.run(TaskSpecs.text("writes", "a line"));
    client.submit(TaskSpecs.text("nobody-runs-this", "in vain"));
    assertThatThrownBy(() -> client.get("0000000000000")).isInstanceOf(TaskNotFoundException.class);
    again.close();
    Eventually.await(
        () ->
            scrapeGateway().value("reefmesh_tasks_ended_total", "outcome", "succeeded") == 4
                && scrapeGateway().value("grpc_server_handling_seconds_count", LINKS) == 2
                && scrapeNode()
                        .value("reefmesh_node_attempts_total", "outcome", "failed", "type", "fails")
                    == 1);
    gatewayText = get(gatewayUrl()).body();
    gatewayPage = PrometheusText.parse(gatewayText);
    nodePage = scrapeNode();
  }

  @AfterAll
  static void stop() {
    node.close();
    mesh.close();
  }

  private static NodeRunner startNode(String id, TaskHandler... handlers)
      throws InterruptedException {
    NodeConfig config = NodeConfig.of(mesh.target(), id).withSlots(2).withHealth("127.0.0.1", 0, 0);
    NodeRunner started = NodeRunner.start(config, List.of(handlers));
    assertThat(started.awaitLinked(PATIENCE)).isTrue();
    return started;
  }

  private static TaskHandler echo() {
    return new FunctionHandler("echo", context -> TaskOutput.data(context.payload()));
  }

  private static TaskHandler failing() {
    return new FunctionHandler(
        "fails",
        context -> {
          throw new TaskFailedException("ON_PURPOSE", "it was asked to fail", false);
        });
  }

  private static TaskHandler writing() {
    return new FunctionHandler(
        "writes",
        context -> {
          context.text("a line");
          return TaskOutput.text("done");
        });
  }

  private static String gatewayUrl() {
    return "http://127.0.0.1:" + mesh.gateway().httpPort() + "/metrics";
  }

  private static PrometheusText scrapeGateway() {
    return PrometheusText.parse(get(gatewayUrl()).body());
  }

  private static PrometheusText scrapeNode() {
    return PrometheusText.parse(
        get("http://127.0.0.1:" + node.healthHttpPort() + "/metrics").body());
  }

  private static HttpResponse<String> get(String url, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url));
    if (headers.length > 0) {
      request.headers(headers);
    }
    try {
      return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void shouldCountWhatHappenedWhenTasksRan() {
    PrometheusText page = gatewayPage;
    assertThat(page.value("reefmesh_tasks_accepted_total")).isEqualTo(6);
    assertThat(page.value("reefmesh_tasks_ended_total", "outcome", "failed")).isEqualTo(1);
    assertThat(page.value("reefmesh_tasks", "state", "queued")).isEqualTo(1);
    assertThat(page.value("reefmesh_queue_tasks", "priority", "5", "type", "nobody-runs-this"))
        .isEqualTo(1);
    assertThat(page.value("reefmesh_task_pushes_total", "push", "first")).isEqualTo(5);
    assertThat(page.value("reefmesh_task_pushes_total", "push", "again")).isEqualTo(0);
    assertThat(page.value("reefmesh_task_wait_seconds_count")).isEqualTo(5);
    assertThat(page.value("reefmesh_task_run_seconds_count")).isEqualTo(5);
    assertThat(page.value("reefmesh_task_duration_seconds_count", "outcome", "succeeded"))
        .isEqualTo(4);
    assertThat(page.value("reefmesh_task_duration_seconds_sum", "outcome", "succeeded"))
        .isBetween(0.0, 120.0);
    assertThat(page.value("reefmesh_task_first_output_seconds_count")).isEqualTo(1);
    assertThat(page.value("reefmesh_commit_mutations_count")).isPositive();
    // Six accepted, five pushed and ended.
    assertThat(page.value("reefmesh_commit_mutations_sum")).isEqualTo(16);
    assertThat(page.value("reefmesh_commit_seconds_count"))
        .isEqualTo(page.value("reefmesh_commit_mutations_count"));
  }

  @Test
  void shouldCountNodesAndLinksWhenTheyComeAndGo() {
    assertThat(gatewayPage.value("reefmesh_link_welcomes_total")).isEqualTo(3);
    assertThat(gatewayPage.value("reefmesh_link_reconnects_total")).isEqualTo(1);
    assertThat(gatewayPage.value("reefmesh_nodes", "state", "online")).isEqualTo(1);
    assertThat(gatewayPage.value("reefmesh_slots")).isEqualTo(2);
    assertThat(nodePage.value("reefmesh_node_slots")).isEqualTo(2);
    assertThat(nodePage.value("reefmesh_node_linked")).isEqualTo(1);
    assertThat(nodePage.value("reefmesh_node_dials_total")).isGreaterThanOrEqualTo(1);
    assertThat(nodePage.value("reefmesh_node_attempts_running", "type", "echo")).isEqualTo(0);
  }

  @Test
  void shouldCountCallsByMethodAndCodeWhenTheyEnd() {
    String[] refused = {
      "grpc_code", "NOT_FOUND", "grpc_method", "GetTask", "grpc_service", "reefmesh.v1.TaskService"
    };
    assertThat(gatewayPage.value("grpc_server_handled_total", refused)).isEqualTo(1);
    assertThat(gatewayPage.value("grpc_server_started_total", LINKS)).isEqualTo(3);
    assertThat(gatewayPage.value("grpc_server_handling_seconds_count", LINKS)).isEqualTo(2);
  }

  @Test
  void shouldSpeakTheFormatThatTheReaderAsksFor() {
    HttpResponse<String> plain = get(gatewayUrl());
    assertThat(plain.statusCode()).isEqualTo(200);
    assertThat(plain.headers().firstValue("content-type").orElseThrow())
        .startsWith("text/plain; version=0.0.4");
    HttpResponse<String> open =
        get(gatewayUrl(), "Accept", "application/openmetrics-text; version=1.0.0");
    assertThat(open.headers().firstValue("content-type").orElseThrow())
        .startsWith("application/openmetrics-text");
    assertThat(open.body()).endsWith("# EOF\n");
  }

  @Test
  void shouldNameNobodyInLabels() {
    assertThat(gatewayText).doesNotContain(SESSION, "metered", "comes-and-goes");
  }

  @Test
  void shouldDocumentEveryMetricAndNoOther() throws IOException {
    Map<String, String> shown = new TreeMap<>();
    for (Family family : allFamilies()) {
      if (!family.name().startsWith("jvm_") && !family.name().startsWith("process_")) {
        shown.put(family.name(), family.type() + " " + String.join(", ", family.labelNames()));
      }
    }
    Map<String, String> documented = new TreeMap<>();
    String page = Files.readString(ROOT.resolve("docs/metrics.md"));
    Matcher row = DOCUMENTED.matcher(page);
    while (row.find()) {
      documented.put(row.group(1), row.group(2) + " " + row.group(3).trim());
    }
    assertThat(documented).isEqualTo(shown);
    assertThat(page).contains("`jvm_*`", "`process_*`");
  }

  @Test
  void shouldShowEveryMetricThatTheDashboardAsksFor() throws IOException {
    JsonNode dashboard =
        new ObjectMapper().readTree(ROOT.resolve("deploy/grafana/reefmesh.json").toFile());
    List<String> queries = new ArrayList<>();
    dashboard.findValues("expr").forEach(query -> queries.add(query.asText()));
    dashboard.findValues("definition").forEach(query -> queries.add(query.asText()));
    assertThat(queries).hasSizeGreaterThan(30);
    queries.forEach(MetricsTest::check);
  }

  @Test
  void shouldShowEveryMetricThatTheRulesAskFor() throws IOException {
    String rules = Files.readString(ROOT.resolve("deploy/prometheus/reefmesh.rules.yml"));
    JsonNode tree = new YAMLMapper().readTree(rules);
    List<JsonNode> queries = tree.findValues("expr");
    assertThat(queries).hasSameSizeAs(tree.findValues("alert")).hasSizeGreaterThan(8);
    queries.forEach(query -> check(query.asText()));
  }

  /** Names, labels, and the values of labels whose values are few. */
  private static void check(String query) {
    Map<String, Family> families =
        allFamilies().stream()
            .collect(Collectors.toMap(Family::name, family -> family, (a, b) -> a));
    Set<String> names = new TreeSet<>(gatewayPage.sampleNames());
    names.addAll(nodePage.sampleNames());
    Matcher name = NAME.matcher(query);
    assertThat(name.find()).as("names a metric: " + query).isTrue();
    name.reset();
    while (name.find()) {
      assertThat(names).as(query).contains(name.group());
    }
    Matcher selection = SELECTION.matcher(query);
    while (selection.find()) {
      checkLabels(familyOf(families, selection.group(1)), selection.group(2), query);
    }
    Set<String> labels = new TreeSet<>(GIVEN_LABELS);
    families.values().forEach(family -> labels.addAll(family.labelNames()));
    Matcher grouping = GROUPING.matcher(query);
    while (grouping.find()) {
      assertThat(labels).as(query).containsAll(Arrays.asList(grouping.group(1).split(", *")));
    }
  }

  private static void checkLabels(Family family, String matchers, String query) {
    Matcher matcher = MATCHER.matcher(matchers);
    while (matcher.find()) {
      String label = matcher.group(1);
      Set<String> labels = new TreeSet<>(family.labelNames());
      labels.addAll(GIVEN_LABELS);
      assertThat(labels).as(query).contains(label);
      if (label.equals("state") || label.equals("outcome") || label.equals("area")) {
        Set<String> values =
            family.samples().stream()
                .map(sample -> sample.labels().get(label))
                .collect(Collectors.toSet());
        assertThat(values).as(query).contains(matcher.group(3).split("\\|"));
      }
    }
  }

  private static Family familyOf(Map<String, Family> families, String sample) {
    Family plain = families.get(sample);
    Family whole = families.get(sample.replaceFirst("_(bucket|sum|count)$", ""));
    Family found = plain == null ? whole : plain;
    if (found == null) {
      throw new AssertionError(sample + " is not shown");
    }
    return found;
  }

  private static List<Family> allFamilies() {
    List<Family> all = new ArrayList<>(gatewayPage.families().values());
    all.addAll(nodePage.families().values());
    return all;
  }
}
