package io.reefmesh.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.SourceCodeInfo.Location;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import io.reefmesh.gateway.probe.HealthDoor;
import io.reefmesh.v1.FleetServiceGrpc;
import io.reefmesh.v1.NodeServiceGrpc;
import io.reefmesh.v1.TaskServiceGrpc;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
final class CommentedReflectionTest {

  private static final List<String> SERVICES =
      List.of(
          "grpc.health.v1.Health",
          "grpc.reflection.v1.ServerReflection",
          "grpc.reflection.v1alpha.ServerReflection",
          "reefmesh.v1.FleetService",
          "reefmesh.v1.NodeService",
          "reefmesh.v1.TaskService");

  private Server server;
  private ManagedChannel channel;

  /** The two versions, asked through their own stubs. */
  enum Version {
    V1 {
      @Override
      List<String> services(ManagedChannel channel) {
        return ask(
                channel,
                io.grpc.reflection.v1.ServerReflectionRequest.newBuilder()
                    .setListServices("")
                    .build())
            .getListServicesResponse()
            .getServiceList()
            .stream()
            .map(io.grpc.reflection.v1.ServiceResponse::getName)
            .sorted()
            .toList();
      }

      @Override
      List<ByteString> filesOf(ManagedChannel channel, String symbol) {
        return ask(
                channel,
                io.grpc.reflection.v1.ServerReflectionRequest.newBuilder()
                    .setFileContainingSymbol(symbol)
                    .build())
            .getFileDescriptorResponse()
            .getFileDescriptorProtoList();
      }

      private io.grpc.reflection.v1.ServerReflectionResponse ask(
          ManagedChannel channel, io.grpc.reflection.v1.ServerReflectionRequest request) {
        return exchange(
            answers ->
                io.grpc.reflection.v1.ServerReflectionGrpc.newStub(channel)
                    .serverReflectionInfo(answers),
            request);
      }
    },
    V1ALPHA {
      @Override
      List<String> services(ManagedChannel channel) {
        return ask(
                channel,
                io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
                    .setListServices("")
                    .build())
            .getListServicesResponse()
            .getServiceList()
            .stream()
            .map(io.grpc.reflection.v1alpha.ServiceResponse::getName)
            .sorted()
            .toList();
      }

      @Override
      List<ByteString> filesOf(ManagedChannel channel, String symbol) {
        return ask(
                channel,
                io.grpc.reflection.v1alpha.ServerReflectionRequest.newBuilder()
                    .setFileContainingSymbol(symbol)
                    .build())
            .getFileDescriptorResponse()
            .getFileDescriptorProtoList();
      }

      private io.grpc.reflection.v1alpha.ServerReflectionResponse ask(
          ManagedChannel channel, io.grpc.reflection.v1alpha.ServerReflectionRequest request) {
        return exchange(
            answers ->
                io.grpc.reflection.v1alpha.ServerReflectionGrpc.newStub(channel)
                    .serverReflectionInfo(answers),
            request);
      }
    };

    abstract List<String> services(ManagedChannel channel);

    abstract List<ByteString> filesOf(ManagedChannel channel, String symbol);
  }

