package io.reefmesh.bench.limit;

import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoUtils;
import io.reefmesh.v1.Payload;

/** The methods of the echo server: a message with bytes in, the same message out. */
final class EchoWire {

  static final String SERVICE = "reefmesh.bench.Echo";

  /** One in, one out. */
  static final MethodDescriptor<Payload, Payload> UNARY = method("Unary", MethodType.UNARY);

  /** Each message that comes in goes out. */
  static final MethodDescriptor<Payload, Payload> BIDI = method("Bidi", MethodType.BIDI_STREAMING);

  /** Messages for subscribers, who are named by the content type. */
  static final MethodDescriptor<Payload, Payload> PUBLISH =
      method("Publish", MethodType.BIDI_STREAMING);

  /** The messages for the subscriber that the content type names. */
  static final MethodDescriptor<Payload, Payload> SUBSCRIBE =
      method("Subscribe", MethodType.SERVER_STREAMING);

  private EchoWire() {}

  private static MethodDescriptor<Payload, Payload> method(String name, MethodType type) {
    return MethodDescriptor.<Payload, Payload>newBuilder()
        .setType(type)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setRequestMarshaller(ProtoUtils.marshaller(Payload.getDefaultInstance()))
        .setResponseMarshaller(ProtoUtils.marshaller(Payload.getDefaultInstance()))
        .build();
  }
}
