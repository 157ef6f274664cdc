package io.reefmesh.client;

import static java.util.Objects.requireNonNull;

import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.NameResolver;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.SynchronizationContext;
import io.reefmesh.client.TargetAddresses.HostAndPort;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * Resolves a fixed list of hosts for one channel. Hosts that have no address at the moment are left
 * out; only when none has one does the channel fail. Names are looked up again whenever gRPC asks,
 * which it does after a connection broke.
 */
final class SeveralHostsResolver extends NameResolver {

  static final String SCHEME = "reefmesh-hosts";

  /** What turns a name into addresses; the system's own resolver outside tests. */
  interface Lookup {
    InetAddress[] addresses(String host) throws UnknownHostException;
  }

  private final List<HostAndPort> hosts;
  private final Lookup lookup;
  private final Executor offload;
  private final SynchronizationContext sync;

  // Owned by sync.
  private boolean resolving;
  private boolean shutdown;
  private Listener2 listener = new NotStarted();

  SeveralHostsResolver(List<HostAndPort> hosts, Lookup lookup, Args args) {
    this.hosts = hosts;
    this.lookup = lookup;
    this.offload = requireNonNull(args.getOffloadExecutor());
    this.sync = args.getSynchronizationContext();
  }

  /** A registry that knows this list of hosts and nothing else; for one channel. */
  static NameResolverRegistry registryOf(List<HostAndPort> hosts) {
    NameResolverRegistry registry = new NameResolverRegistry();
    registry.register(new Provider(hosts));
    return registry;
  }

  @Override
  public String getServiceAuthority() {
    return hosts.get(0).toString();
  }

  @Override
  public void start(Listener2 newListener) {
    listener = newListener;
    resolve();
  }

  @Override
  public void refresh() {
    resolve();
  }

  @Override
  public void shutdown() {
    shutdown = true;
  }

  private void resolve() {
    if (resolving || shutdown) {
      return;
    }
    resolving = true;
    offload.execute(
        () -> {
          StatusOr<List<EquivalentAddressGroup>> found = lookUpAll();
          sync.execute(() -> resolved(found));
        });
  }

  private void resolved(StatusOr<List<EquivalentAddressGroup>> found) {
    resolving = false;
    if (!shutdown) {
      listener.onResult2(ResolutionResult.newBuilder().setAddressesOrError(found).build());
    }
  }

  private StatusOr<List<EquivalentAddressGroup>> lookUpAll() {
    List<EquivalentAddressGroup> groups = new ArrayList<>();
    List<String> unknown = new ArrayList<>();
    for (HostAndPort host : hosts) {
      try {
        groups.add(lookUp(host));
      } catch (UnknownHostException e) {
        unknown.add(host.host());
      }
    }
    if (groups.isEmpty()) {
      return StatusOr.fromStatus(
          Status.UNAVAILABLE.withDescription(
              "none of these gateway hosts has an address: " + String.join(", ", unknown)));
    }
    return StatusOr.fromValue(groups);
  }

  private EquivalentAddressGroup lookUp(HostAndPort host) throws UnknownHostException {
    List<SocketAddress> addresses =
        Arrays.stream(lookup.addresses(host.host()))
            .<SocketAddress>map(address -> new InetSocketAddress(address, host.port()))
            .toList();
    Attributes ownName =
        Attributes.newBuilder()
            .set(EquivalentAddressGroup.ATTR_AUTHORITY_OVERRIDE, host.toString())
            .build();
    return new EquivalentAddressGroup(addresses, ownName);
  }

  /** Before the channel has started the resolver there is nobody to tell. */
  private static final class NotStarted extends Listener2 {
    @Override
    public void onResult(ResolutionResult result) {}

    @Override
    public void onError(Status error) {}
  }

  private static final class Provider extends NameResolverProvider {
    private final List<HostAndPort> hosts;

    Provider(List<HostAndPort> hosts) {
      this.hosts = hosts;
    }

    @Override
    public NameResolver newNameResolver(URI target, Args args) {
      return new SeveralHostsResolver(hosts, InetAddress::getAllByName, args);
    }

    @Override
    public String getDefaultScheme() {
      return SCHEME;
    }

    @Override
    protected boolean isAvailable() {
      return true;
    }

    @Override
    protected int priority() {
      return 5;
    }
  }
}
