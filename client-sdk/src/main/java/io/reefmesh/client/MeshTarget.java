package io.reefmesh.client;

import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where a gateway is and how to hold the connection to it. Immutable.
 *
 * <p>The address is one of
 *
 * <ul>
 *   <li>{@code host:port}, {@code host} (then port {@value #DEFAULT_PORT}), {@code
 *       [2001:db8::1]:port};
 *   <li>{@code dns:///host:port}: all addresses behind the name are used;
 *   <li>several {@code host:port} with commas between them: one channel over all of them;
 *   <li>any other gRPC target URI for which a name resolver is installed, for example {@code
 *       unix:///run/reefmesh.sock}.
 * </ul>
 */
public final class MeshTarget {

  /** The port of a gateway unless the address names another. */
  public static final int DEFAULT_PORT = 7420;

  /** How calls are spread over the addresses of a target. */
  public enum Spreading {
    /** Each call goes to the next address that answers. */
    ROUND_ROBIN,
    /**
     * All calls go to one address until it fails; the addresses are tried in an order that is drawn
     * at random whenever they are looked up.
     */
    PICK_FIRST
  }

  private final TargetAddresses addresses;
  private final Spreading spreading;
  private final Duration keepAliveTime;
  private final Duration keepAliveTimeout;
  private final int maxInboundMessageBytes;
  private final boolean retry;
  private final String userAgentSuffix;
  private final ChannelCredentials credentials;

  private MeshTarget(Builder builder) {
    this.addresses = builder.addresses;
    this.spreading =
        builder.spreading != null ? builder.spreading : builder.addresses.usualSpreading();
    this.keepAliveTime = builder.keepAliveTime;
    this.keepAliveTimeout = builder.keepAliveTimeout;
    this.maxInboundMessageBytes = builder.maxInboundMessageBytes;
    this.retry = builder.retry;
    this.userAgentSuffix = builder.userAgentSuffix;
    this.credentials = builder.credentials;
  }

  /**
   * A target with all defaults.
   *
   * @throws IllegalArgumentException if the address cannot be read
   */
  public static MeshTarget of(String address) {
    return builder(address).build();
  }

  /**
   * Starts a target.
   *
   * @param address see the class comment; at most 64 addresses
   * @throws IllegalArgumentException if the address cannot be read
   */
  public static Builder builder(String address) {
    return new Builder(TargetAddresses.parse(address));
  }

  /** A builder that begins with everything this target has. */
  public Builder toBuilder() {
    Builder builder = new Builder(addresses);
    builder.spreading = spreading;
    builder.keepAliveTime = keepAliveTime;
    builder.keepAliveTimeout = keepAliveTimeout;
    builder.maxInboundMessageBytes = maxInboundMessageBytes;
    builder.retry = retry;
    builder.userAgentSuffix = userAgentSuffix;
    builder.credentials = credentials;
    return builder;
  }

  TargetAddresses addresses() {
    return addresses;
  }

  /** How calls are spread: as the builder said, else as suits the address. */
  public Spreading spreading() {
    return spreading;
  }

  Duration keepAliveTime() {
    return keepAliveTime;
  }

  Duration keepAliveTimeout() {
    return keepAliveTimeout;
  }

  int maxInboundMessageBytes() {
    return maxInboundMessageBytes;
  }

  boolean retry() {
    return retry;
  }

  String userAgent() {
    String own = "reefmesh-java/" + ClientVersion.TEXT;
    return userAgentSuffix.isEmpty() ? own : own + " " + userAgentSuffix;
  }

  ChannelCredentials credentials() {
    return credentials;
  }

  /** The address in full, with the ports that were left out. */
  @Override
  public String toString() {
    return addresses.toString();
  }

  /** Collects a target. Not thread-safe. */
  public static final class Builder {

    private final TargetAddresses addresses;
    private @Nullable Spreading spreading;
    private Duration keepAliveTime = Duration.ofSeconds(20);
    private Duration keepAliveTimeout = Duration.ofSeconds(10);
    private int maxInboundMessageBytes = 16 << 20;
    private boolean retry = true;
    private String userAgentSuffix = "";
    private ChannelCredentials credentials = InsecureChannelCredentials.create();

    private Builder(TargetAddresses addresses) {
      this.addresses = addresses;
    }

    /** Default: pick-first for one {@code host:port}, round-robin for everything else. */
    public Builder spreading(Spreading value) {
      spreading = value;
      return this;
    }

    /**
     * How long a connection with open calls may be silent before it is pinged, and how long the
     * answer may take before the connection counts as dead. Default 20 s and 10 s; gRPC raises a
     * time below 10 s to 10 s.
     */
    public Builder keepAlive(Duration time, Duration timeout) {
      keepAliveTime = TimeLimits.require(time, "keep-alive time");
      keepAliveTimeout = TimeLimits.require(timeout, "keep-alive timeout");
      return this;
    }

    /** The largest message accepted from the gateway, in bytes. Default 16 MiB. */
    public Builder maxInboundMessageBytes(int value) {
      if (value <= 0) {
        throw new IllegalArgumentException("max inbound message bytes must be above 0: " + value);
      }
      maxInboundMessageBytes = value;
      return this;
    }

    /**
     * Whether gRPC may silently repeat calls that no gateway has seen. Default: yes. A node's link
     * wants this off.
     */
    public Builder retry(boolean value) {
      retry = value;
      return this;
    }

    /** Appended to the user agent "reefmesh-java/&lt;version&gt;", for example "my-bot/1.2". */
    public Builder userAgentSuffix(String value) {
      userAgentSuffix = value;
      return this;
    }

    /** What TLS plugs into. Default: plaintext. */
    Builder credentials(ChannelCredentials value) {
      credentials = value;
      return this;
    }

    /** The target. */
    public MeshTarget build() {
      return new MeshTarget(this);
    }
  }
}
