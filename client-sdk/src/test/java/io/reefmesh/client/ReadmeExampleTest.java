package io.reefmesh.client;

import static io.reefmesh.client.Events.output;
import static io.reefmesh.client.Events.succeeded;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.reefmesh.client.ScriptedTaskService.OpenWatch;
import io.reefmesh.v1.Payload;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The example that people copy first. Between the markers stands what they see. */
final class ReadmeExampleTest {

  private static final int MAX_LINES = 12;

  private static void example(String gateway, PrintStream out) throws InterruptedException {
    // README-BEGIN
    try (MeshClient mesh = MeshClient.builder().target(gateway).build()) {
      TaskHandle task =
          mesh.submit(TaskSpecs.json("tool-execution", "{\"argv\":[\"sha256sum\",\"README.md\"]}"));
      task.onOutput(chunk -> out.print(Payloads.text(chunk))); // while it runs
      Payload result = task.awaitResult(); // throws TaskFailedException and its like
      out.println(Payloads.text(result)); // {"exit_code":0,"stdout":"…","stderr":""}
    }
    // README-END
  }

  @Test
  void shouldDoWhatItShowsWhenItIsCopied() throws Exception {
    // given
    ScriptedTaskService tasks = new ScriptedTaskService();
    Server server =
        Grpc.newServerBuilderForPort(0, InsecureServerCredentials.create())
            .addService(tasks)
            .build()
            .start();
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    FutureTask<Void> run =
        new FutureTask<>(
            () -> {
              example(
                  "localhost:" + server.getPort(),
                  new PrintStream(printed, true, StandardCharsets.UTF_8));
              return null;
            });

    // when: the task is accepted once the bot waits for its result
    CompletableFuture<Runnable> accept = new CompletableFuture<>();
    tasks.submitScript.add(
        (request, out) -> accept.complete(() -> tasks.answerSubmission(request, out)));
    Thread bot = new Thread(run, "bot");
    bot.start();
    Waits.until(() -> waitsForTheResult(bot));
    accept.get(10, TimeUnit.SECONDS).run();
    OpenWatch stream = tasks.nextWatch();
    stream.send(output("1", 1, 0, "abc  README.md\n"), succeeded("2", "{\"exit_code\":0}"));
    stream.complete();
    run.get(10, TimeUnit.SECONDS);

    // then
    assertThat(printed.toString(StandardCharsets.UTF_8))
        .isEqualTo("abc  README.md\n{\"exit_code\":0}" + System.lineSeparator());
    assertThat(tasks.submits.get(0).getSpec().getType()).isEqualTo("tool-execution");
    server.shutdownNow();
    assertThat(server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  private static boolean waitsForTheResult(Thread bot) {
    return Arrays.stream(bot.getStackTrace())
        .anyMatch(frame -> frame.getMethodName().equals("awaitResult"));
  }

  @Test
  void shouldFitIntoADozenLines() throws Exception {
    Path source = Path.of("src/test/java/io/reefmesh/client/ReadmeExampleTest.java");
    List<String> lines = Files.readAllLines(source).stream().map(String::trim).toList();

    int begin = lines.indexOf("// README-BEGIN");
    int end = lines.indexOf("// README-END");

    assertThat(begin).isPositive();
    assertThat(end - begin - 1).isBetween(4, MAX_LINES);
  }
}
