package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskHandler;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.TaskRefusedException;
import io.reefmesh.v1.Usage;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Writes down what is said in a recording, by an endpoint that knows OpenAI's {@code
 * audio/transcriptions}. The result is {@code {"text":"…","model":"…"}}.
 */
final class SpeechTranscriptionHandler implements TaskHandler {

  /** What servers of this kind take for "the one you have". */
  private static final String DEFAULT_MODEL = "whisper-1";

  private final EndpointSettings settings;
  private final ChatEndpoint endpoint;
  private final Duration startCheck;
  private final LongSupplier nanoTime;
  private final ModelRoom room;

  SpeechTranscriptionHandler(
      EndpointSettings settings, URI baseUrl, Duration startCheck, LongSupplier nanoTime) {
    this.settings = settings;
    this.endpoint = new ChatEndpoint(baseUrl, settings);
    this.startCheck = startCheck;
    this.nanoTime = nanoTime;
    this.room = new ModelRoom(nanoTime);
  }

  @Override
  public String type() {
    return "speech-transcription";
  }

  @Override
  public Set<String> capabilities() {
    return Set.of("speech");
  }

  @Override
  public void start() throws HandlerUnavailableException {
    endpoint.start(calls -> endpoint.requireReachable(calls, startCheck));
  }

  @Override
  public TaskOutput handle(TaskContext context)
      throws TaskFailedException, TaskRefusedException, InterruptedException {
    SpeechRequest request = SpeechRequest.parse(context);
    String own = settings.model().isEmpty() ? DEFAULT_MODEL : settings.model();
    String model = request.model().orElse(own);
    long began = nanoTime.getAsLong();
    JsonNode answer =
        endpoint.during(
            context,
            calls ->
                room.ask(model, !model.equals(own), () -> ask(calls, request, model, context)));
    return ModelTurns.timed(output(answer, model), nanoTime.getAsLong() - began);
  }

  private JsonNode ask(ChatCalls calls, SpeechRequest request, String model, TaskContext context)
      throws IOException, InterruptedException, TaskFailedException {
    SpeechRequest.Form form = request.form(model);
    return endpoint.post(
        calls,
        "/audio/transcriptions",
        form.contentType(),
        HttpRequest.BodyPublishers.ofByteArray(form.body().toByteArray()),
        context.traceparent(),
        Math.max(settings.outputLimitBytes(), ChatEndpoint.MAX_BODY_BYTES));
  }

  private TaskOutput output(JsonNode answer, String model) throws TaskFailedException {
    JsonNode text = answer.path("text");
    if (!text.isTextual()) {
      throw endpoint.failures().error("gave an answer without a text");
    }
    ObjectNode json =
        JsonNodeFactory.instance.objectNode().put("text", text.textValue()).put("model", model);
    TaskOutput output = TaskOutput.json(json.toString());
    if (output.payload().size() > settings.outputLimitBytes()) {
      throw endpoint.failures().tooLarge(settings.outputLimitBytes());
    }
    long input = Math.max(0, answer.path("usage").path("input_tokens").asLong());
    long written = Math.max(0, answer.path("usage").path("output_tokens").asLong());
    return output.withUsage(
        Usage.newBuilder()
            .setModel(model)
            .setInputTokens(input)
            .setOutputTokens(written)
            .setCostMicros(settings.prices().costMicros(model, model, input, written))
            .build());
  }
}
