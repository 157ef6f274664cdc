package io.reefmesh.gateway.link;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Where a call comes from, for operators. */
final class PeerAddress implements ServerInterceptor {

  private static final Context.Key<String> KEY = Context.keyWithDefault("reefmesh-peer", "");

  /** The address of the caller of the present call; empty: not known. */
  static String current() {
    return KEY.get();
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    SocketAddress peer = call.getAttributes().get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    String text =
        peer instanceof InetSocketAddress address
            ? address.getAddress().getHostAddress() + ":" + address.getPort()
            : String.valueOf(peer);
    return Contexts.interceptCall(Context.current().withValue(KEY, text), call, headers, next);
  }
}
