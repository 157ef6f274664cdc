package io.reefmesh.node.handler;

import com.fasterxml.jackson.databind.JsonNode;
import io.reefmesh.node.HandlerUnavailableException;
import io.reefmesh.node.TaskContext;
import io.reefmesh.node.TaskFailedException;
import io.reefmesh.node.TaskRefusedException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** A model endpoint: where questions go and where its models are listed. Thread-safe. */
final class ChatEndpoint {

  /** What one attempt does with an endpoint. */
  interface Work<T> {
    T run(ChatCalls calls)
        throws IOException, InterruptedException, TaskFailedException, TaskRefusedException;
  }

  /** What is tried before the endpoint is relied on. */
  interface Check {
    void run(ChatCalls calls) throws IOException, InterruptedException, TaskFailedException;
  }

  /** The longest error or list that is read. */
  static final int MAX_BODY_BYTES = 1 << 20;

  private static final Duration LONGEST_CONNECT = Duration.ofSeconds(10);
  private static final int OK = 200;

  private final URI baseUrl;
  private final EndpointSettings settings;
  private final HttpClient client;
  private final ChatFailures failures;
  private final ChatDialect dialect;

  /** Cleared when the endpoint turns out not to know the option that asks for token counts. */
  private volatile boolean takesStreamOptions = true;

  ChatEndpoint(URI baseUrl, EndpointSettings settings) {
    this.baseUrl = baseUrl;
    this.settings = settings;
    this.failures = new ChatFailures(baseUrl, settings);
    this.dialect = ChatDialect.of(settings.api());
    this.client = client(settings.timeout());
  }

  /** How all calls to configured endpoints are made; {@code timeout} bounds connecting. */
  static HttpClient client(Duration timeout) {
    return HttpClient.newBuilder()
        // Many servers stumble over the upgrade to HTTP/2 that would be offered otherwise.
        .version(HttpClient.Version.HTTP_1_1)
        // A redirect could carry the key to another host.
        .followRedirects(HttpClient.Redirect.NEVER)
        .connectTimeout(timeout.compareTo(LONGEST_CONNECT) < 0 ? timeout : LONGEST_CONNECT)
        .build();
  }

  /**
   * Works for an attempt. Its calls are closed when it is cancelled, and when the work is done.
   *
   * @throws TaskFailedException also if a connection could not be made or broke
   */
  <T> T during(TaskContext context, Work<T> work)
      throws InterruptedException, TaskFailedException, TaskRefusedException {
    ChatCalls calls = new ChatCalls(client);
    context.onCancel(calls::cancel);
    try {
      return work.run(calls);
    } catch (IOException e) {
      if (calls.isCancelled()) {
        throw new InterruptedException("cancelled");
      }
      throw failures.broken(e);
    } finally {
      calls.cancel();
    }
  }

