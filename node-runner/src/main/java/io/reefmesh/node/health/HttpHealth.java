package io.reefmesh.node.health;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.reefmesh.node.metrics.NodeMetrics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * {@code GET /metrics}: for Prometheus. {@code GET /health}: 200 while the link is live and no
 * operator drains the node, else 503; {@code GET /livez}: 200 while the loop turns, else 503. JSON
 * with a "status" of SERVING or NOT_SERVING.
 */
public final class HttpHealth implements AutoCloseable {

  private static final int BACKLOG = 16;

  /** So that one slow caller does not hide the node from the others. */
  private static final int THREADS = 4;

  private static final int OK = 200;
  private static final int NOT_FOUND = 404;
  private static final int METHOD_NOT_ALLOWED = 405;
  private static final int UNAVAILABLE = 503;

  private final HttpServer server;
  private final ExecutorService threads;
  private final NodeCondition condition;
  private final NodeMetrics metrics;

  /**
   * Listens at once.
   *
   * @throws IOException if the address cannot be bound
   */
  public HttpHealth(String bind, int port, NodeCondition condition, NodeMetrics metrics)
      throws IOException {
    this.condition = condition;
    this.metrics = metrics;
    server = HttpServer.create(new InetSocketAddress(bind, port), BACKLOG);
    threads =
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              Thread made = new Thread(task, "reefmesh-node-health");
              made.setDaemon(true);
              return made;
            });
    server.setExecutor(threads);
    server.createContext("/", this::answer);
    server.start();
  }

  /** The port it listens on. */
  public int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      boolean readiness = path.equals("/health") || path.equals("/readyz");
      boolean figures = path.equals("/metrics");
      if (!readiness && !figures && !path.equals("/livez")) {
        exchange.sendResponseHeaders(NOT_FOUND, -1);
      } else if (!exchange.getRequestMethod().equals("GET")) {
        exchange.sendResponseHeaders(METHOD_NOT_ALLOWED, -1);
      } else if (figures) {
        show(exchange);
      } else {
        report(exchange, readiness ? condition.isReady() : condition.isAlive());
      }
    }
  }

  private void show(HttpExchange exchange) throws IOException {
    NodeMetrics.Page page = metrics.render(exchange.getRequestHeaders().getFirst("Accept"));
    exchange.getResponseHeaders().set("Content-Type", page.contentType());
    byte[] bytes = page.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(OK, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  /** A node id has no character that JSON would escape. */
  private void report(HttpExchange exchange, boolean good) throws IOException {
    String json =
        "{\"status\":\"%s\",\"node_id\":\"%s\",\"linked\":%s,\"draining\":%s}\n"
            .formatted(
                good ? "SERVING" : "NOT_SERVING",
                condition.nodeId(),
                condition.isLinked(),
                condition.isDrained());
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(good ? OK : UNAVAILABLE, bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
