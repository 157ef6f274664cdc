package io.reefmesh.cli.demo;

import com.google.protobuf.util.Durations;
import io.reefmesh.cli.output.Terminal;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.Payloads;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.client.TaskOutcomeException;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.v1.OutputKind;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.Timeouts;
import java.util.Optional;

/** One question to a language model through the mesh, its answer streamed. */
final class AgentTurn {

  private static final String TYPE = "agent-turn";
  private static final String QUESTION =
      "In one short sentence: why do coral reefs need many small animals instead of one big one?";
  private static final int QUEUE_SECONDS = 30;
  private static final int TOTAL_SECONDS = 180;

  private AgentTurn() {}

  /**
   * Asks and prints.
   *
   * @return what went wrong; empty if an answer came
   */
  static Optional<String> ask(MeshClient client, Terminal terminal) throws InterruptedException {
    boolean offered =
        client.fleet().listNodes().stream()
            .anyMatch(node -> node.getTaskTypesList().contains(TYPE));
    if (!offered) {
      return Optional.of(
          "OPENAI_BASE_URL is set, but no node offers "
              + TYPE
              + ": is the endpoint up? The nodes' logs say what it answered");
    }
    terminal.note("asking the model: " + QUESTION);
    TaskSpec spec =
        TaskSpecs.text(TYPE, QUESTION).toBuilder()
            .setTimeouts(
                Timeouts.newBuilder()
                    .setQueue(Durations.fromSeconds(QUEUE_SECONDS))
                    .setTotal(Durations.fromSeconds(TOTAL_SECONDS)))
            .build();
    TaskHandle handle =
        client
            .submit(spec)
            .onOutput(
                chunk -> {
                  if (chunk.getKind() == OutputKind.OUTPUT_KIND_TEXT) {
                    terminal.rawNote(Payloads.bytes(chunk));
                  }
                });
    try {
      handle.awaitResult();
      return Optional.empty();
    } catch (TaskOutcomeException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } finally {
      terminal.note("");
    }
  }
}
