package io.reefmesh.gateway.door;

import com.google.protobuf.Message;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
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
import org.jspecify.annotations.Nullable;

/**
 * Makes bytes that are no message of the call's type, or too many of them, an answer like any
 * other. By itself the server ends such calls with UNKNOWN and a stack trace in the log, or with a
 * bare status. Here what cannot be read is handed into the call as a refusal, and thrown there,
 * where {@link DefectInterceptor}, which must stand outside of this, takes it up. Messages may nest
 * as deep as payloads may.
 */
final class RequestParsing {

  /** A JSON object has 3 levels of messages per level of its own; the request around it a few. */
  private static final int MAX_NESTING = 3 * JsonWriter.MAX_DEPTH + 16;

  private RequestParsing() {}

  /** Hands on what is a message, and throws why something is none. */
  private static final class Reading<Q> extends ServerCall.Listener<Received<Q>> {

    private final ServerCall.Listener<Q> listener;

    Reading(ServerCall.Listener<Q> listener) {
      this.listener = listener;
    }

    @Override
    public void onMessage(Received<Q> received) {
      listener.onMessage(received.orThrow());
    }

    @Override
    public void onHalfClose() {
      listener.onHalfClose();
    }

    @Override
    public void onCancel() {
      listener.onCancel();
    }

    @Override
    public void onComplete() {
      listener.onComplete();
    }

    @Override
    public void onReady() {
      listener.onReady();
    }
  }

  /** What came: a message, or why it is none. */
  private record Received<Q>(@Nullable Q message, @Nullable StatusRuntimeException refusal) {

    Q orThrow() {
      if (message == null) {
        throw refusal == null ? Refusals.invalid("request", "is missing") : refusal;
      }
      return message;
    }
  }

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
    return definition.build();
  }

  private static <Q, A> ServerMethodDefinition<Received<Q>, A> guard(
      ServerMethodDefinition<Q, A> method, int maxMessageBytes) {
    MethodDescriptor<Q, A> plain = method.getMethodDescriptor();
    ServerCallHandler<Q, A> handler = method.getServerCallHandler();
    return ServerMethodDefinition.create(
        plain.toBuilder(
                new ReceivedMarshaller<>(deep(plain.getRequestMarshaller()), maxMessageBytes),
                plain.getResponseMarshaller())
            .build(),
        (call, headers) -> new Reading<>(handler.startCall(new PlainCall<>(call, plain), headers)));
  }

  @SuppressWarnings("unchecked") // The prototype is what the marshaller makes.
  private static <Q> Marshaller<Q> deep(Marshaller<Q> marshaller) {
    if (marshaller instanceof PrototypeMarshaller<Q> prototypes
        && prototypes.getMessagePrototype() instanceof Message prototype) {
      return (Marshaller<Q>) ProtoUtils.marshallerWithRecursionLimit(prototype, MAX_NESTING);
    }
    return marshaller;
  }

  private record ReceivedMarshaller<Q>(Marshaller<Q> messages, int maxBytes)
      implements Marshaller<Received<Q>> {

    @Override
    public Received<Q> parse(InputStream bytes) {
      try {
        return new Received<>(read(bytes), null);
      } catch (StatusRuntimeException e) {
        return new Received<>(null, e);
      }
    }

    private Q read(InputStream bytes) {
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
    public InputStream stream(Received<Q> request) {
      return messages.stream(request.orThrow());
    }
  }
}
