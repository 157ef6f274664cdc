package io.reefmesh.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the command line takes and refuses, without any gateway. */
final class CommandLineTest {

  private final RecordedTerminal terminal = new RecordedTerminal();

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "demo",
        "gateway",
        "node",
        "submit",
        "tasks",
        "tasks list",
        "tasks get",
        "tasks watch",
        "tasks cancel",
        "nodes",
        "nodes list",
        "nodes get",
        "nodes watch",
        "nodes drain",
        "nodes resume",
        "nodes remove",
        "version"
      })
  void shouldExplainEachCommandWithAnExample(String command) {
    // when
    int code = terminal.run((command + " --help").trim().split(" "));

    // then
    assertThat(code).isEqualTo(ExitCode.OK);
    assertThat(terminal.out())
        .contains("Usage: reefmesh" + (command.isEmpty() ? "" : " " + command))
        .contains("Example")
        .contains("  reefmesh " + command);
    assertThat(terminal.err()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "submit",
        "tasks list",
        "tasks get",
        "tasks watch",
        "tasks cancel",
        "nodes list",
        "nodes get",
        "nodes watch",
        "nodes drain",
        "nodes resume",
        "nodes remove",
        "gateway",
        "node",
        "demo"
      })
  void shouldDocumentTheExitCodes(String command) {
    terminal.run((command + " --help").split(" "));
    assertThat(terminal.out()).contains("70").contains("internal error");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          submit                                        | --type
          frob                                          | frob
          tasks                                         | subcommand
          tasks get                                     | ID
          tasks list --state resting                    | "resting"
          tasks list --since soon                       | "soon" is no duration
          nodes list --state asleep                     | "asleep"
          submit --type t --json {}  --text x           | mutually exclusive
          submit --type t --json {"a":}                 | line 1, column 6
          submit --type t --file /absent                | /absent
          submit --type t --timeout 1y                  | "1y" is no duration
          submit --type t -o xml                        | "xml" is neither text nor json
          submit --type t --gateway a:b:c               | --gateway
          demo --nodes 0                                | --nodes is 0
          demo --tasks 1                                | --tasks is 1
          gateway --port 99999                          | from 0 to 65535
          gateway --strategy luck                       | least-connections
          gateway --set nod.grace=1s                    | node.grace
          gateway --config /absent.yaml                 | /absent.yaml
          node --slots -1                               | slots is "-1"
          node --id `a/b`                               | a/b
          node --set tool.alow=x                        | tool.allow
          """)
  void shouldRefuseInOneLineWhatItCannotRead(String arguments, String told) {
    // when
    int code = terminal.run(arguments.trim().split(" +"));

    // then
    assertThat(code).as(terminal.err()).isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).startsWith("reefmesh: ").contains(told).doesNotContain("\tat ");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void shouldShowAStackTraceOnlyWhenAskedTo() {
    terminal.run("submit", "--type", "t", "--json", "{", "--debug");
    assertThat(terminal.err()).contains("\tat io.reefmesh.cli");
  }

  @Test
  void shouldPrintTheVersionForPeopleAndScripts() throws IOException {
    // when
    assertThat(terminal.run("version")).isZero();
    RecordedTerminal json = new RecordedTerminal();
    assertThat(json.run("version", "--json")).isZero();
    RecordedTerminal flag = new RecordedTerminal();
    assertThat(flag.run("--version")).isZero();

    // then
    assertThat(terminal.out())
        .startsWith("reefmesh ")
        .contains(Runtime.version().toString().split("\\+", -1)[0]);
    assertThat(flag.out()).isEqualTo(terminal.out());
    JsonNode facts = new ObjectMapper().readTree(json.out());
    assertThat(facts.get("java").asText()).isEqualTo(System.getProperty("java.version"));
    assertThat(facts.has("version")).isTrue();
    assertThat(json.out()).hasLineCount(1);
  }

  @Test
  void shouldPrintACompletionScript() {
    assertThat(terminal.run("completion")).isZero();
    assertThat(terminal.out()).contains("complete ").contains("reefmesh");
  }

  @Test
  void shouldSayWhatToDoWhenThePortIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      // when
      int code =
          terminal.run(
              "gateway",
              "--port=" + taken.getLocalPort(),
              "--http-port=-1",
              "--data-dir=" + folder.resolve("data"),
              "--set=log.level=error");

      // then
      assertThat(code).isEqualTo(69);
      assertThat(terminal.err())
          .contains("127.0.0.1:" + taken.getLocalPort())
          .contains("--port")
          .doesNotContain("\tat ");
    }
  }

  @Test
  void shouldRefuseABadLogFolder() throws IOException {
    // given
    Path file = Files.createFile(folder.resolve("file"));

    // when
    int code = terminal.run("gateway", "--port=0", "--set=log.dir=" + file.resolve("logs"));

    // then
    assertThat(code).isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("log folder").contains("LOG_DIR");
  }

  @Test
  void shouldKeepTheCommasOfACommandGivenAsHandler() {
    // given
    String flag = NodeCommand.joined("--handler", java.util.List.of("resize=convert -size 1,2 -"));

    // when
    io.reefmesh.config.Settings settings =
        io.reefmesh.config.Settings.read(
            null, java.util.Map.of(), java.util.Map.of("handlers", String.valueOf(flag)));

    // then
    assertThat(settings.map("handlers", java.util.Map.of()))
        .containsExactly(java.util.Map.entry("resize", "convert -size 1,2 -"));
  }
}
