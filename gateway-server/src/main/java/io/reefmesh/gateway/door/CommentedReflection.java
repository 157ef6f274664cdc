package io.reefmesh.gateway.door;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
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
        ProtoReflectionServiceV1.newInstance().bindService(),
        io.grpc.protobuf.services.ProtoReflectionService.newInstance().bindService());
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

    static final Map<String, ServiceDescriptor> SERVICES = read();

    private static Map<String, ServiceDescriptor> read() {
      Map<String, FileDescriptor> files = new HashMap<>();
      Map<String, ServiceDescriptor> services = new HashMap<>();
      for (FileDescriptorProto proto : descriptorSet().getFileList()) {
        FileDescriptor file = build(proto, files);
        files.put(proto.getName(), file);
        file.getServices().forEach(service -> services.put(service.getFullName(), service));
      }
      return Map.copyOf(services);
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
