package io.reefmesh.gateway.door;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.protobuf.ProtoServiceDescriptorSupplier;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Server reflection that shows the comments of our protocol. Generated code carries descriptors
 * without comments; this puts the ones with comments, which stand beside it in the jar, in their
 * place, so that the stock reflection services hand them out.
 */
final class CommentedReflection {

  private static final String DESCRIPTORS = "/META-INF/reefmesh/descriptors.binpb";

  private CommentedReflection() {}

  /** Both versions: old tools know only the first. */
  @SuppressWarnings("deprecation")
  static List<ServerServiceDefinition> services() {
    return List.of(
        ServerInterceptors.intercept(
            ProtoReflectionServiceV1.newInstance().bindService(), new EnumSymbols()),
        ServerInterceptors.intercept(
            io.grpc.protobuf.services.ProtoReflectionService.newInstance().bindService(),
            new EnumSymbols()));
  }

  /** Asks for the file of a top-level enum, which the stock services do not find by its name. */
  private static final class EnumSymbols implements ServerInterceptor {

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      return new SimpleForwardingServerCallListener<>(next.startCall(call, headers)) {
        @Override
        public void onMessage(Q message) {
          super.onMessage(rewritten(message));
        }
      };
    }

    /** The stock service of the old version reads the requests of the new one: the same bytes. */
    @SuppressWarnings("unchecked") // What comes in goes out as the same type.
    private static <Q> Q rewritten(Q message) {
      if (message instanceof io.grpc.reflection.v1.ServerReflectionRequest request) {
        String file = Commented.ENUM_FILES.get(request.getFileContainingSymbol());
        return file == null ? message : (Q) request.toBuilder().setFileByFilename(file).build();
      }
      if (message instanceof io.grpc.reflection.v1alpha.ServerReflectionRequest request) {
        String file = Commented.ENUM_FILES.get(request.getFileContainingSymbol());
        return file == null ? message : (Q) request.toBuilder().setFileByFilename(file).build();
      }
      return message;
    }
  }

  /** The same service, described with comments; services of others stay as they are. */
  static ServerServiceDefinition describe(ServerServiceDefinition service) {
    String name = service.getServiceDescriptor().getName();
    ServiceDescriptor described = Commented.SERVICES.get(name);
    return described == null ? service : describe(service, new Schema(described));
  }

  private static ServerServiceDefinition describe(ServerServiceDefinition service, Schema schema) {
    io.grpc.ServiceDescriptor plain = service.getServiceDescriptor();
    io.grpc.ServiceDescriptor.Builder commented =
        io.grpc.ServiceDescriptor.newBuilder(plain.getName()).setSchemaDescriptor(schema);
    plain.getMethods().forEach(commented::addMethod);
    ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(commented.build());
    for (ServerMethodDefinition<?, ?> method : service.getMethods()) {
      definition.addMethod(method);
    }
    return definition.build();
  }

  /** What the stock services ask for. */
  private record Schema(ServiceDescriptor service)
      implements ProtoFileDescriptorSupplier, ProtoServiceDescriptorSupplier {

    @Override
    public FileDescriptor getFileDescriptor() {
      return service.getFile();
    }

    @Override
    public ServiceDescriptor getServiceDescriptor() {
      return service;
    }
  }

  /** The services of our protocol, with comments, read once. */
  private static final class Commented {

    static final Map<String, ServiceDescriptor> SERVICES = new HashMap<>();
    static final Map<String, String> ENUM_FILES = new HashMap<>();

    static {
      Map<String, FileDescriptor> files = new HashMap<>();
      for (FileDescriptorProto proto : descriptorSet().getFileList()) {
        FileDescriptor file = build(proto, files);
        files.put(proto.getName(), file);
        file.getServices().forEach(service -> SERVICES.put(service.getFullName(), service));
        file.getEnumTypes().forEach(type -> ENUM_FILES.put(type.getFullName(), file.getName()));
      }
    }

    /** The set names every file after those that it imports. */
    private static FileDescriptor build(
        FileDescriptorProto proto, Map<String, FileDescriptor> files) {
      FileDescriptor[] imports =
          proto.getDependencyList().stream().map(files::get).toArray(FileDescriptor[]::new);
      try {
        return FileDescriptor.buildFrom(proto, imports);
      } catch (DescriptorValidationException e) {
        throw new IllegalStateException(DESCRIPTORS + " in the jar is damaged", e);
      }
    }

    private static FileDescriptorSet descriptorSet() {
      try (@Nullable InputStream in = CommentedReflection.class.getResourceAsStream(DESCRIPTORS)) {
        if (in == null) {
          throw new IllegalStateException(DESCRIPTORS + " is missing from the class path");
        }
        return FileDescriptorSet.parseFrom(in);
      } catch (IOException e) {
        throw new IllegalStateException(DESCRIPTORS + " cannot be read", e);
      }
    }
  }
}
