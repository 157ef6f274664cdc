package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.Payloads;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.v1.Accepted;
import io.reefmesh.v1.AckStatus;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.Beat;
import io.reefmesh.v1.Finished;
import io.reefmesh.v1.HeldAttempt;
import io.reefmesh.v1.Hello;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.NodeMessage;
import io.reefmesh.v1.NodeServiceGrpc;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.Report;
import io.reefmesh.v1.TaskState;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What the gateway makes of nodes that break the rules: they are refused, and nobody else notices.
 */
@Timeout(60)
final class LinkRulesTest {

  private final TestMesh mesh = TestMesh.inMemory();
  private final MeshClient client = mesh.client();
  private final ManagedChannel channel =
      NettyChannelBuilder.forTarget(mesh.target()).usePlaintext().build();

  @AfterEach
  void close() {
    channel.shutdownNow();
    mesh.close();
  }

  /** A node that says what it is told to say. */
  private final class RawNode implements StreamObserver<LinkResponse> {
    private final BlockingQueue<LinkResponse> heard = new LinkedBlockingQueue<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();
    private final StreamObserver<LinkRequest> say = NodeServiceGrpc.newStub(channel).link(this);
    private long sequence;

    @Override
    public void onNext(LinkResponse response) {
      heard.add(response);
    }

    @Override
    public void onError(Throwable t) {
      end.complete(Status.fromThrowable(t));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }

    void say(LinkRequest.Builder message) {
      say.onNext(message.setSequence(++sequence).build());
    }

    void hello(String id) {
      say(
          LinkRequest.newBuilder()
              .setHello(
                  Hello.newBuilder()
                      .setProtocolVersion(1)
                      .setNodeId(id)
                      .setIncarnation("00000000000000ff")
                      .addTaskTypes("raw")
                      .setSlots(4)));
      hear(LinkResponse::hasWelcome);
    }

    void beat(HeldAttempt... held) {
      say(
          LinkRequest.newBuilder()
              .setBeat(Beat.newBuilder().setSlots(4).addAllHeld(java.util.List.of(held))));
    }

    LinkResponse hear(Predicate<LinkResponse> wanted) {
      try {
        while (true) {
          LinkResponse response = heard.poll(10, TimeUnit.SECONDS);
          if (response == null) {
            throw new AssertionError("nothing of that kind was heard");
          }
          if (wanted.test(response)) {
            return response;
          }
        }
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
    }

    void finish(AttemptRef ref) {
      say(
          LinkRequest.newBuilder()
              .setReport(
                  Report.newBuilder()
                      .addFinished(
                          Finished.newBuilder()
                              .setRef(ref)
                              .setResult(Payload.getDefaultInstance()))));
    }

    AckStatus ackOf(AttemptRef ref) {
      return hear(response ->
              response.getDirective().getFinishedAcksList().stream()
                  .anyMatch(ack -> ack.getRef().equals(ref)))
          .getDirective()
          .getFinishedAcks(0)
          .getStatus();
    }

    Status end() throws Exception {
      return end.get(15, TimeUnit.SECONDS);
    }
  }

  private void othersAreUndisturbed() throws Exception {
    mesh.node(
        "honest",
        1,
        new FunctionHandler("echo", c -> io.reefmesh.node.TaskOutput.data(c.payload())));
    assertThat(Payloads.text(client.run(TaskSpecs.text("echo", "fine")).getResult()))
        .isEqualTo("fine");
  }

  @Test
  void shouldEndALinkThatDoesNotBeginWithHello() throws Exception {
    RawNode node = new RawNode();
    node.beat();
    Status status = node.end();
    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).contains("hello");
    othersAreUndisturbed();
  }

