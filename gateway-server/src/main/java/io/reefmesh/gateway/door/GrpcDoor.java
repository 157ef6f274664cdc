package io.reefmesh.gateway.door;

import io.grpc.BindableService;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.reefmesh.gateway.GatewayConfig;
import io.reefmesh.gateway.GatewayStartException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Opens the gRPC port: our services with their comments in reflection, the project of each call in
 * its context, defects caught, and a limit on everything that a peer can make the server keep.
 *
 * <p>Handlers run on the event loops (no hand-off): they must never block.
 */
public final class GrpcDoor {

  private static final int KEEPALIVE_SECONDS = 20;
  private static final int KEEPALIVE_TIMEOUT_SECONDS = 10;

  /** Below what clients use by a margin, so that no honest one is sent away. */
  private static final int PERMITTED_KEEPALIVE_SECONDS = 10;

  private static final int HANDSHAKE_SECONDS = 10;
  private static final int MAX_METADATA_BYTES = 16 * 1024;

  /** A caller may cancel thousands of watches at once; a rapid-reset attack sends far more. */
  private static final int MAX_RESETS = 5_000;

  private static final int RESET_WINDOW_SECONDS = 10;

  /** Calls of one connection beside those that watch, which have a limit of their own. */
  private static final int CALLS_BESIDE_WATCHERS = 1_000;

  /**
   * Fixed, so that the server does not enlarge it on its own: it bounds what one unread stream
   * makes it keep. It carries 10 MiB/s over a way of 100 ms.
   */
  private static final int FLOW_CONTROL_BYTES = 1 << 20;

  /**
   * A JSON value is up to six times larger on the wire than the bytes it becomes, and a payload
   * somewhat over the limit should get an answer that names its field, not a broken stream.
   */
  private static final int MIN_MESSAGE_BYTES = 8 << 20;

  private static final int READABLE_FACTOR = 4;

  private static final int ENVELOPE_BYTES = 1 << 20;

  private GrpcDoor() {}

  /**
   * Opens the port.
   *
   * @param config its bind address, port and limits count here
   * @param services health among them; reflection is added
   * @param tracers hear of every call
   * @return the running server; its {@link Server#getPort} is the port it got
   * @throws GatewayStartException if the port cannot be opened
   */
  public static Server open(
      GatewayConfig config,
      List<? extends BindableService> services,
      ServerStreamTracer.Factory... tracers) {
    InetSocketAddress address = new InetSocketAddress(config.bind(), config.port());
    NettyNoise.quieten();
    NettyServerBuilder builder = limited(config, address);
    builder.addServices(guarded(services, maxMessageBytes(config.limits().payloadBytes())));
    for (ServerStreamTracer.Factory tracer : tracers) {
      builder.addStreamTracerFactory(tracer);
    }
    Server server = builder.build();
    try {
      return server.start();
    } catch (IOException | RuntimeException e) {
      server.shutdownNow();
      throw GatewayStartException.ofBind("port", address, e);
    }
  }

  /**
   * The same services as {@link #open} serves them: with comments, the project in the context,
   * malformed requests and defects answered, and reflection added. For servers in the same process.
   */
  public static List<ServerServiceDefinition> guarded(List<? extends BindableService> services) {
    return guarded(services, MIN_MESSAGE_BYTES);
  }

  private static List<ServerServiceDefinition> guarded(
      List<? extends BindableService> services, int maxMessageBytes) {
    return Stream.concat(
            services.stream().map(BindableService::bindService),
            CommentedReflection.services().stream())
        .map(service -> guarded(service, maxMessageBytes))
        .toList();
  }

  /** What is wrapped last hears first. */
  private static ServerServiceDefinition guarded(
      ServerServiceDefinition service, int maxMessageBytes) {
    return ServerInterceptors.intercept(
        RequestParsing.guard(CommentedReflection.describe(service), maxMessageBytes),
        new ProjectContext.Interceptor(),
        new DefectInterceptor());
  }

  private static NettyServerBuilder limited(GatewayConfig config, InetSocketAddress address) {
    return NettyServerBuilder.forAddress(address)
        .directExecutor()
        .keepAliveTime(KEEPALIVE_SECONDS, TimeUnit.SECONDS)
        .keepAliveTimeout(KEEPALIVE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveTime(PERMITTED_KEEPALIVE_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true)
        .handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS)
        .maxRstFramesPerWindow(MAX_RESETS, RESET_WINDOW_SECONDS)
        .maxConcurrentCallsPerConnection(config.limits().watchers() + CALLS_BESIDE_WATCHERS)
        .maxInboundMetadataSize(MAX_METADATA_BYTES)
        .maxInboundMessageSize(readableMessageBytes(config.limits().payloadBytes()))
        .flowControlWindow(FLOW_CONTROL_BYTES);
  }

  /**
   * The transport itself can end a call only with a bare status. What it lets through beyond the
   * limit is refused in {@link RequestParsing}, with details that say what to do; what is larger
   * still is not worth being kept for that.
   */
  private static int readableMessageBytes(int payloadBytes) {
    return READABLE_FACTOR * maxMessageBytes(payloadBytes);
  }

  static int maxMessageBytes(int payloadBytes) {
    return Math.max(MIN_MESSAGE_BYTES, 2 * payloadBytes + ENVELOPE_BYTES);
  }
}