  /**
   * Checks it before the node offers what needs it.
   *
   * @throws HandlerUnavailableException if the check fails, whyever
   */
  void start(Check check) throws HandlerUnavailableException {
    ChatCalls calls = new ChatCalls(client);
    try {
      check.run(calls);
    } catch (TaskFailedException e) {
      throw new HandlerUnavailableException(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new HandlerUnavailableException(String.valueOf(failures.broken(e).getMessage()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HandlerUnavailableException("interrupted while asking the model endpoint");
    } finally {
      calls.cancel();
    }
  }

  ChatFailures failures() {
    return failures;
  }

  /** How long it may be silent. */
  Duration silence() {
    return settings.timeout();
  }

  boolean takesStreamOptions() {
    return dialect.hasUsageOption() && takesStreamOptions;
  }

  void forgetStreamOptions() {
    takesStreamOptions = false;
  }

  ChatDialect dialect() {
    return dialect;
  }

  /** Asks for a completion; gives the head of whatever the answer is. */
  HttpResponse<ResponseBody> chat(ChatCalls calls, String model, String body, TaskContext context)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        request(dialect.chatPath(baseUrl.getPath()))
            .header("Content-Type", "application/json")
            .header("Accept", "text/event-stream, application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (!context.traceparent().isEmpty()) {
      request.header("traceparent", context.traceparent());
    }
    SessionKey.of(context, model).ifPresent(key -> request.header(SessionKey.HEADER, key));
    return calls.send(request.build(), silence());
  }

  /**
   * Asks for something other than a completion.
   *
   * @param path below the base address
   * @return the answer of status 200, which is a JSON object of at most {@code limitBytes}
   * @throws TaskFailedException if it is anything else
   */
  JsonNode post(
      ChatCalls calls,
      String path,
      String contentType,
      HttpRequest.BodyPublisher body,
      String traceparent,
      int limitBytes)
      throws IOException, InterruptedException, TaskFailedException {
    HttpRequest.Builder request =
        request(path)
            .header("Content-Type", contentType)
            .header("Accept", "application/json")
            .POST(body);
    if (!traceparent.isEmpty()) {
      request.header("traceparent", traceparent);
    }
    return answer(calls, request.build(), limitBytes);
  }

  /** Asks by GET for what {@link #post} gives. */
  JsonNode getJson(ChatCalls calls, String path, int limitBytes)
      throws IOException, InterruptedException, TaskFailedException {
    return answer(calls, request(path).header("Accept", "application/json").build(), limitBytes);
  }

  /** Fails unless it answers a path with anything at all. */
  void requireAnswer(ChatCalls calls, String path, Duration timeout)
      throws IOException, InterruptedException {
    calls.send(request(path).build(), timeout).body().cancel();
  }

  private JsonNode answer(ChatCalls calls, HttpRequest request, int limitBytes)
      throws IOException, InterruptedException, TaskFailedException {
    HttpResponse<ResponseBody> response = calls.send(request, silence());
    if (response.statusCode() != OK) {
      throw refusal(response);
    }
    byte[] bytes = response.body().readAll(limitBytes + 1, silence());
    if (bytes.length > limitBytes) {
      throw failures.error("gave an answer larger than " + limitBytes + " bytes");
    }
    return object(bytes);
  }

  private JsonNode object(byte[] bytes) throws TaskFailedException {
    try {
      JsonNode answer = PayloadFields.JSON.readTree(bytes);
      if (answer.isObject()) {
        return answer;
      }
    } catch (IOException e) {
      throw failures.error("gave an answer that is not JSON");
    }
    throw failures.error("gave an answer that is not a JSON object");
  }

  /**
   * The first model that it lists.
   *
   * @throws TaskFailedException if it lists none, or refuses
   */
  String firstModel(ChatCalls calls, Duration timeout)
      throws IOException, InterruptedException, TaskFailedException {
    HttpResponse<ResponseBody> response = models(calls, timeout);
    byte[] body = response.body().readAll(MAX_BODY_BYTES, timeout);
    if (response.statusCode() != OK) {
      throw failures.status(response.statusCode(), response.headers(), body);
    }
    JsonNode id = json(body).path("data").path(0).path("id");
    if (!id.isTextual() || id.textValue().isBlank()) {
      throw failures.noModel();
    }
    return id.textValue();
  }

  /**
   * Fails unless the endpoint answers, with whatever but a refusal of the key: not every endpoint
   * lists its models.
   */
  void requireReachable(ChatCalls calls, Duration timeout)
      throws IOException, InterruptedException, TaskFailedException {
    HttpResponse<ResponseBody> response = models(calls, timeout);
    if (response.statusCode() == 401 || response.statusCode() == 403) {
      throw failures.status(response.statusCode(), response.headers(), new byte[0]);
    }
  }

  /** What it said instead of an answer. */
  TaskFailedException refusal(HttpResponse<ResponseBody> response)
      throws IOException, InterruptedException {
    byte[] body = response.body().readAll(MAX_BODY_BYTES, silence());
    return failures.status(response.statusCode(), response.headers(), body);
  }

  private HttpResponse<ResponseBody> models(ChatCalls calls, Duration timeout)
      throws IOException, InterruptedException {
    return calls.send(
        request(dialect.modelsPath(baseUrl.getPath())).header("Accept", "application/json").build(),
        timeout);
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(baseUrl + path));
    if (!settings.apiKey().isEmpty()) {
      dialect.authorize(request, settings.apiKey());
    }
    dialect.addHeaders(request);
    return request;
  }

  private JsonNode json(byte[] body) throws TaskFailedException {
    try {
      return PayloadFields.JSON.readTree(body);
    } catch (IOException e) {
      throw failures.error("gave a list of models that is not JSON");
    }
  }
}