  @Test
  void shouldEndALinkThatNeverSaysHello() throws Exception {
    RawNode node = new RawNode();
    Status status = node.end();
    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).contains("within 10 s");
  }

  @Test
  void shouldEndALinkThatSaysHelloTwice() throws Exception {
    RawNode node = new RawNode();
    node.hello("twice");
    node.say(LinkRequest.newBuilder().setHello(Hello.newBuilder().setProtocolVersion(1)));
    assertThat(node.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    othersAreUndisturbed();
  }

  @Test
  void shouldEndALinkThatNamesADurationOutOfRange() throws Exception {
    RawNode node = new RawNode();
    node.hello("timeless");
    node.say(
        LinkRequest.newBuilder()
            .setReport(
                Report.newBuilder()
                    .addRefused(
                        io.reefmesh.v1.Refused.newBuilder()
                            .setRef(
                                AttemptRef.newBuilder().setTaskId("0000000000001").setAttempt(1))
                            .setRetryAfter(
                                com.google.protobuf.Duration.newBuilder()
                                    .setSeconds(Long.MAX_VALUE)))));
    assertThat(node.end().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    othersAreUndisturbed();
  }

  @Test
  void shouldEndALinkThatSkipsASequence() throws Exception {
    RawNode node = new RawNode();
    node.hello("skips");
    node.sequence = 41;
    node.beat();
    assertThat(node.end().getDescription()).contains("sequence");
  }

  @Test
  void shouldRefuseABadHelloWithItsFields() throws Exception {
    RawNode node = new RawNode();
    node.say(
        LinkRequest.newBuilder()
            .setHello(
                Hello.newBuilder()
                    .setProtocolVersion(1)
                    .setNodeId("not an id")
                    .setIncarnation("short")
                    .setSlots(-1)));
    Status status = node.end();
    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).contains("hello.node_id").contains("and 2 more");
  }

  @Test
  void shouldRefuseAProtocolThatIsNotSpokenHere() throws Exception {
    RawNode node = new RawNode();
    node.say(LinkRequest.newBuilder().setHello(Hello.newBuilder().setProtocolVersion(99)));
    assertThat(node.end().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
  }

  @Test
  void shouldTellANodeToDropWhatItShouldNotHold() {
    RawNode node = new RawNode();
    node.hello("holds");
    AttemptRef stray = AttemptRef.newBuilder().setTaskId("06xkqk9zr000r").setAttempt(3).build();
    node.beat(HeldAttempt.newBuilder().setRef(stray).build());
    assertThat(node.hear(LinkResponse::hasBeatReply).getBeatReply().getDropList())
        .containsExactly(stray);
  }

  @Test
  void shouldTakeAResultOnceAndOnlyFromItsHolder() throws Exception {
    RawNode holder = new RawNode();
    holder.hello("holder");
    TaskHandle handle = client.submit(TaskSpecs.of("raw"));
    AttemptRef ref =
        holder
            .hear(response -> response.getDirective().getAssignsCount() > 0)
            .getDirective()
            .getAssigns(0)
            .getRef();
    holder.say(
        LinkRequest.newBuilder()
            .setReport(Report.newBuilder().addAccepted(Accepted.newBuilder().setRef(ref))));
    RawNode thief = new RawNode();
    thief.hello("thief");
    thief.finish(ref);
    assertThat(thief.ackOf(ref)).isEqualTo(AckStatus.ACK_STATUS_STALE);
    assertThat(client.get(ref.getTaskId()).getState()).isEqualTo(TaskState.TASK_STATE_RUNNING);
    holder.finish(ref);
    assertThat(holder.ackOf(ref)).isEqualTo(AckStatus.ACK_STATUS_RECORDED);
    holder.finish(ref);
    assertThat(holder.ackOf(ref)).isEqualTo(AckStatus.ACK_STATUS_RECORDED);
    assertThat(handle.outcome().get(10, TimeUnit.SECONDS).getAttempts(0).getNodeId())
        .isEqualTo("holder");
    AttemptRef unknown = ref.toBuilder().setTaskId("0000000000001").build();
    holder.finish(unknown);
    assertThat(holder.ackOf(unknown)).isEqualTo(AckStatus.ACK_STATUS_UNKNOWN);
  }

  @Test
  void shouldCarryMessagesBetweenNodes() {
    RawNode a = new RawNode();
    a.hello("a");
    RawNode b = new RawNode();
    b.hello("b");
    RawNode c = new RawNode();
    c.hello("c");
    NodeMessage toAll = NodeMessage.newBuilder().setTopic("news").setFromNodeId("forged").build();
    a.say(LinkRequest.newBuilder().setNodeMessage(toAll));
    NodeMessage direct = NodeMessage.newBuilder().setTopic("word").setToNodeId("c").build();
    a.say(LinkRequest.newBuilder().setNodeMessage(direct));
    assertThat(b.hear(LinkResponse::hasNodeMessage).getNodeMessage().getFromNodeId())
        .isEqualTo("a");
    assertThat(c.hear(r -> r.getNodeMessage().getTopic().equals("word")).getNodeMessage())
        .isEqualTo(direct.toBuilder().setFromNodeId("a").build());
    assertThat(b.heard).isEmpty();
  }

  @Test
  void shouldRefuseWhatIsNoTaskId() throws Exception {
    RawNode node = new RawNode();
    node.hello("garbles");
    node.finish(AttemptRef.newBuilder().setTaskId("no id").setAttempt(1).build());
    Status status = node.end();
    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).contains("report.finished");
    assertThat(new StatusRuntimeException(status)).hasMessageNotContaining("Exception");
    othersAreUndisturbed();
  }
}
