package io.reefmesh.node;

import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.reefmesh.v1.Directive;
import io.reefmesh.v1.Finished;
import io.reefmesh.v1.FinishedAck;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.NodeServiceGrpc;
import io.reefmesh.v1.Report;
import io.reefmesh.v1.Welcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** Welcomes whoever comes, gives one task, acks its end. */
final class OneTaskGateway extends NodeServiceGrpc.NodeServiceImplBase implements AutoCloseable {
  private final String type;
  final Server server;
  final CompletableFuture<Boolean> accepted = new CompletableFuture<>();
  final CompletableFuture<Finished> finished = new CompletableFuture<>();
  final CompletableFuture<Boolean> leaving = new CompletableFuture<>();
  final CompletableFuture<Boolean> left = new CompletableFuture<>();

  OneTaskGateway(String type) throws IOException {
    this.type = type;
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(this)
            .build()
            .start();
  }

  String address() {
    return "127.0.0.1:" + server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  @Override
  public StreamObserver<LinkRequest> link(StreamObserver<LinkResponse> out) {
    return new StreamObserver<>() {
      private long sequence;

      @Override
      public void onNext(LinkRequest message) {
        if (message.hasHello()) {
          say(LinkResponse.newBuilder().setWelcome(Welcome.newBuilder().setGatewayId("g")));
          say(
              LinkResponse.newBuilder()
                  .setDirective(
                      Directive.newBuilder().addAssigns(FakeGateway.assignment("a", 1, type))));
        } else if (message.hasReport()) {
          take(message.getReport());
        } else if (message.hasLeaving()) {
          (message.getLeaving().getUnregister() ? left : leaving).complete(true);
        }
      }

      /** A short task's end comes with its beginning, or after it. */
      private void take(Report report) {
        if (report.getAcceptedCount() > 0) {
          accepted.complete(true);
        }
        if (report.getFinishedCount() > 0) {
          Finished end = report.getFinished(0);
          say(
              LinkResponse.newBuilder()
                  .setDirective(
                      Directive.newBuilder()
                          .addFinishedAcks(FinishedAck.newBuilder().setRef(end.getRef()))));
          finished.complete(end);
        }
      }

      private void say(LinkResponse.Builder message) {
        out.onNext(message.setSequence(++sequence).build());
      }

      @Override
      public void onError(Throwable thrown) {
        left.completeExceptionally(thrown);
      }

      @Override
      public void onCompleted() {
        out.onCompleted();
      }
    };
  }
}
