package io.reefmesh.bench.limit;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.reefmesh.bench.load.Operation;
import io.reefmesh.bench.load.Outcome;
import io.reefmesh.bench.mesh.Stamps;
import io.reefmesh.bench.process.ChildProcess;
import io.reefmesh.bench.process.Launcher;
import io.reefmesh.v1.Payload;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A running {@link EchoServer} and one connection to it. */
public final class EchoClient implements AutoCloseable {

  private static final Duration START_LIMIT = Duration.ofSeconds(30);

  private final ChildProcess server;
  private final String address;
  private final ManagedChannel channel;
  private final Payload message;

  private EchoClient(ChildProcess server, String address, int payloadBytes) {
    this.server = server;
    this.address = address;
    this.channel =
        NettyChannelBuilder.forTarget(address)
            .usePlaintext()
            .directExecutor()
            .disableRetry()
            .build();
    this.message = Payload.newBuilder().setData(Stamps.stamped(payloadBytes, 0)).build();
  }

  /** Starts the server, and connects with the first call. */
  public static EchoClient start(Launcher launcher, int payloadBytes) throws InterruptedException {
    ChildProcess server =
        launcher.program("echo", EchoServer.class, List.of(), List.of("-Xms256m", "-Xmx512m"));
    String address =
        Objects.requireNonNull(server.awaitReady(START_LIMIT).get("grpc"), "the echo's port");
    return new EchoClient(server, address, payloadBytes);
  }

  /** Where the server is. */
  public String address() {
    return address;
  }

  /** A unary echo. */
  public Operation unary() {
    return (intended, outcome) ->
        ClientCalls.asyncUnaryCall(
            channel.newCall(EchoWire.UNARY, CallOptions.DEFAULT), message, new Answer(outcome));
  }

  /** Echoes on one bidirectional stream, which this opens. */
  public Operation bidi() {
    return new BidiEcho(channel, message);
  }

  /**
   * Opens subscriptions, and returns when the server has them.
   *
   * @param sink takes what comes, on the network thread
   */
  public void subscribe(int count, Consumer<Payload> sink) throws InterruptedException {
    CountDownLatch open = new CountDownLatch(count);
    for (int i = 0; i < count; i++) {
      ClientCalls.asyncServerStreamingCall(
          channel.newCall(EchoWire.SUBSCRIBE, CallOptions.DEFAULT),
          Payload.newBuilder().setContentType(Integer.toString(i)).build(),
          new Subscription(open, sink));
    }
    if (!open.await(START_LIMIT.toSeconds(), TimeUnit.SECONDS)) {
      throw new IllegalStateException("the relay did not take all subscriptions");
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.kill();
  }

  private record Answer(Outcome outcome) implements StreamObserver<Payload> {
    @Override
    public void onNext(Payload answer) {
      outcome.done(System.nanoTime());
    }

    @Override
    public void onError(Throwable failure) {
      outcome.failed(failure.toString());
    }

    @Override
    public void onCompleted() {}
  }

  private record Subscription(CountDownLatch open, Consumer<Payload> sink)
      implements StreamObserver<Payload> {
    @Override
    public void onNext(Payload message) {
      if (message.getContentType().isEmpty()) {
        open.countDown();
      } else {
        sink.accept(message);
      }
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {}
  }
}
