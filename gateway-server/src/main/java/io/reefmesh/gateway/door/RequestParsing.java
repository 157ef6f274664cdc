package io.reefmesh.gateway.door;

import com.google.protobuf.Message;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.SecurityLevel;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes bytes that are no message of the call's type an answer like any other. By itself the server
 * ends such a call with UNKNOWN and logs a stack trace. This hands them through as {@link
 * Parsed.Malformed} and throws INVALID_ARGUMENT where {@link DefectInterceptor}, which must stand
 * outside of it, takes it up. It also lets messages nest as deep as payloads may.
 */
final class RequestParsing {

  /** A JSON object has 3 levels of messages per level of its own; the request around it a few. */
  private static final int MAX_NESTING = 3 * JsonWriter.MAX_DEPTH + 16;

  private RequestParsing() {}

  /** The same service, which answers malformed requests. Its schema stays. */
  static ServerServiceDefinition guard(ServerServiceDefinition service) {
    List<ServerMethodDefinition<?, ?>> methods = new ArrayList<>();
    ServiceDescriptor plain = service.getServiceDescriptor();
    ServiceDescriptor.Builder descriptor =
        ServiceDescriptor.newBuilder(plain.getName())
            .setSchemaDescriptor(plain.getSchemaDescriptor());
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      ServerMethodDefinition<?, ?> guarded = guard(method);
      descriptor.addMethod(guarded.getMethodDescriptor());
      methods.add(guarded);
    }
    ServerServiceDefinition.Builder definition =
        ServerServiceDefinition.builder(descriptor.build());
    methods.forEach(definition::addMethod);
    return definition.build();
  }

  private static <Q, A> ServerMethodDefinition<Parsed<Q>, A> guard(
      ServerMethodDefinition<Q, A> method) {
    MethodDescriptor<Q, A> inner = method.getMethodDescriptor();
    MethodDescriptor<Parsed<Q>, A> outer =
        inner.toBuilder(
                new ParsedMarshaller<>(deep(inner.getRequestMarshaller())),
                inner.getResponseMarshaller())
            .build();
    ServerCallHandler<Q, A> handler = method.getServerCallHandler();
    return ServerMethodDefinition.create(
        outer,
        (call, headers) ->
            new Unwrapping<>(handler.startCall(new InnerCall<>(call, inner), headers)));
  }

  @SuppressWarnings("unchecked") // The prototype is what the marshaller makes.
  private static <Q> Marshaller<Q> deep(Marshaller<Q> marshaller) {
    if (marshaller instanceof PrototypeMarshaller<Q> prototypes
        && prototypes.getMessagePrototype() instanceof Message prototype) {
      return (Marshaller<Q>) ProtoUtils.marshallerWithRecursionLimit(prototype, MAX_NESTING);
    }
    return marshaller;
  }

  /** What became of a request's bytes. */
  private sealed interface Parsed<Q> {

    /** They are a message. */
    record Whole<Q>(Q message) implements Parsed<Q> {}

    /** They are not. */
    record Malformed<Q>() implements Parsed<Q> {}
  }

  private record ParsedMarshaller<Q>(Marshaller<Q> messages) implements Marshaller<Parsed<Q>> {

    @Override
    public Parsed<Q> parse(InputStream bytes) {
      try {
        return new Parsed.Whole<>(messages.parse(bytes));
      } catch (StatusRuntimeException e) {
        return new Parsed.Malformed<>();
      }
    }

    @Override
    public InputStream stream(Parsed<Q> request) {
      throw new UnsupportedOperationException("a server does not send requests");
    }
  }

  /** Takes what came in for the handler's listener. */
  private static final class Unwrapping<Q> extends ServerCall.Listener<Parsed<Q>> {

    private final ServerCall.Listener<Q> listener;

    Unwrapping(ServerCall.Listener<Q> listener) {
      this.listener = listener;
    }

    @Override
    public void onMessage(Parsed<Q> request) {
      if (request instanceof Parsed.Whole<Q> whole) {
        listener.onMessage(whole.message());
      } else {
        throw Refusals.invalid(
            "request", "is not a message of this call's type, or is nested too deep");
      }
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

    @Override
    public void onEvent(Object event) {
      listener.onEvent(event);
    }
  }

  /** The call as its handler knows it. */
  private static final class InnerCall<Q, A> extends ServerCall<Q, A> {

    private final ServerCall<Parsed<Q>, A> call;
    private final MethodDescriptor<Q, A> method;

    InnerCall(ServerCall<Parsed<Q>, A> call, MethodDescriptor<Q, A> method) {
      this.call = call;
      this.method = method;
    }

    @Override
    public MethodDescriptor<Q, A> getMethodDescriptor() {
      return method;
    }

    @Override
    public void request(int messages) {
      call.request(messages);
    }

    @Override
    public void sendHeaders(Metadata headers) {
      call.sendHeaders(headers);
    }

    @Override
    public void sendMessage(A message) {
      call.sendMessage(message);
    }

    @Override
    public boolean isReady() {
      return call.isReady();
    }

    @Override
    public void close(Status status, Metadata trailers) {
      call.close(status, trailers);
    }

    @Override
    public boolean isCancelled() {
      return call.isCancelled();
    }

    @Override
    public void setMessageCompression(boolean enabled) {
      call.setMessageCompression(enabled);
    }

    @Override
    public void setCompression(String compressor) {
      call.setCompression(compressor);
    }

    @Override
    public void setOnReadyThreshold(int bytes) {
      call.setOnReadyThreshold(bytes);
    }

    @Override
    public void triggerEvent(Object event) {
      call.triggerEvent(event);
    }

    @Override
    public SecurityLevel getSecurityLevel() {
      return call.getSecurityLevel();
    }

    @Override
    public Attributes getAttributes() {
      return call.getAttributes();
    }

    @Override
    public @Nullable String getAuthority() {
      return call.getAuthority();
    }
  }
}
