package io.reefmesh.client;

import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.NameResolverRegistry;
import io.reefmesh.client.MeshTarget.Spreading;
import io.reefmesh.client.TargetAddresses.Several;
import io.reefmesh.client.TargetAddresses.Uri;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How anything of the project dials a gateway.
 *
 * <p>Callbacks of calls on these channels run on the network thread that all calls of a connection
 * share: they must not block, wait for another call of the channel, or compute for long.
 */
public final class MeshChannels {

  private MeshChannels() {}

  /**
   * A channel to the target. It connects with the first call, and again whenever the connection
   * broke and there is a call to make. The caller shuts it down.
   *
   * @throws IllegalArgumentException if no installed name resolver understands the target
   */
  public static ManagedChannel dial(MeshTarget target) {
    ManagedChannelBuilder<?> builder =
        builderFor(target)
            .directExecutor()
            .userAgent(target.userAgent())
            .maxInboundMessageSize(target.maxInboundMessageBytes())
            .keepAliveTime(target.keepAliveTime().toNanos(), TimeUnit.NANOSECONDS)
            .keepAliveTimeout(target.keepAliveTimeout().toNanos(), TimeUnit.NANOSECONDS)
            .disableServiceConfigLookUp()
            .defaultServiceConfig(spreadOver(target.spreading()));
    return (target.retry() ? builder.enableRetry() : builder.disableRetry()).build();
  }

  private static ManagedChannelBuilder<?> builderFor(MeshTarget target) {
    TargetAddresses addresses = target.addresses();
    if (addresses instanceof Several several) {
      return Grpc.newChannelBuilder(
          SeveralHostsResolver.SCHEME + ":///",
          target.credentials(),
          SeveralHostsResolver.registryOf(several.hosts()));
    }
    return Grpc.newChannelBuilder(
        ((Uri) addresses).text(), target.credentials(), NameResolverRegistry.getDefaultRegistry());
  }

  private static Map<String, ?> spreadOver(Spreading spreading) {
    return switch (spreading) {
      case ROUND_ROBIN -> loadBalancing("round_robin", Map.of());
      case PICK_FIRST -> loadBalancing("pick_first", Map.of("shuffleAddressList", true));
    };
  }

  private static Map<String, ?> loadBalancing(String policy, Map<String, ?> config) {
    return Map.of("loadBalancingConfig", List.of(Map.of(policy, config)));
  }
}
