package io.reefmesh.node.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.handler.HandlerSettings.CodeSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
final class CodeExecHandlerTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String CANARY = "sk-canary-c0de";

  @TempDir private Path folder = Path.of(".");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "python     | import sys; print(sys.stdin.read() + '!'); sys.exit(3)",
        "javascript | process.stdin.on('data', d => console.log(d + '!')); process.exitCode = 3",
      })
  void shouldRunASnippetAndForgetIt(String language, String code) throws Exception {
    RecordingContext context = snippet(language, code, "hi");

    JsonNode result = json(handler("python", "javascript"), context);

    assertThat(result.path("stdout").asText()).isEqualTo("hi!\n");
    assertThat(result.path("exit_code").asInt()).isEqualTo(3);
    assertThat(context.outputOf(OutputStreamKind.STDOUT).toStringUtf8()).isEqualTo("hi!\n");
  }

  @Test
  void shouldShowNoKeyAndDeleteItsFolder() throws Exception {
    JsonNode result =
        json(
            handler("python"),
            snippet(
                "python",
                "import os; open('left', 'w').write('x'); print(os.getcwd()); print(os.environ)",
                ""));

    String stdout = result.path("stdout").asText();
    Path used = Path.of(stdout.substring(0, stdout.indexOf('\n')));
    assertThat(stdout).contains("REEFMESH_TASK_ID").doesNotContain(CANARY);
    assertThat(used.getFileName().toString()).startsWith("reefmesh-code-");
    assertThat(used).doesNotExist();
  }

  @Test
  void shouldBoundMemory() throws Exception {
    JsonNode result =
        json(handler("python"), snippet("python", "x = bytearray(3 << 30); print(len(x))", ""));

    assertThat(result.path("exit_code").asInt()).isEqualTo(1);
    assertThat(result.path("stderr").asText()).contains("MemoryError");
  }

  @Test
  void shouldEndASnippetThatRunsTooLong() throws Exception {
    RecordingContext context =
        RecordingContext.json(
            "code-exec",
            "{\"language\":\"python\",\"code\":\"while True: pass\",\"timeout_seconds\":1}");

    Throwable thrown = RunningAttempt.begin(handler("python"), context).failure();

    assertThat(thrown).isInstanceOf(TaskFailedException.class);
    assertThat(((TaskFailedException) thrown).code()).isEqualTo("TOOL_TIMEOUT");
  }

  @Test
  void shouldStopWhenCancelled() throws Exception {
    RecordingContext context =
        snippet("python", "import time; print('on', flush=True); time.sleep(600)", "");
    RunningAttempt attempt = RunningAttempt.begin(handler("python"), context);
    context.awaitOutput(OutputStreamKind.STDOUT, "on\n"::equals);

    context.cancel();

    assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"language\":\"perl\",\"code\":\"1\"}         | INVALID_PAYLOAD  | python or javascript",
        "{\"language\":\"python\"}                      | INVALID_PAYLOAD  | code: it must not be",
        "{\"language\":\"javascript\",\"code\":\"1\"}   | TOOL_NOT_ALLOWED | does not run javascript",
      })
  void shouldRefuseWhatItDoesNotRun(String payload, String code, String complaint)
      throws Exception {
    Throwable thrown =
        RunningAttempt.begin(handler("python"), RecordingContext.json("code-exec", payload))
            .failure();

    assertThat(thrown).isInstanceOf(TaskFailedException.class).hasMessageContaining(complaint);
    assertThat(((TaskFailedException) thrown).code()).isEqualTo(code);
  }

  @Test
  void shouldNotBeOfferedWhenBubblewrapIsMissing() throws Exception {
    Files.createSymbolicLink(
        folder.resolve("python3"), new ProgramFinder(path()).find("python3").orElseThrow());
    CodeExecHandler handler =
        new CodeExecHandler(settings(true, Map.of("PATH", folder.toString()), "python"));

    assertThatThrownBy(handler::start)
        .isInstanceOf(HandlerUnavailableException.class)
        .hasMessageContaining("bwrap");
  }

  @Test
  void shouldNotBeOfferedWhenBubblewrapIsForbidden() throws Exception {
    Path broken = Files.writeString(folder.resolve("bwrap"), "#!/bin/sh\nexit 1\n");
    assertThat(broken.toFile().setExecutable(true)).isTrue();
    CodeExecHandler handler =
        new CodeExecHandler(settings(true, Map.of("PATH", folder + ":" + path()), "python"));

    assertThatThrownBy(handler::start)
        .isInstanceOf(HandlerUnavailableException.class)
        .hasMessageContaining("works in the sandbox");
  }

  @Test
  void shouldHideTheNetworkAndAllFilesButTheSystems() {
    Sandbox sandbox =
        new Sandbox(
            Optional.of(Path.of("/usr/bin/bwrap")), Optional.of(Path.of("/usr/bin/prlimit")));

    List<String> argv =
        sandbox.wrap(
            List.of("/usr/bin/python3", "main.py"), Path.of("/tmp/x"), 1024, Duration.ofSeconds(9));

    assertThat(argv)
        .startsWith("/usr/bin/prlimit", "--data=1024", "--cpu=9")
        .containsSubsequence("--", "/usr/bin/bwrap", "--unshare-all", "--die-with-parent")
        .containsSubsequence("--bind", "/tmp/x", "/work", "--chdir", "/work")
        .endsWith("--", "/usr/bin/python3", "main.py")
        .doesNotContain("--share-net", "/", "/etc", "/home", "/root");
  }

  private CodeExecHandler handler(String... languages) throws Exception {
    CodeExecHandler handler =
        new CodeExecHandler(
            settings(false, Map.of("PATH", path(), "OPENAI_API_KEY", CANARY), languages));
    handler.start();
    return handler;
  }

  private static CodeSettings settings(
      boolean bubblewrap, Map<String, String> environment, String... languages) {
    return new CodeSettings(
        List.of(languages),
        bubblewrap,
        Duration.ofSeconds(60),
        1L << 30,
        64 << 10,
        ChildEnvironment.from(environment, List.of()));
  }

  private static String path() {
    return "/usr/local/bin:/usr/bin:/bin";
  }

  private static RecordingContext snippet(String language, String code, String stdin) {
    return RecordingContext.json(
        "code-exec",
        JSON.createObjectNode()
            .put("language", language)
            .put("code", code)
            .put("stdin", stdin)
            .toString());
  }

  private static JsonNode json(CodeExecHandler handler, RecordingContext context) throws Exception {
    return JSON.readTree(handler.handle(context).payload().toByteArray());
  }
}
