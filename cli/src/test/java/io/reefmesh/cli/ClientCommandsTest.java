package io.reefmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.reefmesh.config.Settings;
import io.reefmesh.gateway.Gateway;
import io.reefmesh.gateway.GatewayConfig;
import io.reefmesh.node.NodeConfig;
import io.reefmesh.node.NodeRunner;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The client commands against a real gateway and a real node in this process. */
final class ClientCommandsTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static Gateway gateway;
  private static NodeRunner node;

  private final RecordedTerminal terminal = new RecordedTerminal();

  @TempDir Path folder;

  @BeforeAll
  static void aMesh() throws InterruptedException {
    gateway =
        Gateway.start(
            GatewayConfig.from(
                Settings.read(
                    null,
                    Map.of(),
                    Map.of("store", "memory", "port", "0", "http-port", "-1", "id", "gw"))));
    node =
        NodeRunner.start(
            NodeConfig.of("127.0.0.1:" + gateway.grpcPort(), "n1").withSlots(2),
            List.of(new Echo(), new Failing()));
    assertThat(node.awaitLinked(Duration.ofSeconds(30))).isTrue();
  }

  @AfterAll
  static void noMesh() {
    node.close();
    gateway.close();
  }

  @Test
  void shouldPrintTheIdOfATaskThatWasAccepted() throws IOException {
    // when
    int code = run("submit", "--type=echo", "--text=hi", "--label=a=b", "--priority=2");

    // then
    assertThat(code).as(terminal.err()).isEqualTo(ExitCode.OK);
    assertThat(terminal.out()).matches("[0-9a-z]{13}\n");
    JsonNode task = json("tasks", "get", terminal.out().trim(), "--json");
    assertThat(task.at("/spec/priority").asInt()).isEqualTo(2);
    assertThat(task.at("/spec/labels/a").asText()).isEqualTo("b");
    assertThat(task.at("/spec/payload/text").asText()).isEqualTo("hi");
  }

  @Test
  void shouldPrintTheResultOfATaskThatWasWaitedFor() {
    int code =
        run("submit", "--type=echo", "--json={\"n\": 12345678901234567890, \"d\": 1.50}", "--wait");
    assertThat(code).as(terminal.err()).isEqualTo(ExitCode.OK);
    assertThat(terminal.out()).isEqualTo("{\"n\": 12345678901234567890, \"d\": 1.50}\n");
  }

  @Test
  void shouldKeepEveryDigitInJsonOutput() throws IOException {
    run(
        "submit",
        "--type=echo",
        "--json={\"n\":12345678901234567890,\"d\":1.50}",
        "--wait",
        "-o",
        "json");
    assertThat(terminal.out())
        .contains(
            "\"result\":{\"contentType\":\"application/json\",\"json\":{\"n\":12345678901234567890,\"d\":1.50}}")
        .hasLineCount(1);
    assertThat(JSON.readTree(terminal.out()).get("state").asText())
        .isEqualTo("TASK_STATE_SUCCEEDED");
  }

  @Test
  void shouldSubmitEveryLineOfAFileInItsOrder() throws IOException {
    // given
    Path file = folder.resolve("tasks.jsonl");
    Files.writeString(
        file,
        """
        {"payload": {"json": {"n": 12345678901234567890}}}

        {"type": "echo", "priority": 2, "payload": {"text": "two"}}
        {"request_id": "mine", "spec": {"type": "echo", "payload": {"text": "three"}}}
        """);
    String[] command = {
      "submit", "--from=" + file, "--type=echo", "--label=a=b", "--request-id=lot"
    };

    // when
    int code = run(command);

    // then
    assertThat(code).as(terminal.err()).isEqualTo(ExitCode.OK);
    List<String> ids = terminal.out().lines().toList();
    assertThat(ids).hasSize(3).doesNotHaveDuplicates();
    assertThat(terminal.err()).contains("3 lines, 3 accepted, 0 refused");
    JsonNode first = json("tasks", "get", ids.get(0), "--json");
    assertThat(first.at("/spec/payload/json/n").asText()).isEqualTo("12345678901234567890");
    assertThat(first.at("/spec/labels/a").asText()).isEqualTo("b");
    assertThat(first.at("/requestId").asText()).isEqualTo("lot-1");
    assertThat(json("tasks", "get", ids.get(1), "--json").at("/requestId").asText())
        .as("lines are counted, empty ones too")
        .isEqualTo("lot-3");
    assertThat(json("tasks", "get", ids.get(2), "--json").at("/requestId").asText())
        .isEqualTo("mine");
    RecordedTerminal again = new RecordedTerminal();
    run(again, command);
    assertThat(again.out().lines().toList()).isEqualTo(ids);
  }

  @Test
  void shouldPrintOutcomesAndTellOfBadLinesWhenAFileIsWaitedFor() throws IOException {
    Path file = folder.resolve("tasks.jsonl");
    Files.writeString(
        file,
        """
        {"type": "echo", "payload": {"text": "one"}}
        not json
        {"type": "failing"}
        {"type": "echo", "priority": 11}
        {"type": "echo", "colour": "red"}
        """);
    int code = run("submit", "--from=" + file, "--wait", "-o", "json");
    assertThat(code).isEqualTo(ExitCode.REFUSED);
    List<String> lines = terminal.out().lines().toList();
    assertThat(lines).hasSize(2);
    assertThat(JSON.readTree(lines.get(0)).at("/result/text").asText()).isEqualTo("one");
    assertThat(JSON.readTree(lines.get(1)).at("/state").asText()).isEqualTo("TASK_STATE_FAILED");
    assertThat(terminal.err())
        .contains("line 2: it is no JSON", "line 4: ", "1-10", "line 5: it is no task")
        .doesNotContain("\tat ");
  }

  @Test
  void shouldRetryTasksByIdAndByFilter() throws IOException {
    List<String> olds = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      RecordedTerminal submitted = new RecordedTerminal();
      run(submitted, "submit", "--type=failing", "--label=retry=me", "--wait", "-o", "json");
      olds.add(JSON.readTree(submitted.out()).get("id").asText());
    }

    int code = run("tasks", "retry", olds.get(0));
    assertThat(code).as(terminal.err()).isEqualTo(ExitCode.OK);
    String[] pair = terminal.out().trim().split(" ", -1);
    assertThat(pair[0]).isEqualTo(olds.get(0));
    assertThat(json("tasks", "get", pair[1], "--json").get("retryOf").asText())
        .isEqualTo(olds.get(0));

    RecordedTerminal all = new RecordedTerminal();
    String[] filtered = {"tasks", "retry", "--label=retry=me", "--limit=3", "--request-id=after-1"};
    assertThat(run(all, filtered)).as(all.err()).isEqualTo(ExitCode.OK);
    assertThat(all.out().lines().map(line -> line.split(" ", -1)[0])).containsExactlyElementsOf(olds);
    RecordedTerminal repeated = new RecordedTerminal();
    run(repeated, filtered);
    assertThat(repeated.out()).isEqualTo(all.out());

    RecordedTerminal wrong = new RecordedTerminal();
    assertThat(run(wrong, "tasks", "retry")).isEqualTo(ExitCode.USAGE);
    assertThat(run(wrong, "tasks", "retry", "--all", "--type=x")).isEqualTo(ExitCode.USAGE);
    assertThat(run(wrong, "tasks", "retry", "0000000000000")).isEqualTo(ExitCode.NOT_FOUND);
  }

  @Test
  void shouldExplainATaskWithALineForEveryNode() throws IOException {
    RecordedTerminal submitted = new RecordedTerminal();
    run(submitted, "submit", "--type=echo", "--require=warp-drive");
    String id = submitted.out().trim();

    int code = run("tasks", "explain", id);

    assertThat(code).as(terminal.err()).isEqualTo(ExitCode.OK);
    assertThat(terminal.out())
        .startsWith("task " + id + " is queued.\n")
        .contains("warp-drive", "NODE", "n1", "online");
    assertThat(json("tasks", "explain", id, "--json").at("/waitReason/cause").asText())
        .isEqualTo("WAIT_CAUSE_NO_CAPABLE_NODE");
    run(new RecordedTerminal(), "tasks", "cancel", id);
  }

  @Test
  void shouldExitWithOneWhenTheTaskFailed() {
    int code = run("submit", "--type=failing", "--wait");
    assertThat(code).isEqualTo(ExitCode.TASK_FAILED);
    assertThat(terminal.out()).isEmpty();
    assertThat(terminal.err()).contains("failed: BROKEN: it is broken").doesNotContain("\tat ");
  }

  @Test
  void shouldPrintOutputAndEventsWhenATaskIsWatched() throws IOException {
    // when
    int code = run("submit", "--type=echo", "--text=words\n", "--watch");
    RecordedTerminal lines = new RecordedTerminal();
    int jsonCode = run(lines, "submit", "--type=echo", "--text=words\n", "--watch", "-o", "json");

    // then
    assertThat(code).as(terminal.err()).isEqualTo(ExitCode.OK);
    assertThat(terminal.out()).isEqualTo("words\n");
    assertThat(terminal.err()).contains("attempt 1 on n1").contains("succeeded");
    assertThat(jsonCode).isEqualTo(ExitCode.OK);
    List<JsonNode> events = new ArrayList<>();
    for (String line : lines.out().split("\n", -1)) {
      if (!line.isEmpty()) {
        events.add(JSON.readTree(line));
      }
    }
    assertThat(events)
        .anySatisfy(event -> assertThat(event.at("/attempt/nodeId").asText()).isEqualTo("n1"));
    assertThat(events)
        .anySatisfy(event -> assertThat(event.at("/output/text").asText()).isEqualTo("words\n"));
    assertThat(events.get(events.size() - 1).at("/finished/result/text").asText())
        .isEqualTo("words\n");
  }

  @Test
  void shouldSendAFileAsWhatItIs() throws IOException {
    // given
    Path bytes = Files.write(folder.resolve("a.bin"), new byte[] {0, (byte) 0xff, 1});
    Path broken = Files.writeString(folder.resolve("a.json"), "{\n oops");

    // when
    JsonNode task = json("submit", "--type=echo", "--file=" + bytes, "--wait", "-o", "json");
    int code = run("submit", "--type=echo", "--file=" + broken);

    // then
    assertThat(task.at("/result/data").asText()).isEqualTo("AP8B");
    assertThat(code).isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("a.json").contains("line 2");
  }

  @Test
  void shouldNameTheFieldThatTheGatewayRefuses() {
    assertThat(run("submit", "--type=echo", "--priority=11")).isEqualTo(ExitCode.REFUSED);
    assertThat(terminal.err()).contains("spec.priority").contains("1-10").hasLineCount(1);
  }

  @Test
  void shouldBeTheSameTaskWhenTheRequestIdIsRepeated() {
    // when
    run("submit", "--type=echo", "--text=x", "--request-id=r1");
    RecordedTerminal again = new RecordedTerminal();
    run(again, "submit", "--type=echo", "--text=x", "--request-id=r1");
    RecordedTerminal other = new RecordedTerminal();
    int code = run(other, "submit", "--type=echo", "--text=y", "--request-id=r1");

    // then
    assertThat(again.out()).isEqualTo(terminal.out());
    assertThat(code).isEqualTo(ExitCode.REFUSED);
  }

  @Test
  void shouldListAndFilterTasks() throws IOException {
    // given
    run("submit", "--type=failing", "--wait", "--session=list");

    // when
    JsonNode failed = json("tasks", "list", "--session=list", "--state=failed", "--json");
    JsonNode queued = json("tasks", "list", "--session=list", "--state=queued", "--json");
    RecordedTerminal table = new RecordedTerminal();
    run(table, "tasks", "list", "--session=list", "--since=1h");

    // then
    assertThat(failed.get("tasks")).hasSize(1);
    assertThat(failed.at("/tasks/0/state").asText()).isEqualTo("TASK_STATE_FAILED");
    assertThat(queued.get("tasks")).isEmpty();
    assertThat(table.out()).hasLineCount(2).startsWith("ID").contains("failing").contains("n1");
  }

  @Test
  void shouldTellWhereTheListGoesOn() throws IOException {
    // given
    run("submit", "--type=echo", "--session=pages");
    run("submit", "--type=echo", "--session=pages");

    // when
    JsonNode first = json("tasks", "list", "--session=pages", "--limit=1", "--json");
    JsonNode second =
        json(
            "tasks",
            "list",
            "--session=pages",
            "--limit=1",
            "--page-token=" + first.get("nextPageToken").asText(),
            "--json");

    // then
    assertThat(second.at("/tasks/0/id").asText())
        .isNotEmpty()
        .isNotEqualTo(first.at("/tasks/0/id").asText());
  }

  @Test
  void shouldSayWhyATaskWaitsAndCancelIt() throws IOException {
    // given
    run("submit", "--type=echo", "--require=wings");
    String id = terminal.out().trim();

    // when
    RecordedTerminal details = new RecordedTerminal();
    run(details, "tasks", "get", id);
    RecordedTerminal cancel = new RecordedTerminal();
    int code = run(cancel, "tasks", "cancel", id, "--reason=enough");
    RecordedTerminal watch = new RecordedTerminal();
    int watched = run(watch, "tasks", "watch", id);

    // then
    assertThat(details.out()).contains("queued").contains("wings");
    assertThat(code).isEqualTo(ExitCode.OK);
    assertThat(cancel.out()).contains(id).contains("cancelled").contains("enough");
    assertThat(watched).isEqualTo(ExitCode.TASK_FAILED);
    assertThat(watch.err()).contains("cancelled");
  }

  @Test
  void shouldShowNodes() throws IOException {
    // when
    JsonNode nodes = json("nodes", "list", "--json");
    JsonNode one = json("nodes", "get", "n1", "--json");
    run("nodes", "list", "--state=offline");
    RecordedTerminal details = new RecordedTerminal();
    run(details, "nodes", "get", "n1");

    // then
    assertThat(nodes.at("/nodes/0/id").asText()).isEqualTo("n1");
    assertThat(one.get("slots").asInt()).isEqualTo(2);
    assertThat(terminal.out()).hasLineCount(1).startsWith("ID");
    assertThat(details.out()).contains("echo, failing").contains("of 2 used");
  }

  @Test
  void shouldExitWithFourWhenThereIsNoSuchThing() {
    assertThat(run("tasks", "get", "0000000000000")).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(run("tasks", "watch", "0000000000000")).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(run("tasks", "cancel", "0000000000000")).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(run("nodes", "get", "nobody")).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(terminal.err()).contains("\"nobody\"").doesNotContain("NOT_FOUND").hasLineCount(4);
  }

  @Test
  void shouldExitWithThreeAndNameTheTargetWhenNoGatewayAnswers() {
    // given a port that nobody listens on
    String[] command = {"nodes", "list", "--gateway=127.0.0.1:1", "--connect-timeout=300ms"};

    // then
    assertThat(terminal.run(command)).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(terminal.err())
        .contains("127.0.0.1:1")
        .contains("refused")
        .contains("reefmesh gateway")
        .hasLineCount(1);
  }

  private int run(String... arguments) {
    return run(terminal, arguments);
  }

  private static int run(RecordedTerminal terminal, String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 1);
    all[arguments.length] = "--gateway=127.0.0.1:" + gateway.grpcPort();
    return terminal.run(all);
  }

  private static JsonNode json(String... arguments) throws IOException {
    RecordedTerminal terminal = new RecordedTerminal();
    assertThat(run(terminal, arguments)).as(terminal.err()).isEqualTo(ExitCode.OK);
    assertThat(terminal.out()).hasLineCount(1);
    return JSON.readTree(terminal.out());
  }

  /** Gives back what it gets, and writes it as output. */
  private static final class Echo implements TaskHandler {
    @Override
    public String type() {
      return "echo";
    }

    @Override
    public TaskOutput handle(TaskContext context) {
      ByteString payload = context.payload();
      context.output(TaskContext.OutputStreamKind.STDOUT, payload);
      return new TaskOutput(context.contentType(), payload, null);
    }
  }

  /** Fails for good. */
  private static final class Failing implements TaskHandler {
    @Override
    public String type() {
      return "failing";
    }

    @Override
    public TaskOutput handle(TaskContext context) throws TaskFailedException {
      throw new TaskFailedException("BROKEN", "it is broken", false);
    }
  }
}
