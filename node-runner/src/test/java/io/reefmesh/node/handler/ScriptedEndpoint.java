package io.reefmesh.node.handler;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A real HTTP server that plays a model endpoint by script: each path answers with its steps in
 * order, the last one for ever. Records what it was asked. Thread-safe.
 */
final class ScriptedEndpoint implements AutoCloseable {

  /** How one call is answered. */
  interface Step {
    void answer(HttpExchange exchange) throws IOException;
  }

  /** What came in. */
  record Call(String method, String path, Map<String, String> headers, String body, int fromPort) {}

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Map<String, Deque<Step>> steps = new HashMap<>();
  private final List<Call> calls = new ArrayList<>();

  ScriptedEndpoint() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::serve);
    server.start();
  }

  URI baseUrl() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v1");
  }

  synchronized ScriptedEndpoint on(String path, Step... script) {
    steps.put("/v1/" + path, new ArrayDeque<>(List.of(script)));
    return this;
  }

  ScriptedEndpoint models(String... ids) {
    return on("models", listing(ids));
  }

  ScriptedEndpoint chat(Step... script) {
    return on("chat/completions", script);
  }

  /** The calls of a path so far. */
  synchronized List<Call> calls(String path) {
    return calls.stream().filter(call -> call.path().equals("/v1/" + path)).toList();
  }

  static Step listing(String... ids) {
    List<String> entries = new ArrayList<>();
    for (String id : ids) {
      entries.add("{\"id\":\"" + id + "\",\"object\":\"model\"}");
    }
    return status(200, "{\"object\":\"list\",\"data\":[" + String.join(",", entries) + "]}");
  }

  /** An answer in one piece; headers as name, value, name, value. */
  static Step status(int status, String body, String... headers) {
    return exchange -> {
      byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      for (int i = 0; i < headers.length; i += 2) {
        exchange.getResponseHeaders().set(headers[i], headers[i + 1]);
      }
      exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
      if (bytes.length > 0) {
        exchange.getResponseBody().write(bytes);
      }
    };
  }

  /** A stream that sends this text and ends well as far as HTTP is concerned. */
  static Step stream(String text) {
    return exchange -> begin(exchange).write(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The head of a stream, sent at once. */
  static OutputStream begin(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    OutputStream out = exchange.getResponseBody();
    out.flush();
    return out;
  }

  /** A chunk that adds text. */
  static String delta(String text) {
    return "data: {\"model\":\"tiny-1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\""
        + text
        + "\"},\"finish_reason\":null}]}\n\n";
  }

  /** The end of a complete answer, with its token counts. */
  static String end() {
    return "data: {\"model\":\"tiny-1\",\"choices\":[{\"index\":0,\"delta\":{},"
        + "\"finish_reason\":\"stop\"}]}\n\n"
        + "data: {\"model\":\"tiny-1\",\"choices\":[],\"usage\":{\"prompt_tokens\":7,"
        + "\"completion_tokens\":2}}\n\n"
        + "data: [DONE]\n\n";
  }

  private void serve(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String path = exchange.getRequestURI().getPath();
    Map<String, String> headers = new HashMap<>();
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> headers.put(name.toLowerCase(java.util.Locale.ROOT), values.get(0)));
    Step step;
    synchronized (this) {
      int port = exchange.getRemoteAddress().getPort();
      calls.add(new Call(exchange.getRequestMethod(), path, headers, body, port));
      Deque<Step> script = steps.getOrDefault(path, new ArrayDeque<>());
      step = script.size() > 1 ? script.poll() : script.peek();
    }
    try (exchange) {
      (step == null ? status(404, "{\"error\":{\"message\":\"no such path\"}}") : step)
          .answer(exchange);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
