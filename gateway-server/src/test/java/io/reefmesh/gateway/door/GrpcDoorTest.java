package io.reefmesh.gateway.door;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.ListValue;
import com.google.protobuf.NullValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.reefmesh.config.Settings;
import io.reefmesh.gateway.GatewayConfig;
import io.reefmesh.gateway.GatewayStartException;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.NodeServiceGrpc;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.SubmitTaskResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskServiceGrpc;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.WatchTaskRequest;
import io.reefmesh.v1.WatchTaskResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class GrpcDoorTest {

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final AtomicReference<@Nullable StreamObserver<WatchTaskResponse>> watcher =
      new AtomicReference<>();
  private final CompletableFuture<Throwable> linkEnd = new CompletableFuture<>();
  private final Server server = GrpcDoor.open(config("0"), List.of(new Tasks(), new Links()));
  private final ManagedChannel channel =
      NettyChannelBuilder.forAddress("127.0.0.1", server.getPort())
          .usePlaintext()
          .maxInboundMetadataSize(8 * 1024)
          .build();

  @AfterEach
  void stop() throws InterruptedException {
    channel.shutdownNow();
    server.shutdownNow();
    assertThat(server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  static Stream<Arguments> intrusions() {
    byte[] garbage = new byte[5_000];
    new Random(1).nextBytes(garbage);
    return Stream.of(
        Arguments.of("garbage", garbage),
        Arguments.of("HTTP/1", ascii("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")),
        Arguments.of("TLS hello", tlsHello()),
        Arguments.of("garbage behind the preface", concat(PREFACE, garbage)),
        Arguments.of(
            "a header block that is none",
            concat(
                PREFACE,
                HexFormat.of().parseHex("000000040000000000" + "000004010400000001ffffffff"))));
  }

  @ParameterizedTest
  @MethodSource("intrusions")
  void shouldCloseTheConnectionAndDisturbNobodyWhenAPeerSendsNonsense(String name, byte[] nonsense)
      throws Exception {
    // given: an honest client that watches, and submits all the time
    Iterator<WatchTaskResponse> watched =
        stub().watchTask(WatchTaskRequest.newBuilder().setId("x").build());
    send("before");
    assertThat(watched.next().getEvent().getCursor()).isEqualTo("before");
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger submitted = new AtomicInteger();
    CompletableFuture<Void> honest =
        CompletableFuture.runAsync(
            () -> {
              while (!done.get()) {
                submit("ok");
                submitted.incrementAndGet();
              }
            });

    // when
    for (int i = 0; i < 20; i++) {
      assertClosedByServer(nonsense);
    }
    done.set(true);

    // then
    honest.get(20, TimeUnit.SECONDS);
    assertThat(submitted.get()).isPositive();
    send("after");
    assertThat(watched.next().getEvent().getCursor()).isEqualTo("after");
  }

  @Test
  void shouldRefuseWithDetailsWhenBytesAreNotTheMessage() {
    MethodDescriptor<byte[], SubmitTaskResponse> raw =
        TaskServiceGrpc.getSubmitTaskMethod().toBuilder(
                new BytesMarshaller(),
                TaskServiceGrpc.getSubmitTaskMethod().getResponseMarshaller())
            .build();

    StatusDetails details =
        StatusDetails.ofThrown(
            () ->
                ClientCalls.blockingUnaryCall(
                    channel, raw, CallOptions.DEFAULT, HexFormat.of().parseHex("12ff")));

    assertThat(details.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(details.fields()).containsExactly("request");
  }

  @Test
  void shouldEndTheLinkAndTellItsHandlerWhenBytesAreNotTheMessage() throws Exception {
    MethodDescriptor<byte[], LinkResponse> raw =
        NodeServiceGrpc.getLinkMethod().toBuilder(
                new BytesMarshaller(), NodeServiceGrpc.getLinkMethod().getResponseMarshaller())
            .build();
    CompletableFuture<Throwable> end = new CompletableFuture<>();
    StreamObserver<byte[]> link =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(raw, CallOptions.DEFAULT), new EndObserver(end));

    link.onNext(LinkRequest.newBuilder().setSequence(1).build().toByteArray());
    link.onNext(HexFormat.of().parseHex("12ff"));

    StatusRuntimeException refusal = (StatusRuntimeException) end.get(10, TimeUnit.SECONDS);
    assertThat(StatusDetails.of(refusal).code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(linkEnd.get(10, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void shouldTakeRequestsWhenPayloadsAreAsDeepAsTheyMayBe() {
    Value value = Value.newBuilder().setNullValue(NullValue.NULL_VALUE).build();
    for (int i = 0; i < 64; i++) {
      value = Value.newBuilder().setStructValue(Struct.newBuilder().putFields("k", value)).build();
    }

    assertThat(stub().submitTask(withJson(value)).getTask().getProject()).isEqualTo("default");
  }

  @Test
  void shouldRefuseWithDetailsWhenPayloadsAreNestedWithoutEnd() {
    Value value = Value.getDefaultInstance();
    for (int i = 0; i < 150; i++) {
      value = Value.newBuilder().setListValue(ListValue.newBuilder().addValues(value)).build();
    }
    SubmitTaskRequest request = withJson(value);

    StatusDetails details = StatusDetails.ofThrown(() -> stub().submitTask(request));

    assertThat(details.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void shouldReachTheHandlerWhenAPayloadIsSomewhatTooLarge() {
    SubmitTaskRequest request =
        SubmitTaskRequest.newBuilder()
            .setSpec(
                TaskSpec.newBuilder()
                    .setPayload(
                        Payload.newBuilder().setData(ByteString.copyFrom(new byte[7 << 20]))))
            .build();

    assertThat(stub().submitTask(request).hasTask()).isTrue();
    assertThat(GrpcDoor.maxMessageBytes(16 << 20)).isGreaterThan(32 << 20);
  }

  @Test
  void shouldSayWhatToDoWhenAMessageIsLargerThanAnyMayBe() {
    SubmitTaskRequest large =
        SubmitTaskRequest.newBuilder()
            .setSpec(
                TaskSpec.newBuilder()
                    .setPayload(
                        Payload.newBuilder().setData(ByteString.copyFrom(new byte[20 << 20]))))
            .build();

    for (String encoding : List.of("identity", "gzip")) {
      StatusDetails details =
          StatusDetails.ofThrown(() -> stub().withCompression(encoding).submitTask(large));
      assertThat(details.code()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(details.info().getReason()).isEqualTo("MESSAGE_TOO_LARGE");
      assertThat(details.status().getMessage()).contains("at most 8388608", "smaller");
    }
    assertThat(submit("ok").hasTask()).as("it serves on").isTrue();
  }

  @Test
  void shouldCarryTheProjectWhenMetadataNamesIt() {
    assertThat(submit("ok").getTask().getProject()).isEqualTo("default");
    assertThat(inProject("team-1.a_b").submitTask(request("ok")).getTask().getProject())
        .isEqualTo("team-1.a_b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Team",
        "a b",
        "a/b",
        "",
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
      })
  void shouldRefuseWhenTheProjectsNameIsBad(String project) {
    StatusDetails details =
        StatusDetails.ofThrown(() -> inProject(project).submitTask(request("ok")));

    assertThat(details.code()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(details.fields()).containsExactly("metadata.reefmesh-project");
  }

  @ParameterizedTest
  @ValueSource(strings = {"throws", "reports"})
  void shouldTellAnIncidentButNoWordsWhenAHandlerHasADefect(String how) {
    StatusDetails details = StatusDetails.ofThrown(() -> submit(how));

    assertThat(details.code()).isEqualTo(Status.Code.INTERNAL);
    assertThat(details.info().getReason()).isEqualTo("INTERNAL_ERROR");
    assertThat(details.info().getMetadataMap().get("incident")).matches("[0-9a-f]{8}");
    assertThat(details.status().toString()).doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"refuses", "reports refusal"})
  void shouldAnswerAsTheHandlerSaysWhenItRefuses(String how) {
    StatusDetails details = StatusDetails.ofThrown(() -> submit(how));

    assertThat(details.code()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(details.info().getReason()).isEqualTo("NOT_FOUND");
  }

  @Test
  void shouldSayWhatToDoWhenThePortIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      int port = taken.getLocalPort();

      assertThatThrownBy(() -> GrpcDoor.open(config(Integer.toString(port)), List.of()))
          .isInstanceOfSatisfying(
              GatewayStartException.class,
              e -> assertThat(e.kind()).isEqualTo(GatewayStartException.Kind.PORT_TAKEN))
          .hasMessage(
              "127.0.0.1:"
                  + port
                  + " is taken by another process: stop it, or choose another port with --port"
                  + " (0 picks a free one)");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"203.0.113.1", "no.such.host.invalid"})
  void shouldNameTheSettingWhenTheAddressIsNotOurs(String bind) {
    GatewayConfig config =
        GatewayConfig.from(Settings.read(null, Map.of(), Map.of("bind", bind, "port", "0")));

    assertThatThrownBy(() -> GrpcDoor.open(config, List.of()))
        .isInstanceOfSatisfying(
            GatewayStartException.class,
            e -> assertThat(e.kind()).isEqualTo(GatewayStartException.Kind.CONFIG))
        .hasMessageContaining("bind is \"" + bind + "\"");
  }

  private void send(String cursor) throws InterruptedException {
    StreamObserver<WatchTaskResponse> observer = watcher.get();
    while (observer == null) {
      Thread.onSpinWait();
      observer = watcher.get();
    }
    observer.onNext(
        WatchTaskResponse.newBuilder().setEvent(TaskEvent.newBuilder().setCursor(cursor)).build());
  }

  private void assertClosedByServer(byte[] bytes) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
      socket.setSoTimeout(20_000);
      try {
        socket.getOutputStream().write(bytes);
        socket.getInputStream().readAllBytes();
      } catch (java.net.SocketTimeoutException e) {
        throw new AssertionError("the server keeps the connection", e);
      } catch (IOException e) {
        // Reset by the server: closed, too.
      }
    }
  }

  private SubmitTaskResponse submit(String requestId) {
    return stub().submitTask(request(requestId));
  }

  private static SubmitTaskRequest request(String requestId) {
    return SubmitTaskRequest.newBuilder().setRequestId(requestId).build();
  }

  private static SubmitTaskRequest withJson(Value value) {
    return SubmitTaskRequest.newBuilder()
        .setSpec(TaskSpec.newBuilder().setPayload(Payload.newBuilder().setJson(value)))
        .build();
  }

  private TaskServiceGrpc.TaskServiceBlockingStub stub() {
    return TaskServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private TaskServiceGrpc.TaskServiceBlockingStub inProject(String project) {
    Metadata headers = new Metadata();
    headers.put(ProjectContext.METADATA, project);
    return stub().withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static GatewayConfig config(String port) {
    return GatewayConfig.from(Settings.read(null, Map.of(), Map.of("port", port)));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] tlsHello() {
    byte[] start = HexFormat.of().parseHex("16030100c8010000c40303");
    return java.util.Arrays.copyOf(start, 205);
  }

  private static byte[] concat(byte[] a, byte[] b) {
    byte[] both = java.util.Arrays.copyOf(a, a.length + b.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return both;
  }

  /** Answers with its project, or fails as the request id says. */
  private final class Tasks extends TaskServiceGrpc.TaskServiceImplBase {

    @Override
    public void submitTask(SubmitTaskRequest request, StreamObserver<SubmitTaskResponse> answers) {
      switch (request.getRequestId()) {
        case "throws" -> throw new IllegalStateException("secret");
        case "reports" -> answers.onError(new IllegalStateException("secret"));
        case "refuses" -> throw Refusals.notFound("task", "x");
        case "reports refusal" -> answers.onError(Refusals.notFound("task", "x"));
        default -> {
          answers.onNext(
              SubmitTaskResponse.newBuilder()
                  .setTask(Task.newBuilder().setProject(ProjectContext.current()))
                  .build());
          answers.onCompleted();
        }
      }
    }

    @Override
    public void watchTask(WatchTaskRequest request, StreamObserver<WatchTaskResponse> answers) {
      watcher.set(answers);
    }
  }

  /** Tells how its link ended. */
  private final class Links extends NodeServiceGrpc.NodeServiceImplBase {

    @Override
    public StreamObserver<LinkRequest> link(StreamObserver<LinkResponse> answers) {
      io.grpc.stub.ServerCallStreamObserver<LinkResponse> call =
          (io.grpc.stub.ServerCallStreamObserver<LinkResponse>) answers;
      call.setOnCloseHandler(() -> linkEnd.complete(new IOException("closed")));
      call.setOnCancelHandler(() -> linkEnd.complete(new IOException("cancelled")));
      return new StreamObserver<>() {
        @Override
        public void onNext(LinkRequest request) {}

        @Override
        public void onError(Throwable problem) {}

        @Override
        public void onCompleted() {}
      };
    }
  }

  private record EndObserver(CompletableFuture<Throwable> end)
      implements StreamObserver<LinkResponse> {

    @Override
    public void onNext(LinkResponse value) {}

    @Override
    public void onError(Throwable problem) {
      end.complete(problem);
    }

    @Override
    public void onCompleted() {
      end.completeExceptionally(new ExecutionException("ended well", null));
    }
  }

  private static final class BytesMarshaller implements MethodDescriptor.Marshaller<byte[]> {

    @Override
    public InputStream stream(byte[] bytes) {
      return new ByteArrayInputStream(bytes);
    }

    @Override
    public byte[] parse(InputStream stream) {
      throw new UnsupportedOperationException("a caller only writes its requests");
    }
  }
}
