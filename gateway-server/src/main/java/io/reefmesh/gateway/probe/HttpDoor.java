package io.reefmesh.gateway.probe;

import io.javalin.Javalin;
import io.javalin.compression.CompressionStrategy;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpStatus;
import io.reefmesh.gateway.GatewayStartException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.NetworkConnectionLimit;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/**
 * The HTTP port: {@code /health}, {@code /livez} and {@code /readyz} for probes and people, each of
 * which answers a small JSON object, with 200 for yes and 503 for no, and {@code /metrics} for
 * Prometheus. Thread-safe.
 */
public final class HttpDoor implements AutoCloseable {

  private static final int MAX_HEADER_BYTES = 8 * 1024;
  private static final long MAX_BODY_BYTES = 64 * 1024;
  private static final int IDLE_MILLIS = 30_000;

  /** Also what may wait for a thread: HTTP/1 has one request per connection. */
  private static final int MAX_CONNECTIONS = 256;

  private static final int BACKLOG = 64;
  private static final int MIN_THREADS = 2;

  /** One accepts, one selects, the others serve. */
  private static final int MAX_THREADS = 8;

  private final Javalin javalin;
  private final int port;

  private HttpDoor(Javalin javalin, int port) {
    this.javalin = javalin;
    this.port = port;
  }

  /**
   * Opens the port.
   *
   * @param bind the address to listen on
   * @param port the port; 0: a free one
   * @param health what is told
   * @param metrics what {@code /metrics} shows
   * @throws GatewayStartException if the port cannot be opened
   */
  public static HttpDoor open(String bind, int port, HealthDoor health, MetricsPage metrics) {
    InetSocketAddress address = new InetSocketAddress(bind, port);
    try {
      // Bound before Jetty exists: a taken port is then one sentence, not a stack trace of Jetty's.
      ServerSocketChannel channel = ServerSocketChannel.open();
      try {
        channel.bind(address, BACKLOG);
        int taken = ((InetSocketAddress) channel.getLocalAddress()).getPort();
        return new HttpDoor(
            Javalin.create(config -> configure(config, channel, health, metrics)).start(), taken);
      } catch (IOException | RuntimeException e) {
        channel.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      throw GatewayStartException.ofBind("http-port", address, e);
    }
  }

  /** The port it listens on. */
  public int port() {
    return port;
  }

  /** Closes the port. */
  @Override
  public void close() {
    javalin.stop();
  }

  private static void configure(
      JavalinConfig config, ServerSocketChannel channel, HealthDoor health, MetricsPage metrics) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.http.maxRequestSize = MAX_BODY_BYTES;
    config.http.compressionStrategy = CompressionStrategy.NONE;
    config.jetty.threadPool = threads();
    config.jetty.addConnector((server, http) -> connector(server, http, channel));
    config.routes.get(
        "/health", context -> answer(context, health.isReady() && health.isLive(), health));
    config.routes.get("/livez", context -> answer(context, health.isLive(), health));
    config.routes.get("/readyz", context -> answer(context, health.isReady(), health));
    config.routes.get("/metrics", context -> show(context, metrics));
    config.routes.error(
        HttpStatus.NOT_FOUND.getCode(),
        context -> json(context, "{\"error\":\"there is no such page\"}\n"));
  }

  private static QueuedThreadPool threads() {
    QueuedThreadPool pool = new QueuedThreadPool(MAX_THREADS, MIN_THREADS, IDLE_MILLIS);
    pool.setName("reefmesh-http");
    pool.setDaemon(true);
    return pool;
  }

  private static Connector connector(
      Server server, HttpConfiguration http, ServerSocketChannel channel) {
    http.setRequestHeaderSize(MAX_HEADER_BYTES);
    http.setResponseHeaderSize(MAX_HEADER_BYTES);
    http.setIdleTimeout(IDLE_MILLIS);
    http.setSendServerVersion(false);
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    connector.setIdleTimeout(IDLE_MILLIS);
    connector.setHost(channel.socket().getInetAddress().getHostAddress());
    connector.setPort(channel.socket().getLocalPort());
    connector.addBean(new NetworkConnectionLimit(MAX_CONNECTIONS, connector));
    try {
      connector.open(channel);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return connector;
  }

  private static void answer(Context context, boolean yes, HealthDoor health) {
    context.status(yes ? HttpStatus.OK : HttpStatus.SERVICE_UNAVAILABLE);
    context.header("Cache-Control", "no-store");
    json(
        context,
        "{\"status\":\""
            + (yes ? "ok" : "unavailable")
            + "\",\"state\":\""
            + health.state().name().toLowerCase(Locale.ROOT)
            + "\",\"live\":"
            + health.isLive()
            + "}\n");
  }

  private static void show(Context context, MetricsPage metrics) {
    Optional<MetricsPage.Text> page = metrics.render(context.header("Accept"));
    context.header("Cache-Control", "no-store");
    if (page.isPresent()) {
      context.contentType(page.get().contentType()).result(page.get().body());
    } else {
      context.status(HttpStatus.SERVICE_UNAVAILABLE).header("Retry-After", "1");
      json(context, "{\"error\":\"too many read the metrics at once: try again\"}\n");
    }
  }

  private static void json(Context context, String body) {
    context.contentType("application/json").result(body);
  }
}
