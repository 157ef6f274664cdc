package io.reefmesh.node;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.BeatReply;
import io.reefmesh.v1.Directive;
import io.reefmesh.v1.FinishedAck;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.NodeServiceGrpc;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.Report;
import io.reefmesh.v1.Welcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A gateway over the in-process transport that records what nodes say and says what it is told. By
 * itself it only answers beats, and only if it is not silent. Everything runs on the test's thread.
 */
final class FakeGateway extends NodeServiceGrpc.NodeServiceImplBase implements AutoCloseable {

  /** One link as the gateway sees it. */
  final class Link implements StreamObserver<LinkRequest> {
    final List<LinkRequest> heard = new ArrayList<>();
    final ServerCallStreamObserver<LinkResponse> out;
    @Nullable Throwable error;
    boolean completed;
    private long sequence;

    Link(ServerCallStreamObserver<LinkResponse> out) {
      this.out = out;
    }

    @Override
    public void onNext(LinkRequest message) {
      heard.add(message);
      if (message.hasBeat() && !silent) {
        say(LinkResponse.newBuilder().setBeatReply(BeatReply.newBuilder()));
      }
    }

    @Override
    public void onError(Throwable thrown) {
      error = thrown;
    }

    @Override
    public void onCompleted() {
      completed = true;
      out.onCompleted();
    }

    void say(LinkResponse.Builder message) {
      out.onNext(message.setSequence(++sequence).build());
    }

    void say(Directive.Builder directive) {
      say(LinkResponse.newBuilder().setDirective(directive));
    }

    void welcome() {
      welcome(Welcome.newBuilder());
    }

    void welcome(Welcome.Builder welcome) {
      say(
          LinkResponse.newBuilder()
              .setWelcome(
                  welcome
                      .setGatewayId("g1")
                      .setBeatInterval(Duration.newBuilder().setSeconds(5))
                      .setLease(Duration.newBuilder().setSeconds(15))));
    }

    void assign(String task, int attempt, String type) {
      say(Directive.newBuilder().addAssigns(assignment(task, attempt, type)));
    }

    void ack(String task, int attempt) {
      say(
          Directive.newBuilder()
              .addFinishedAcks(FinishedAck.newBuilder().setRef(ref(task, attempt))));
    }

    void breakDown() {
      out.onError(Status.UNAVAILABLE.withDescription("cut").asRuntimeException());
    }

    Report reports() {
      Report.Builder all = Report.newBuilder();
      heard.stream().filter(LinkRequest::hasReport).forEach(m -> all.mergeFrom(m.getReport()));
      return all.build();
    }

    long beats() {
      return heard.stream().filter(LinkRequest::hasBeat).count();
    }

    String output() {
      StringBuilder text = new StringBuilder();
      reports().getOutputList().forEach(output -> text.append(output.getChunk().getText()));
      return text.toString();
    }
  }

  final String name = "gateway-" + UUID.randomUUID();
  final List<Link> links = new ArrayList<>();
  boolean silent;

  /** When false, links are not read on from their next message. */
  boolean reads = true;

  private final Server server;

  FakeGateway() throws IOException {
    server = InProcessServerBuilder.forName(name).directExecutor().addService(this).build().start();
  }

  @Override
  public StreamObserver<LinkRequest> link(StreamObserver<LinkResponse> out) {
    ServerCallStreamObserver<LinkResponse> call = (ServerCallStreamObserver<LinkResponse>) out;
    Link link = new Link(call);
    call.setOnCancelHandler(() -> {});
    if (!reads) {
      call.disableAutoRequest();
      call.request(1);
    }
    links.add(link);
    return link;
  }

  /** The newest link. */
  Link link() {
    return links.get(links.size() - 1);
  }

  ManagedChannel dial(String target) {
    return InProcessChannelBuilder.forName(target).directExecutor().disableRetry().build();
  }

  static AttemptRef ref(String task, int attempt) {
    return AttemptRef.newBuilder().setTaskId(task).setAttempt(attempt).build();
  }

  static Assign assignment(String task, int attempt, String type) {
    return Assign.newBuilder()
        .setRef(ref(task, attempt))
        .setType(type)
        .setPayload(Payload.newBuilder().setData(ByteString.copyFromUtf8("payload of " + task)))
        .setAttemptsLeft(2)
        .build();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
