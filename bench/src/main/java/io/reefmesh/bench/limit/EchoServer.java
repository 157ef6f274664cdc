package io.reefmesh.bench.limit;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.reefmesh.bench.process.ParentWatch;
import io.reefmesh.cli.ReadyLine;
import io.reefmesh.v1.Payload;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What gRPC can do on this machine when nothing is behind it: echoes on the network thread, and a
 * relay from one publisher to many subscribers. A process of its own.
 */
public final class EchoServer {

  private final Map<String, StreamObserver<Payload>> subscribers = new ConcurrentHashMap<>();

  private EchoServer() {}

  /**
   * Serves until it is killed.
   *
   * @param arguments the process to end with
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    ParentWatch.haltWithout(Long.parseLong(arguments[0]));
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .directExecutor()
            .addService(new EchoServer().service())
            .build()
            .start();
    System.out.println(
        new ReadyLine("echo", Map.of("grpc", "127.0.0.1:" + server.getPort())).format());
    server.awaitTermination();
  }

  private ServerServiceDefinition service() {
    return ServerServiceDefinition.builder(EchoWire.SERVICE)
        .addMethod(EchoWire.UNARY, ServerCalls.asyncUnaryCall(EchoServer::echo))
        .addMethod(EchoWire.BIDI, ServerCalls.asyncBidiStreamingCall(EchoServer::echoes))
        .addMethod(EchoWire.PUBLISH, ServerCalls.asyncBidiStreamingCall(this::publish))
        .addMethod(EchoWire.SUBSCRIBE, ServerCalls.asyncServerStreamingCall(this::subscribe))
        .build();
  }

  private static void echo(Payload request, StreamObserver<Payload> answer) {
    answer.onNext(request);
    answer.onCompleted();
  }

  private static StreamObserver<Payload> echoes(StreamObserver<Payload> answers) {
    return new Inbound(answers) {
      @Override
      public void onNext(Payload message) {
        answers.onNext(message);
      }
    };
  }

  private void subscribe(Payload who, StreamObserver<Payload> messages) {
    ((ServerCallStreamObserver<Payload>) messages).setOnCancelHandler(() -> {});
    subscribers.put(who.getContentType(), messages);
    // So that the subscriber knows.
    messages.onNext(Payload.getDefaultInstance());
  }

  private StreamObserver<Payload> publish(StreamObserver<Payload> answers) {
    return new Inbound(answers) {
      @Override
      public void onNext(Payload message) {
        StreamObserver<Payload> to = subscribers.get(message.getContentType());
        if (to != null) {
          to.onNext(message);
        }
      }
    };
  }

  private abstract static class Inbound implements StreamObserver<Payload> {
    private final StreamObserver<Payload> answers;

    Inbound(StreamObserver<Payload> answers) {
      this.answers = answers;
      ((ServerCallStreamObserver<Payload>) answers).setOnCancelHandler(() -> {});
    }

    @Override
    public void onError(Throwable failure) {}

    @Override
    public void onCompleted() {
      answers.onCompleted();
    }
  }
}