  @BeforeEach
  void start() throws IOException {
    String name = InProcessServerBuilder.generateName();
    server =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .addServices(
                GrpcDoor.guarded(
                    List.of(
                        new TaskServiceGrpc.TaskServiceImplBase() {},
                        new NodeServiceGrpc.NodeServiceImplBase() {},
                        new FleetServiceGrpc.FleetServiceImplBase() {},
                        new HealthDoor(List.of()).service())))
            .build()
            .start();
    channel = InProcessChannelBuilder.forName(name).directExecutor().build();
  }

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow();
    server.shutdownNow();
    assertThat(server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void shouldListAndDescribeEveryServiceWhenAsked(Version version) {
    assertThat(version.services(channel)).isEqualTo(SERVICES);
    for (String service : SERVICES) {
      assertThat(version.filesOf(channel, service)).as(service).isNotEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void shouldServeTheCommentsOfServiceMethodMessageAndFieldWhenDescribing(Version version) {
    Map<String, String> comments = comments(version, "reefmesh.v1.TaskService");

    assertThat(comments.get("TaskService")).startsWith("For callers: submit tasks");
    assertThat(comments.get("TaskService.SubmitTask")).startsWith("Accepts a task.");
    assertThat(comments.get("SubmitTaskRequest")).startsWith("A task to accept.");
    assertThat(comments.get("SubmitTaskRequest.request_id"))
        .startsWith("Makes a repeat return the same task");
  }

  @ParameterizedTest
  @EnumSource
  void shouldFindTheFileOfAnEnum(Version version) {
    assertThat(version.filesOf(channel, "reefmesh.v1.TaskState"))
        .anySatisfy(
            bytes -> assertThat(parse(bytes).getName()).isEqualTo("reefmesh/v1/task.proto"));
    assertThat(version.filesOf(channel, "reefmesh.v1.NoSuchThing")).isEmpty();
  }

  @Test
  void shouldServeTheCommentsOfImportedFilesWhenAMessageIsDescribed() {
    assertThat(comments(Version.V1, "reefmesh.v1.TaskSpec").get("TaskSpec.priority"))
        .startsWith("1-10, 1 goes first.");
    assertThat(comments(Version.V1, "google.protobuf.Timestamp").get("Timestamp"))
        .contains("point in time");
  }

  @Test
  void shouldLeaveNoServiceMethodMessageOrFieldOfOursWithoutACommentWhenDescribing() {
    List<String> silent = new ArrayList<>();
    for (String service : SERVICES.subList(3, 6)) {
      for (ByteString bytes : Version.V1.filesOf(channel, service)) {
        FileDescriptorProto file = parse(bytes);
        if (file.getPackage().equals("reefmesh.v1")) {
          Map<String, String> comments = comments(file);
          names(file).filter(name -> !comments.containsKey(name)).forEach(silent::add);
        }
      }
    }

    assertThat(silent).isEmpty();
  }

  private Map<String, String> comments(Version version, String symbol) {
    Map<String, String> comments = new HashMap<>();
    version.filesOf(channel, symbol).forEach(bytes -> comments.putAll(comments(parse(bytes))));
    return comments;
  }

  /** Leading comments by name, for services, methods, messages and fields at the top. */
  private static Map<String, String> comments(FileDescriptorProto file) {
    return file.getSourceCodeInfo().getLocationList().stream()
        .filter(Location::hasLeadingComments)
        .filter(location -> !name(file, location.getPathList()).isEmpty())
        .collect(
            Collectors.toMap(
                location -> name(file, location.getPathList()),
                location -> location.getLeadingComments().strip()));
  }

  /** Path elements: 4 = messages, 6 = services of a file; 2 = fields of a message, or methods. */
  private static String name(FileDescriptorProto file, List<Integer> path) {
    if (path.size() != 2 && (path.size() != 4 || path.get(2) != 2)) {
      return "";
    }
    boolean inner = path.size() == 4;
    return switch (path.get(0)) {
      case 4 ->
          file.getMessageType(path.get(1)).getName()
              + (inner
                  ? "." + file.getMessageType(path.get(1)).getField(path.get(3)).getName()
                  : "");
      case 6 ->
          file.getService(path.get(1)).getName()
              + (inner ? "." + file.getService(path.get(1)).getMethod(path.get(3)).getName() : "");
      default -> "";
    };
  }

  private static java.util.stream.Stream<String> names(FileDescriptorProto file) {
    List<String> names = new ArrayList<>();
    file.getMessageTypeList()
        .forEach(
            message -> {
              names.add(message.getName());
              message
                  .getFieldList()
                  .forEach(field -> names.add(message.getName() + "." + field.getName()));
            });
    file.getServiceList()
        .forEach(
            service -> {
              names.add(service.getName());
              service
                  .getMethodList()
                  .forEach(method -> names.add(service.getName() + "." + method.getName()));
            });
    return names.stream();
  }

  private static FileDescriptorProto parse(ByteString bytes) {
    try {
      return FileDescriptorProto.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static <Q, A> A exchange(
      java.util.function.Function<StreamObserver<A>, StreamObserver<Q>> call, Q request) {
    CompletableFuture<A> answer = new CompletableFuture<>();
    StreamObserver<Q> requests =
        call.apply(new OneAnswer<>(answer::complete, answer::completeExceptionally));
    requests.onNext(request);
    requests.onCompleted();
    return answer.orTimeout(10, TimeUnit.SECONDS).join();
  }

  private record OneAnswer<A>(Consumer<A> answer, Consumer<Throwable> failure)
      implements StreamObserver<A> {

    @Override
    public void onNext(A value) {
      answer.accept(value);
    }

    @Override
    public void onError(Throwable problem) {
      failure.accept(problem);
    }

    @Override
    public void onCompleted() {}
  }
}
