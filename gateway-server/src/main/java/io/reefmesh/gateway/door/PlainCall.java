package io.reefmesh.gateway.door;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;

/** A call as its handler knows it, before what comes in by another form of its requests. */
final class PlainCall<Q, A> extends SimpleForwardingServerCall<Q, A> {

  private final MethodDescriptor<Q, A> method;

  @SuppressWarnings("unchecked") // Of its requests a call says nothing but the method's descriptor.
  PlainCall(ServerCall<?, A> call, MethodDescriptor<Q, A> method) {
    super((ServerCall<Q, A>) call);
    this.method = method;
  }

  @Override
  public MethodDescriptor<Q, A> getMethodDescriptor() {
    return method;
  }
}
