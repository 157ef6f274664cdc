package io.reefmesh.node.handler;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class ToolExecutionHandlerTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CANARY = "sk-canary-5d1c";
  private static final int MIB = 1 << 20;

  @TempDir private Path folder = Path.of(".");

  @Test
  void shouldGiveTheHashWhenSha256sumIsAllowed() throws Exception {
    // given
    Files.writeString(folder.resolve("a.txt"), "abc");
    ToolExecutionHandler handler = started("sha256sum");

    // when
    RecordingContext context = tool("{\"argv\":[\"sha256sum\",\"a.txt\"]}");
    JsonNode result = json(handler.handle(context));

    // then
    String line = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  a.txt\n";
    assertThat(result.toString())
        .isEqualTo(
            JSON.createObjectNode()
                .put("exit_code", 0)
                .put("stdout", line)
                .put("stderr", "")
                .toString());
    assertThat(context.outputOf(OutputStreamKind.STDOUT).toStringUtf8()).isEqualTo(line);
  }

  @Test
  void shouldStreamBothStreamsWhileTheProgramStillRuns() throws Exception {
    // given
    RecordingContext context = sh("echo out; echo err >&2; read line; echo \"$line\"; sleep 600");
    ToolExecutionHandler handler = started("sh");

    // when
    RunningAttempt attempt = RunningAttempt.begin(handler, context);

    // then
    context.awaitOutput(OutputStreamKind.STDOUT, text -> text.startsWith("out\n"));
    context.awaitOutput(OutputStreamKind.STDERR, "err\n"::equals);
    assertThat(attempt.isDone()).isFalse();
    context.cancel();
    assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
  }

  @Test
  void shouldGiveTheExitCodeAsResultWhenCheckIsNotAsked() throws Exception {
    JsonNode result = json(started("sh").handle(sh("echo no >&2; exit 3")));

    assertThat(result.path("exit_code").asInt()).isEqualTo(3);
    assertThat(result.path("stderr").asText()).isEqualTo("no\n");
  }

  @Test
  void shouldFailWithTheEndOfStderrWhenCheckIsAsked() throws Exception {
    RecordingContext context =
        tool("{\"argv\":[\"sh\",\"-c\",\"echo disk full >&2; exit 3\"],\"check\":true}");

    TaskFailedException failure = failure(started("sh"), context);

    assertThat(failure.code()).isEqualTo("TOOL_FAILED");
    assertThat(failure.retryable()).isFalse();
    assertThat(failure).hasMessage("sh ended with exit code 3. disk full");
  }

  @Test
  void shouldSucceedWhenCheckIsAskedAndTheExitCodeIsZero() throws Exception {
    JsonNode result =
        json(started("sh").handle(tool("{\"argv\":[\"sh\",\"-c\",\"\"],\"check\":true}")));

    assertThat(result.path("exit_code").asInt()).isZero();
  }

  @Test
  void shouldRunTheProgramInTheGivenFolder() throws Exception {
    Path below = Files.createDirectory(folder.resolve("below"));

    JsonNode result = json(started("pwd").handle(tool("{\"argv\":[\"pwd\"],\"cwd\":\"below\"}")));

    assertThat(result.path("stdout").asText()).isEqualTo(below.toRealPath() + "\n");
  }

  @Test
  void shouldAcceptTheAbsolutePathOfAnAllowedProgram() throws Exception {
    Path sh = new ProgramFinder(path()).find("sh").orElseThrow();

    JsonNode result =
        json(started("sh").handle(tool("{\"argv\":[\"" + sh + "\",\"-c\",\"echo hi\"]}")));

    assertThat(result.path("stdout").asText()).isEqualTo("hi\n");
  }

  @Test
  void shouldNotInterpretArgumentsAsAShellWould() throws Exception {
    JsonNode result =
        json(started("echo").handle(tool("{\"argv\":[\"echo\",\"$HOME; ls *\",\"\",\"|\"]}")));

    assertThat(result.path("stdout").asText()).isEqualTo("$HOME; ls *  |\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"argv\":[\"cat\"],\"shell\":true}              | unknown field shell",
        "{\"argv\":\"cat a\"}                             | argv: it must be an array of strings",
        "{\"argv\":[]}                                    | argv: it must name a program",
        "{\"argv\":[\"\"]}                                | argv: it must name a program",
        "{}                                               | argv: it must name a program",
        "{\"argv\":[\"cat\",7]}                           | argv[1]: it must be a string, but is a",
        "{\"argv\":[\"cat\",null]}                        | argv[1]: it must be a string, but is n",
        "{\"argv\":[\"cat\",\"a\\u0000b\"]}               | argv[1]: it holds a NUL",
        "{\"argv\":[\"cat\"],\"cwd\":3}                   | cwd: it must be a string",
        "{\"argv\":[\"cat\"],\"stdin\":[]}                | stdin: it must be a string",
        "{\"argv\":[\"cat\"],\"check\":\"yes\"}           | check: it must be true or false",
        "{\"argv\":[\"cat\"],\"timeout_seconds\":0}       | from 1 to 600, but is 0",
        "{\"argv\":[\"cat\"],\"timeout_seconds\":601}     | from 1 to 600, but is 601",
        "{\"argv\":[\"cat\"],\"timeout_seconds\":1.5}     | from 1 to 600, but is 1.5",
        "{\"argv\":[\"cat\"],\"timeout_seconds\":1e99}    | from 1 to 600",
        "{\"argv\":[\"cat\"],\"timeout_seconds\":\"5\"}   | from 1 to 600, but is a string",
        "{\"argv\":[\"cat\"],\"argv\":[\"sh\"]}           | not valid JSON",
        "{\"argv\":[\"cat\"]} {}                          | not valid JSON",
        "[\"cat\"]                                        | must be a JSON object, but is an array",
        "cat a.txt                                        | not valid JSON",
        "``                                               | must be a JSON object, but is empty",
      })
  void shouldRefuseThePayloadWhenItIsNotAsDocumented(String payload, String complaint)
      throws Exception {
    TaskFailedException failure = failure(started("cat"), tool(payload));

    assertThat(failure.code()).isEqualTo("INVALID_PAYLOAD");
    assertThat(failure.retryable()).isFalse();
    assertThat(failure).hasMessageContaining(complaint);
  }

  @ParameterizedTest
  @CsvSource({"ls", "/bin/ls", "./cat", "../bin/cat", "'cat '", "CAT"})
  void shouldRefuseAProgramThatIsNotAllowed(String program) throws Exception {
    TaskFailedException failure = failure(started("cat"), tool("{\"argv\":[\"" + program + "\"]}"));

    assertThat(failure.code()).isEqualTo("TOOL_NOT_ALLOWED");
    assertThat(failure).hasMessageContaining(program).hasMessageContaining("--allow");
  }

  @Test
  void shouldSayWhatIsWrongWhenTheFolderDoesNotExist() throws Exception {
    TaskFailedException failure =
        failure(started("cat"), tool("{\"argv\":[\"cat\"],\"cwd\":\"nowhere\"}"));

    assertThat(failure.code()).isEqualTo("TOOL_NOT_STARTED");
    assertThat(failure).hasMessageContaining("cwd nowhere is no folder");
  }

  @Test
  void shouldRefuseWhatTheLocaleWouldGarble() {
    assertThatThrownBy(() -> NativeText.requireWhole(List.of("a", "é.txt"), Map.of(), US_ASCII))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the argument é.txt")
        .hasMessageContaining("LC_ALL=C.UTF-8");
    assertThatThrownBy(() -> NativeText.requireWhole(List.of("a"), Map.of("B", "ü"), US_ASCII))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the variable B");
  }

  @Test
  void shouldSayThatItCouldNotStartWhenTheInterpreterIsMissing() throws Exception {
    Path script = executable("broken", "#!/nowhere/interpreter\n");

    TaskFailedException failure =
        failure(started(script.toString()), tool("{\"argv\":[\"broken\"]}"));

    assertThat(failure.code()).isEqualTo("TOOL_NOT_STARTED");
    assertThat(failure.retryable()).isTrue();
  }

  @Test
  void shouldSayThatItCouldNotStartWhenTheProgramWentAway() throws Exception {
    Path script = executable("fleeting", "#!/bin/sh\n");
    ToolExecutionHandler handler = started(script.toString());
    Files.delete(script);

    TaskFailedException failure = failure(handler, tool("{\"argv\":[\"fleeting\"]}"));

    assertThat(failure.code()).isEqualTo("TOOL_NOT_STARTED");
  }

  @Test
  void shouldNotShowTheNodesSecretsToTheProgram() throws Exception {
    JsonNode result = json(started("env").handle(tool("{\"argv\":[\"env\"]}").inSession("s-1")));

    assertThat(result.path("stdout").asText())
        .doesNotContain(CANARY)
        .doesNotContain("OPENAI")
        .doesNotContain("AWS_SECRET")
        .contains("PATH=" + path())
        .contains("LC_ALL=C.UTF-8\n")
        .contains("REEFMESH_TASK_ID=0123456789abc\n")
        .contains("REEFMESH_ATTEMPT=2\n")
        .contains("REEFMESH_TASK_TYPE=tool-execution\n")
        .contains("REEFMESH_SESSION_ID=s-1\n");
  }

  @Test
  void shouldEndTheInputWhenThereIsNone() throws Exception {
    JsonNode result = json(started("cat").handle(tool("{\"argv\":[\"cat\"]}")));

    assertThat(result.path("stdout").asText()).isEmpty();
  }

  @Test
  void shouldPassInputThatIsLargerThanAnyPipe() throws Exception {
    String input = "0123456789abcde\n".repeat(50_000);
    String payload =
        JSON.createObjectNode()
            .put("stdin", input)
            .set("argv", JSON.createArrayNode().add("cat"))
            .toString();

    JsonNode result = json(started("cat").handle(tool(payload)));

    assertThat(result.path("stdout").asText()).isEqualTo(input);
  }

  @Test
  void shouldNotWaitForAProgramToReadItsInput() throws Exception {
    String payload =
        JSON.createObjectNode()
            .put("stdin", "x".repeat(500_000))
            .set("argv", JSON.createArrayNode().add("true"))
            .toString();

    JsonNode result = json(started("true").handle(tool(payload)));

    assertThat(result.path("exit_code").asInt()).isZero();
  }

  @Test
  void shouldCutOutputAndSaySoWhenItPassesTheLimit() throws Exception {
    // given
    RecordingContext context = sh("head -c 5000000 /dev/zero | tr '\\\\0' a; echo last >&2");

    // when
    TaskOutput output = started("sh").handle(context);
    JsonNode result = json(output);

    // then
    assertThat(output.payload().size()).isLessThanOrEqualTo(MIB).isGreaterThan(MIB - 1000);
    assertThat(result.path("stdout_truncated").asBoolean()).isTrue();
    assertThat(result.path("stdout").asText()).matches("a+");
    assertThat(result.path("stderr").asText()).isEqualTo("last\n");
    assertThat(result.has("stderr_truncated")).isFalse();
    assertThat(context.outputOf(OutputStreamKind.STDOUT).size()).isEqualTo(MIB);
    assertThat(context.outputOf(OutputStreamKind.PROGRESS).toStringUtf8())
        .isEqualTo("stdout is longer than 1048576 bytes: the rest is dropped");
  }

  @Test
  void shouldReplaceInTheResultWhatIsNotUtf8ButStreamItAsItIs() throws Exception {
    RecordingContext context = sh("printf '\\\\377ok'");

    JsonNode result = json(started("sh").handle(context));

    assertThat(result.path("stdout").asText()).isEqualTo("\uFFFDok");
    assertThat(context.outputOf(OutputStreamKind.STDOUT).toByteArray())
        .containsExactly(0xff, 'o', 'k');
  }

  @Test
  void shouldWaitForAProgramThatClosesItsOutputAndRunsOn() throws Exception {
    JsonNode result = json(started("sh").handle(sh("exec >&- 2>&-; sleep 0.3; exit 5")));

    assertThat(result.path("exit_code").asInt()).isEqualTo(5);
  }

  @Test
  void shouldEndTheTreeAndFailWhenTimeIsUp() throws Exception {
    // given
    RecordingContext context =
        tool(
            "{\"argv\":[\"sh\",\"-c\",\"echo $$; sleep 600 & echo $!; wait\"],"
                + "\"timeout_seconds\":3}");

    // when
    TaskFailedException failure = failure(started("sh"), context);

    // then
    assertThat(failure.code()).isEqualTo("TOOL_TIMEOUT");
    assertThat(failure).hasMessageContaining("sh ran longer than 3 s");
    List<Long> pids = pids(context, 2);
    assertThat(pids).noneMatch(Processes::isAlive);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // A plain child, and one in the background.
        "sleep 600 & echo $! $$; wait",
        // A grandchild whose parent is gone.
        "(sleep 600 & echo $! $$); sleep 600",
        // A session of its own, given away to init.
        "(setsid sh -c 'echo $$ $$; exec sleep 600' &); sleep 600",
        // The same, and its environment wiped by its child, which stays in the marked one's
        // session.
        "(env -i sleep 600 & echo $! $$); sleep 600",
        // Deaf to the polite signal.
        "trap '' TERM; (trap '' TERM; sleep 600 & echo $! $$; wait) & sleep 600; sleep 600",
      })
  void shouldLeaveNoProcessWhenCancelled(String script) throws Exception {
    // given
    RecordingContext context = sh(script);
    RunningAttempt attempt = RunningAttempt.begin(started("sh"), context);
    List<Long> pids = pids(context, 2);
    assertThat(pids).allMatch(Processes::isAlive);

    // when
    context.cancel();

    // then
    assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
    assertThat(pids).noneMatch(Processes::isAlive);
  }

  @Test
  void shouldLeaveNoProcessWhenTheThreadIsInterrupted() throws Exception {
    // given
    RecordingContext context = sh("sleep 600 & echo $! $$; wait");
    RunningAttempt attempt = RunningAttempt.begin(started("sh"), context);
    List<Long> pids = pids(context, 2);

    // when
    attempt.interrupt();

    // then
    assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
    assertThat(pids).noneMatch(Processes::isAlive);
  }

  @Test
  void shouldNotStartWorkThatIsCancelledAlready() throws Exception {
    RecordingContext context = sh("sleep 600");
    context.cancel();

    RunningAttempt attempt = RunningAttempt.begin(started("sh"), context);

    assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
  }

  @Test
  void shouldLetTheProgramCleanUpWhenCancelled() throws Exception {
    // given
    Path trace = folder.resolve("trace");
    RecordingContext context =
        sh(
            "trap 'echo cleaned > "
                + trace
                + "; exit' TERM; echo $$; sleep 600 & while :; do wait; done");
    RunningAttempt attempt = RunningAttempt.begin(started("sh"), context);
    pids(context, 1);

    // when
    context.cancel();

    // then
    assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
    assertThat(trace).hasContent("cleaned");
  }

  @RepeatedTest(20)
  void shouldNotHangWhenAGrandchildKeepsThePipeOpen() throws Exception {
    RecordingContext context = sh("sleep 600 & echo $!; exit 4");

    JsonNode result = json(started("sh").handle(context));

    assertThat(result.path("exit_code").asInt()).isEqualTo(4);
    assertThat(pids(context, 1)).noneMatch(Processes::isAlive);
  }

  @Test
  void shouldNotOfferItselfWhenNoAllowedProgramIsThere() {
    ToolExecutionHandler handler = handler("no-such-program", "/no/such/path");

    assertThatThrownBy(handler::start)
        .isInstanceOf(HandlerUnavailableException.class)
        .hasMessageContaining("no-such-program, /no/such/path")
        .hasMessageContaining("--allow");
  }

  @Test
  void shouldOfferWhatIsThereWhenAnotherProgramIsMissing() throws Exception {
    JsonNode result =
        json(started("no-such-program", "echo").handle(tool("{\"argv\":[\"echo\",\"a\"]}")));

    assertThat(result.path("stdout").asText()).isEqualTo("a\n");
  }

  private ToolExecutionHandler started(String... allow) throws HandlerUnavailableException {
    ToolExecutionHandler handler = handler(allow);
    handler.start();
    return handler;
  }

  private ToolExecutionHandler handler(String... allow) {
    Map<String, String> own =
        Map.of(
            "PATH",
            path(),
            "LC_ALL",
            "C.UTF-8",
            "OPENAI_API_KEY",
            CANARY,
            "AWS_SECRET_ACCESS_KEY",
            CANARY);
    return new ToolExecutionHandler(
        new HandlerSettings.ToolSettings(
            List.of(allow),
            Duration.ofMinutes(10),
            MIB,
            folder,
            ChildEnvironment.from(own, List.of())));
  }

  private static String path() {
    return "/usr/local/bin:/usr/bin:/bin";
  }

  private Path executable(String name, String content) throws Exception {
    Path file = Files.writeString(folder.resolve(name), content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** The first ids that the program printed, however they are parted. */
  private static List<Long> pids(RecordingContext context, int count) throws Exception {
    String text =
        context.awaitOutput(
            OutputStreamKind.STDOUT,
            out -> out.endsWith("\n") && out.strip().split("\\s+", -1).length >= count);
    List<Long> pids = new ArrayList<>();
    for (String word : text.strip().split("\\s+", -1)) {
      pids.add(Long.parseLong(word));
    }
    return pids;
  }

  private static RecordingContext tool(String payload) {
    return RecordingContext.json("tool-execution", payload);
  }

  private static RecordingContext sh(String script) {
    String escaped = script.replace("\"", "\\\"");
    return tool("{\"argv\":[\"sh\",\"-c\",\"" + escaped + "\"]}");
  }

  private static JsonNode json(TaskOutput output) throws Exception {
    assertThat(output.contentType()).isEqualTo("application/json");
    return JSON.readTree(output.payload().toByteArray());
  }

  private static TaskFailedException failure(ToolExecutionHandler handler, RecordingContext context)
      throws Exception {
    Throwable failure = RunningAttempt.begin(handler, context).failure();
    assertThat(failure).isInstanceOf(TaskFailedException.class);
    return (TaskFailedException) failure;
  }
}
