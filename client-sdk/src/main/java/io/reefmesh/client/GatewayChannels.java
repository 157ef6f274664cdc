package io.reefmesh.client;

import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The channels of a client: one for unary calls, one for watches, so that thousands of open
 * watches, which a gateway limits per connection, never keep a submission waiting.
 *
 * @param unary for calls with one answer
 * @param watches for long streams
 * @param owned what {@link #close} shuts down; empty when the channel was given from outside
 * @param place where the gateway is, for messages
 */
record GatewayChannels(Channel unary, Channel watches, List<ManagedChannel> owned, String place)
    implements AutoCloseable {

  /** Time for cancelled calls to hear of it before {@link #close} returns. */
  private static final long CLOSE_SECONDS = 5;

  private static final Metadata.Key<String> PROJECT =
      Metadata.Key.of("reefmesh-project", Metadata.ASCII_STRING_MARSHALLER);

  static GatewayChannels dial(MeshTarget target) {
    ManagedChannel unary = MeshChannels.dial(target);
    ManagedChannel watches = MeshChannels.dial(target);
    return new GatewayChannels(unary, watches, List.of(unary, watches), target.toString());
  }

  static GatewayChannels given(Channel channel) {
    return new GatewayChannels(channel, channel, List.of(), "on the given channel");
  }

  /** The same, naming the project with each call. */
  GatewayChannels forProject(String project) {
    Metadata headers = new Metadata();
    headers.put(PROJECT, project);
    var named = MetadataUtils.newAttachHeadersInterceptor(headers);
    return new GatewayChannels(
        ClientInterceptors.intercept(unary, named),
        ClientInterceptors.intercept(watches, named),
        owned,
        place);
  }

  /** Dials at once where gRPC itself would still wait: the pace is set by our own back-off. */
  void reconnect() {
    owned.forEach(ManagedChannel::resetConnectBackoff);
  }

  @Override
  public void close() {
    owned.forEach(ManagedChannel::shutdownNow);
    if (DirectCallbacks.inside()) {
      return; // the network thread cannot wait for itself
    }
    try {
      for (ManagedChannel channel : owned) {
        channel.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
