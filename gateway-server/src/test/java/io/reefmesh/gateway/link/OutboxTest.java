package io.reefmesh.gateway.link;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.BeatReply;
import io.reefmesh.v1.Cancel;
import io.reefmesh.v1.Directive;
import io.reefmesh.v1.FinishedAck;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.Payload;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class OutboxTest {

  private final Outbox outbox = new Outbox();

  private static AttemptRef ref(int number) {
    return AttemptRef.newBuilder().setTaskId("task-" + number).setAttempt(1).build();
  }

  private boolean assign(int number, int bytes) {
    return outbox.assign(
        Assign.newBuilder()
            .setRef(ref(number))
            .setPayload(Payload.newBuilder().setData(ByteString.copyFrom(new byte[bytes])))
            .build(),
        number);
  }

  private List<LinkResponse> drain() {
    List<LinkResponse> messages = new ArrayList<>();
    @Nullable LinkResponse message;
    while ((message = outbox.next(7)) != null) {
      messages.add(message);
    }
    return messages;
  }

  @Test
  void shouldGiveBackWhatWasNotWrittenAndNothingElse() {
    assertThat(assign(1, 10)).isTrue();
    drain();
    assertThat(assign(2, 10)).isTrue();
    assertThat(assign(3, 10)).isTrue();
    assertThat(outbox.withdrawAll()).containsExactly(ref(2), ref(3));
    assertThat(outbox.withdrawAll()).isEmpty();
    assertThat(drain()).isEmpty();
  }

  @Test
  void shouldNumberMessagesAndSayWhatWasReceivedAtTheMomentOfWriting() {
    assertThat(outbox.control(LinkResponse.newBuilder().setBeatReply(BeatReply.newBuilder())))
        .isTrue();
    assertThat(assign(1, 10)).isTrue();
    List<LinkResponse> messages = drain();
    assertThat(messages).extracting(LinkResponse::getSequence).containsExactly(1L, 2L);
    assertThat(messages.get(0).getBeatReply().getReceivedThrough()).isEqualTo(7);
  }

  @Test
  void shouldPutControlBeforeAssignments() {
    assign(1, 10);
    assertThat(outbox.cancel(Cancel.newBuilder().setRef(ref(9)).build())).isTrue();
    outbox.control(LinkResponse.newBuilder().setBeatReply(BeatReply.newBuilder()));
    List<LinkResponse> messages = drain();
    assertThat(messages.get(0).hasBeatReply()).isTrue();
    Directive directive = messages.get(1).getDirective();
    assertThat(directive.getCancelsCount()).isEqualTo(1);
    assertThat(directive.getAssignsCount()).isEqualTo(1);
  }

  @Test
  void shouldTakeBackOnlyWhatHasNotBeenWritten() {
    assign(1, 10);
    assertThat(outbox.withdraw(ref(1))).isTrue();
    assertThat(drain()).isEmpty();
    assign(2, 10);
    drain();
    assertThat(outbox.withdraw(ref(2))).isFalse();
  }

  @Test
  void shouldHoldAssignmentsBehindOneWhosePayloadIsStillToCome() {
    assign(1, 10);
    Outbox.Waiting later =
        Objects.requireNonNull(
            outbox.assignLater(Assign.newBuilder().setRef(ref(2)).build(), 2, 5));
    assign(3, 10);
    outbox.ack(FinishedAck.newBuilder().setRef(ref(9)).build());

    // when
    List<LinkResponse> before = drain();

    // then
    assertThat(before).hasSize(1);
    assertThat(before.get(0).getDirective().getFinishedAcksCount()).isEqualTo(1);
    assertThat(before.get(0).getDirective().getAssignsList())
        .extracting(Assign::getRef)
        .containsExactly(ref(1));
    assertThat(outbox.pushesReceivedThrough(1)).isEqualTo(1);
    assertThat(drain()).isEmpty();

    // when
    outbox.complete(later, ByteString.copyFromUtf8("hello"));

    // then
    Directive after = drain().get(0).getDirective();
    assertThat(after.getAssignsList()).extracting(Assign::getRef).containsExactly(ref(2), ref(3));
    assertThat(after.getAssigns(0).getPayload().getData().toStringUtf8()).isEqualTo("hello");
    assertThat(outbox.pushesReceivedThrough(2)).isEqualTo(3);
  }

  @Test
  void shouldCountAPayloadThatIsStillToCome() {
    assertThat(outbox.assignLater(Assign.newBuilder().setRef(ref(1)).build(), 1, 16 << 20))
        .isNotNull();
    assertThat(assign(2, 10)).isFalse();
    assertThat(outbox.withdraw(ref(1))).isTrue();
    assertThat(assign(2, 10)).isTrue();
  }

  @Test
  void shouldKeepBatchesWithinTheirLimits() {
    for (int i = 1; i <= 100; i++) {
      assign(i, 10_000);
    }
    List<LinkResponse> messages = drain();
    assertThat(messages)
        .allSatisfy(
            message -> {
              assertThat(message.getDirective().getAssignsCount()).isLessThanOrEqualTo(64);
              assertThat(message.getSerializedSize()).isLessThan(300 * 1024);
            });
    assertThat(messages.stream().mapToInt(m -> m.getDirective().getAssignsCount()).sum())
        .isEqualTo(100);
  }

  @Test
  void shouldSendASingleEntryHoweverLargeButNotPileThemUp() {
    assertThat(assign(1, 20 << 20)).isTrue();
    assertThat(assign(2, 1 << 20)).as("more than 16 MiB waits").isFalse();
    assertThat(drain()).hasSize(1);
    assertThat(assign(3, 1 << 20)).isTrue();
  }

  @Test
  void shouldTellWhichPushesTheNodeHasReceived() {
    for (int i = 1; i <= 70; i++) {
      assign(i, 10);
    }
    List<LinkResponse> messages = drain();
    assertThat(messages).hasSize(2);
    assertThat(outbox.pushesReceivedThrough(0)).isZero();
    assertThat(outbox.pushesReceivedThrough(1)).isEqualTo(64);
    assertThat(outbox.pushesReceivedThrough(1)).isEqualTo(64);
    assertThat(outbox.pushesReceivedThrough(2)).isEqualTo(70);
  }

  @Test
  void shouldCountAWithdrawnPushAsReceivedWithTheNextOne() {
    assign(1, 10);
    assign(2, 10);
    outbox.withdraw(ref(2));
    drain();
    assign(3, 10);
    List<LinkResponse> messages = drain();
    assertThat(outbox.pushesReceivedThrough(1)).isEqualTo(1);
    assertThat(outbox.pushesReceivedThrough(messages.get(0).getSequence())).isEqualTo(3);
  }

  @Test
  void shouldRefuseControlThatNobodyReads() {
    FinishedAck ack = FinishedAck.newBuilder().setRef(ref(1)).build();
    int kept = 0;
    while (outbox.ack(ack)) {
      kept++;
    }
    assertThat(kept).isEqualTo(16_384);
  }

  @Test
  void shouldSendOnlyTheLatestOutputOffset() {
    outbox.outputReceived(ref(1), 100);
    outbox.outputReceived(ref(1), 300);
    assertThat(drain())
        .singleElement()
        .satisfies(
            message ->
                assertThat(message.getDirective().getOutputReceivedList())
                    .singleElement()
                    .satisfies(received -> assertThat(received.getOffset()).isEqualTo(300)));
  }
}
