package io.reefmesh.gateway.door;

import com.google.protobuf.Message;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes bytes that are no message of the call's type, or too many of them, an answer like any
 * other. By itself the server ends such calls with UNKNOWN and a stack trace in the log, or with a
 * bare status. Here messages are read inside the call, where {@link DefectInterceptor}, which must
 * stand outside of this, takes up what is thrown. Messages may nest as deep as payloads may.
 */
final class RequestParsing {

  /** A JSON object has 3 levels of messages per level of its own; the request around it a few. */
  private static final int MAX_NESTING = 3 * JsonWriter.MAX_DEPTH + 16;

  private RequestParsing() {}

  /** The same service, which answers malformed and oversized requests. Its schema stays. */
  static ServerServiceDefinition guard(ServerServiceDefinition service, int maxMessageBytes) {
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    ServiceDescriptor plain = service.getServiceDescriptor();
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(plain.getName())
            .setSchemaDescriptor(plain.getSchemaDescriptor());
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      ServerMethodDefinition<?, ?> guarded = guard(method, maxMessageBytes);
      descriptor.addMethod(guarded.getMethodDescriptor());
      methods.add(guarded);
    }
    ServerServiceDefinition.Builder definition =
        ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(definition::addMethod);
    return ServerInterceptors.useInputStreamMessages(definition.build());
  }

  private static <Q, A> ServerMethodDefinition<Q, A> guard(
      ServerMethodDefinition<Q, A> method, int maxMessageBytes) {
    MethodDescriptor<Q, A> descriptor = method.getMethodDescriptor();
    return ServerMethodDefinition.create(
        descriptor.toBuilder()
            .setRequestMarshaller(
                new GuardedMarshaller<>(deep(descriptor.getRequestMarshaller()), maxMessageBytes))
            .build(),
        method.getServerCallHandler());
  }

  @SuppressWarnings("unchecked") // The prototype is what the marshaller makes.
  private static <Q> Marshaller<Q> deep(Marshaller<Q> marshaller) {
    if (marshaller instanceof PrototypeMarshaller<Q> prototypes
        && prototypes.getMessagePrototype() instanceof Message prototype) {
      return (Marshaller<Q>) ProtoUtils.marshallerWithRecursionLimit(prototype, MAX_NESTING);
    }
    return marshaller;
  }

  private record GuardedMarshaller<Q>(Marshaller<Q> messages, int maxBytes)
      implements Marshaller<Q> {

    @Override
    public Q parse(InputStream bytes) {
      InputStream whole = limited(bytes);
      try {
        return messages.parse(whole);
      } catch (StatusRuntimeException e) {
        throw Refusals.invalid(
            "request", "is not a message of this call's type, or is nested too deep");
      }
    }

    /** What was compressed tells its size only when it is read. */
    private InputStream limited(InputStream bytes) {
      try {
        if (bytes instanceof KnownLength) {
          if (bytes.available() > maxBytes) {
            throw Refusals.messageTooLarge(bytes.available(), maxBytes);
          }
          return bytes;
        }
        byte[] read = bytes.readNBytes(maxBytes + 1);
        if (read.length > maxBytes) {
          throw Refusals.messageTooLarge(0, maxBytes);
        }
        return new ByteArrayInputStream(read);
      } catch (IOException e) {
        throw Refusals.invalid("request", "cannot be decompressed");
      }
    }

    @Override
    public InputStream stream(Q request) {
      return messages.stream(request);
    }
  }
}
