package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskOutput;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * One question and its answer, read as it comes. Belongs to the thread of one attempt; only the
 * calls may be cancelled by others.
 */
final class ChatTurn {

  private static final int MAX_EVENT_BYTES = 1 << 20;
  private static final int OK = 200;

  /** How servers say that they do not know a field of the call. */
  private static final Set<Integer> UNKNOWN_FIELD = Set.of(400, 422);

  /** After the last words only token counts and the end mark can come. */
  private static final Duration AFTER_FINISH = Duration.ofSeconds(5);

  /** Time for the end of the response, so that the connection can serve again. */
  private static final Duration LINGER = Duration.ofMillis(200);

  private final ChatEndpoint endpoint;
  private final ChatCalls calls;
  private final ChatRequest request;
  private final TaskContext context;
  private final EndpointSettings settings;
  private final int outputLimitBytes;

  ChatTurn(
      ChatEndpoint endpoint,
      ChatCalls calls,
      ChatRequest request,
      TaskContext context,
      EndpointSettings settings) {
    this.endpoint = endpoint;
    this.calls = calls;
    this.request = request;
    this.context = context;
    this.settings = settings;
    this.outputLimitBytes = settings.outputLimitBytes();
  }

  /** Asks; gives the head of the answer, whatever it is. */
  HttpResponse<ResponseBody> ask(String model)
      throws IOException, InterruptedException, TaskFailedException {
    boolean options = endpoint.takesStreamOptions();
    HttpResponse<ResponseBody> response = post(model, options);
    if (!options || !UNKNOWN_FIELD.contains(response.statusCode())) {
      return response;
    }
    response.body().cancel();
    HttpResponse<ResponseBody> second = post(model, false);
    if (second.statusCode() == OK) {
      endpoint.forgetStreamOptions();
    }
    return second;
  }

  /** Reads an answer of status 200 to its end, passing on its text. */
  TaskOutput read(HttpResponse<ResponseBody> response, String model)
      throws IOException, InterruptedException, TaskFailedException {
    ChatAnswer answer = new ChatAnswer(model);
    if (isOnePiece(response)) {
      readWhole(response.body(), answer);
    } else {
      readStream(response.body(), answer);
    }
    TaskOutput output = answer.toOutput(settings.prices());
    if (output.payload().size() > outputLimitBytes) {
      throw endpoint.failures().tooLarge(outputLimitBytes);
    }
    return output;
  }

  private HttpResponse<ResponseBody> post(String model, boolean options)
      throws IOException, InterruptedException, TaskFailedException {
    String body = endpoint.dialect().body(request, model, options);
    return endpoint.chat(calls, model, body, context);
  }

  /** Some servers do not stream although they were asked to. */
  private static boolean isOnePiece(HttpResponse<?> response) {
    return response
        .headers()
        .firstValue("content-type")
        .orElse("")
        .toLowerCase(Locale.ROOT)
        .startsWith("application/json");
  }

  private void readWhole(ResponseBody body, ChatAnswer answer)
      throws IOException, InterruptedException, TaskFailedException {
    int limit = Math.max(outputLimitBytes, ChatEndpoint.MAX_BODY_BYTES);
    byte[] bytes = body.readAll(limit + 1, endpoint.silence());
    if (bytes.length > limit) {
      throw endpoint.failures().tooLarge(outputLimitBytes);
    }
    take(answer, parse(new String(bytes, java.nio.charset.StandardCharsets.UTF_8)), true);
    requireFinished(answer);
  }

  private void readStream(ResponseBody body, ChatAnswer answer)
      throws IOException, InterruptedException, TaskFailedException {
    EventStream events = new EventStream(body, MAX_EVENT_BYTES);
    while (true) {
      Optional<String> event = next(events, answer);
      if (event.isEmpty()) {
        requireFinished(answer);
        return;
      }
      if (endpoint.dialect().isEndMark(event.get())) {
        linger(body);
        return;
      }
      take(answer, parse(event.get()), false);
      if (answer.isComplete()) {
        requireFinished(answer);
        linger(body);
        return;
      }
    }
  }

  /** Once the model said that it is finished, a connection that breaks costs nothing. */
  private Optional<String> next(EventStream events, ChatAnswer answer)
      throws IOException, InterruptedException {
    if (!answer.isFinished()) {
      return events.next(endpoint.silence());
    }
    try {
      return events.next(AFTER_FINISH);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private void take(ChatAnswer answer, JsonNode chunk, boolean whole) throws TaskFailedException {
    if (chunk.hasNonNull("error")) {
      throw endpoint.failures().inStream(chunk, answer.length() == 0);
    }
    String text =
        whole ? endpoint.dialect().addWhole(answer, chunk) : endpoint.dialect().add(answer, chunk);
    if (answer.length() > outputLimitBytes) {
      throw endpoint.failures().tooLarge(outputLimitBytes);
    }
    if (!text.isEmpty()) {
      context.text(text);
    }
  }

  private JsonNode parse(String text) throws TaskFailedException {
    try {
      JsonNode chunk = PayloadFields.JSON.readTree(text);
      if (chunk.isObject()) {
        return chunk;
      }
    } catch (IOException e) {
      throw endpoint.failures().error("sent a chunk that is not JSON");
    }
    throw endpoint.failures().error("sent a chunk that is not a JSON object");
  }

  private void requireFinished(ChatAnswer answer) throws TaskFailedException {
    if (!answer.isFinished()) {
      throw endpoint.failures().error("ended its answer before it was finished");
    }
  }

  private static void linger(ResponseBody body) throws InterruptedException {
    try {
      body.readAll(MAX_EVENT_BYTES, LINGER);
    } catch (IOException e) {
      // The answer is complete; the connection is closed instead of used again.
    }
  }
}
