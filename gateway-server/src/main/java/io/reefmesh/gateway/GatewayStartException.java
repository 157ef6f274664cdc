package io.reefmesh.gateway;

import io.reefmesh.gateway.store.StoreException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.UnresolvedAddressException;
import org.jspecify.annotations.Nullable;

/**
 * The gateway cannot start. The message is for people: what happened, to what, and what to do.
 * Nothing of the gateway runs when it has been thrown.
 */
public final class GatewayStartException extends RuntimeException {

  private final Kind kind;

  /** What is wrong. The exit codes follow the customs of sysexits. */
  public enum Kind {
    /** A setting is wrong, the address to bind to included. */
    CONFIG(78),
    /** Another process listens on the port. */
    PORT_TAKEN(69),
    /** The system does not let this user listen on the port. */
    PORT_FORBIDDEN(77),
    /** The store cannot be opened, read or written. */
    STORE(74),
    /** Another gateway has the store open. */
    STORE_LOCKED(75),
    /** Anything else: a defect of this software. */
    INTERNAL(70);

    private final int exitCode;

    Kind(int exitCode) {
      this.exitCode = exitCode;
    }

    /** What the process exits with. */
    public int exitCode() {
      return exitCode;
    }
  }

  /** All of it, for people. */
  public GatewayStartException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  /** The store refused. */
  public static GatewayStartException of(StoreException refusal) {
    Kind kind =
        switch (refusal.kind()) {
          case LOCKED, FENCED -> Kind.STORE_LOCKED;
          case NOT_WRITABLE, NEWER_SCHEMA, CORRUPT, DISK_FULL, BROKEN -> Kind.STORE;
        };
    return new GatewayStartException(kind, String.valueOf(refusal.getMessage()), refusal);
  }

  /**
   * A port could not be opened.
   *
   * @param what the port's name among the settings: "port" or "http-port"
   * @param address what it was to listen on
   * @param failure what the system said, at any depth of causes
   */
  public static GatewayStartException ofBind(
      String what, InetSocketAddress address, Throwable failure) {
    String place = address.getHostString() + ":" + address.getPort();
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      String said = String.valueOf(cause.getMessage());
      if (cause instanceof UnknownHostException || cause instanceof UnresolvedAddressException) {
        return unusableAddress(address, failure);
      }
      // Native transports say it in an exception class of their own, with the system's words.
      if (cause instanceof BindException || cause instanceof IOException) {
        if (said.contains("in use")) {
          return new GatewayStartException(
              Kind.PORT_TAKEN,
              place
                  + " is taken by another process: stop it, or choose another port with --"
                  + what
                  + " (0 picks a free one)",
              failure);
        }
        if (said.contains("ermission denied")) {
          return new GatewayStartException(
              Kind.PORT_FORBIDDEN,
              "this user may not listen on " + place + ": choose a port above 1023 with --" + what,
              failure);
        }
        if (said.contains("assign requested address")) {
          return unusableAddress(address, failure);
        }
      }
    }
    return new GatewayStartException(
        Kind.INTERNAL, "cannot listen on " + place + ": " + failure.getMessage(), failure);
  }

  private static GatewayStartException unusableAddress(
      InetSocketAddress address, Throwable failure) {
    return new GatewayStartException(
        Kind.CONFIG,
        "bind is \""
            + address.getHostString()
            + "\": this machine has no such address. Use one of its own, 127.0.0.1 for this machine"
            + " only, or 0.0.0.0 for all networks",
        failure);
  }

  /** What is wrong. */
  public Kind kind() {
    return kind;
  }
}
