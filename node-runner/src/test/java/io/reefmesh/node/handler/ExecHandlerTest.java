package io.reefmesh.node.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
final class ExecHandlerTest {

  private static final String CANARY = "canary-31f0";
  private static final int LIMIT = 256 << 10;

  @TempDir private Path folder = Path.of(".");

  @Test
  void shouldGiveThePayloadToTheCommandAndItsOutputBack() throws Exception {
    // given
    RecordingContext context = RecordingContext.json("shout", "{\"text\":\"hi\"}");

    // when
    TaskOutput output = started("tr a-z A-Z").handle(context);

    // then
    assertThat(output.payload().toStringUtf8()).isEqualTo("{\"TEXT\":\"HI\"}");
    assertThat(output.contentType()).isEqualTo("application/json");
    assertThat(context.outputOf(OutputStreamKind.STDOUT)).isEqualTo(output.payload());
  }

  @Test
  void shouldPassBytesOfAnyLengthBothWays() throws Exception {
    byte[] bytes = new byte[LIMIT];
    new java.util.Random(1).nextBytes(bytes);

    TaskOutput output =
        started("cat")
            .handle(
                new RecordingContext(
                    "shout", "application/octet-stream", ByteString.copyFrom(bytes)));

    assertThat(output.payload().toByteArray()).isEqualTo(bytes);
    assertThat(output.contentType()).isEqualTo("application/octet-stream");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":[1,2]} | application/json",
        "42            | application/json",
        "{\"a\":1} x   | text/plain; charset=utf-8",
        "{\"a\":1      | text/plain; charset=utf-8",
        "{} {}         | text/plain; charset=utf-8",
        "Grüße         | text/plain; charset=utf-8",
        "``            | text/plain; charset=utf-8",
      })
  void shouldTellJsonFromText(String text, String contentType) throws Exception {
    TaskOutput output = started("cat").handle(RecordingContext.text("shout", text));

    assertThat(output.contentType()).isEqualTo(contentType);
    assertThat(output.payload().toStringUtf8()).isEqualTo(text);
  }

  @Test
  void shouldTellTheCommandWhatItWorksOnAndNothingElse() throws Exception {
    TaskOutput output = started("env").handle(RecordingContext.text("shout", "").inSession("s-9"));

    assertThat(output.payload().toStringUtf8())
        .contains("REEFMESH_TASK_ID=0123456789abc\n")
        .contains("REEFMESH_ATTEMPT=2\n")
        .contains("REEFMESH_TASK_TYPE=shout\n")
        .contains("REEFMESH_SESSION_ID=s-9\n")
        .contains("MODEL_FOLDER=/models\n")
        .doesNotContain(CANARY);
  }

  @ParameterizedTest
  @CsvSource({"75, TRY_AGAIN, true", "1, HANDLER_EXIT, false", "127, HANDLER_EXIT, false"})
  void shouldFailWithTheEndOfStderr(int exitCode, String code, boolean retryable) throws Exception {
    Path script =
        script(
            "i=0; while [ $i -lt 300 ]; do echo line $i of the log >&2; i=$((i+1)); done\n"
                + "printf 'the \\033[31mreason\\n' >&2; exit "
                + exitCode);

    TaskFailedException failure = failure(started(script.toString()), "");

    assertThat(failure.code()).isEqualTo(code);
    assertThat(failure.retryable()).isEqualTo(retryable);
    assertThat(failure).hasMessageEndingWith("line 299 of the log\nthe [31mreason");
    assertThat(String.valueOf(failure.getMessage()).length()).isBetween(1900, 2048);
  }

  @Test
  void shouldNameTheExitCodeWhenTheCommandIsSilent() throws Exception {
    TaskFailedException failure = failure(started("sh -c 'exit 9'"), "");

    assertThat(failure).hasMessage("The command of shout ended with exit code 9 without a word");
  }

  @Test
  void shouldEndTheCommandWhenItWritesTooMuch() throws Exception {
    TaskFailedException failure = failure(started("yes"), "");

    assertThat(failure.code()).isEqualTo("OUTPUT_TOO_LARGE");
    assertThat(failure.retryable()).isFalse();
    assertThat(failure).hasMessageContaining("handler.output-limit");
  }

  @Test
  void shouldLeaveNoProcessWhenCancelled() throws Exception {
    // given
    RecordingContext context = RecordingContext.text("shout", "");
    Path script = script("setsid sleep 600 & echo $!; wait");
    RunningAttempt attempt = RunningAttempt.begin(started(script.toString()), context);
    String pid = context.awaitOutput(OutputStreamKind.STDOUT, text -> text.endsWith("\n")).strip();

    // when
    context.cancel();

    // then
    assertThat(attempt.failure()).isInstanceOf(InterruptedException.class);
    assertThat(Processes.isAlive(Long.parseLong(pid))).isFalse();
  }

  @Test
  void shouldEndTheCommandWhenTheRunTimeoutPassed() throws Exception {
    RecordingContext context =
        RecordingContext.text("shout", "").withRunTimeout(Duration.ofMillis(200));

    Throwable failure = RunningAttempt.begin(started("sleep 600"), context).failure();

    assertThat(failure).isInstanceOf(TaskFailedException.class);
    assertThat(((TaskFailedException) failure).code()).isEqualTo("RUN_TIMEOUT");
    assertThat(((TaskFailedException) failure).retryable()).isTrue();
  }

  @Test
  void shouldSayThatItCouldNotStartWhenTheCommandWentAway() throws Exception {
    Path script = script("exit 0");
    ExecHandler handler = started(script.toString());
    Files.delete(script);

    TaskFailedException failure = failure(handler, "");

    assertThat(failure.code()).isEqualTo("HANDLER_NOT_STARTED");
    assertThat(failure.retryable()).isTrue();
  }

  @Test
  void shouldNotOfferItselfWhenTheCommandIsMissing() {
    ExecHandler handler = handler("shout", "no-such-program --fast");

    assertThatThrownBy(handler::start)
        .isInstanceOf(HandlerUnavailableException.class)
        .hasMessageContaining("task type shout")
        .hasMessageContaining("no-such-program is not an executable file");
  }

  @Test
  void shouldOfferTheCapabilityThatTheMeshAsksForItsType() {
    assertThat(handler("image-analysis", "cat").capabilities()).containsExactly("vision");
    assertThat(handler("shout", "cat").capabilities()).isEmpty();
  }

  private static ExecHandler started(String command) throws HandlerUnavailableException {
    ExecHandler handler = handler("shout", command);
    handler.start();
    return handler;
  }

  private static ExecHandler handler(String type, String command) {
    Map<String, String> own =
        Map.of(
            "PATH",
            "/usr/local/bin:/usr/bin:/bin",
            "MODEL_FOLDER",
            "/models",
            "TOKEN",
            CANARY,
            "OPENAI_API_KEY",
            CANARY);
    return new ExecHandler(
        type,
        CommandLine.split(command),
        new HandlerSettings.CommandSettings(
            Map.of(), LIMIT, ChildEnvironment.from(own, List.of("MODEL_FOLDER"))));
  }

  private Path script(String body) throws Exception {
    Path file = Files.writeString(folder.resolve("script"), "#!/bin/sh\n" + body + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static TaskFailedException failure(ExecHandler handler, String payload) throws Exception {
    Throwable failure =
        RunningAttempt.begin(handler, RecordingContext.text("shout", payload)).failure();
    assertThat(failure).isInstanceOf(TaskFailedException.class);
    return (TaskFailedException) failure;
  }
}
