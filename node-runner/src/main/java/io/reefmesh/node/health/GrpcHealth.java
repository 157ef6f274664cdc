package io.reefmesh.node.health;

import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * The gRPC health service: "" is readiness, "liveness" is liveness. Each call looks at the node
 * anew; {@link #refresh} tells those who watch.
 */
public final class GrpcHealth implements AutoCloseable {

  private static final String READINESS = HealthStatusManager.SERVICE_NAME_ALL_SERVICES;
  private static final String LIVENESS = "liveness";
  private static final int MAX_MESSAGE_BYTES = 4096;
  private static final int MAX_CALLS_PER_CONNECTION = 16;

  private final HealthStatusManager statuses = new HealthStatusManager();
  private final NodeCondition condition;
  private final Server server;

  /**
   * Listens at once.
   *
   * @throws IOException if the address cannot be bound
   */
  public GrpcHealth(String bind, int port, NodeCondition condition) throws IOException {
    this.condition = condition;
    refresh();
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(bind, port))
            .directExecutor()
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .maxConcurrentCallsPerConnection(MAX_CALLS_PER_CONNECTION)
            .addService(
                ServerInterceptors.intercept(statuses.getHealthService(), new RefreshFirst()))
            .build()
            .start();
  }

  /** The port it listens on. */
  public int port() {
    return server.getPort();
  }

  /** Looks at the node and tells those who watch. */
  public void refresh() {
    statuses.setStatus(READINESS, status(condition.isReady()));
    statuses.setStatus(LIVENESS, status(condition.isAlive()));
  }

  private static ServingStatus status(boolean good) {
    return good ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  @Override
  public void close() {
    statuses.enterTerminalState();
    server.shutdownNow();
    try {
      server.awaitTermination(1, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A loop that hangs cannot say so itself: whoever asks makes us look. */
  private final class RefreshFirst implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
        @Override
        public void onHalfClose() {
          refresh();
          super.onHalfClose();
        }
      };
    }
  }
}
