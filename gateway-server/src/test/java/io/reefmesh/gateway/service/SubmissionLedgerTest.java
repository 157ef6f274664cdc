package io.reefmesh.gateway.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.ByteString;
import io.reefmesh.balancer.Requirement;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.store.ResultBody;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.v1.PayloadForm;
import io.reefmesh.v1.SubmissionReceipt;
import io.reefmesh.v1.SubmitTasksResponse;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class SubmissionLedgerTest {

  private static final TaskTerms TERMS =
      new TaskTerms(
          "p",
          new Requirement("ping", ImmutableSortedSet.of(), ImmutableMap.of()),
          5,
          null,
          null,
          false,
          1,
          1,
          1,
          0,
          new TaskTerms.Retry(1, 0, 1, 0, ImmutableSet.of()),
          0,
          0);

  private final OutcomeMemory memory = new OutcomeMemory(8 << 20);
  private SubmissionLedger ledger = new SubmissionLedger(memory);

  private static TaskId id(int n) {
    return TaskId.of(1_800_000_000_000L + n, 0, 0);
  }

  private static TaskView ended(int n) {
    return new TaskView(
        id(n),
        TERMS,
        new TaskBody(TaskSpec.getDefaultInstance(), "", ByteString.copyFromUtf8("in"), null),
        null,
        TaskState.SUCCEEDED,
        null,
        1,
        "n",
        "i",
        1,
        1,
        2,
        null,
        new ResultBody("text/plain", ByteString.copyFromUtf8("out " + n), null),
        ImmutableList.of());
  }

  private static SubmissionReceipt receipt(int n) {
    return SubmissionReceipt.newBuilder().setRequestId("r" + n).setTaskId(id(n).toString()).build();
  }

  private List<SubmitTasksResponse> messages() {
    List<SubmitTasksResponse> messages = new ArrayList<>();
    for (SubmitTasksResponse next = ledger.nextMessage();
        next != null;
        next = ledger.nextMessage()) {
      messages.add(next);
    }
    return messages;
  }

  @Test
  void shouldNotReadOnWhenAFullMessageMoreWouldPassTheLimit() {
    ledger.owe(3_096, 0);
    assertThat(ledger.mayReadOn()).isTrue();
    ledger.owe(1, 0);
    assertThat(ledger.mayReadOn()).isFalse();
    ledger.receipt(receipt(1), 0);
    assertThat(ledger.mayReadOn()).as("made, not sent").isFalse();
    messages();
    assertThat(ledger.mayReadOn()).isTrue();
  }

  @Test
  void shouldNotReadOnWhenTooManyBytesWaitForReceipts() {
    ledger.owe(1, (16 << 20) + 1);
    assertThat(ledger.mayReadOn()).isFalse();
    ledger.receipt(receipt(1), (16 << 20) + 1);
    messages();
    assertThat(ledger.mayReadOn()).isTrue();
  }

  @Test
  void shouldSendReceiptsBeforeOutcomesAndNoMessageWithMoreThanAThousand() {
    ledger.begin(true, PayloadForm.PAYLOAD_FORM_UNSPECIFIED);
    ledger.owe(1_500, 0);
    for (int n = 0; n < 1_500; n++) {
      ledger.receipt(receipt(n), 0);
    }
    ledger.await(id(3));
    ledger.ended(ended(3));

    List<SubmitTasksResponse> messages = messages();

    assertThat(messages)
        .extracting(SubmitTasksResponse::getReceiptsCount)
        .containsExactly(1_000, 500);
    assertThat(messages).extracting(SubmitTasksResponse::getOutcomesCount).containsExactly(0, 1);
    Task outcome = messages.get(1).getOutcomes(0);
    assertThat(outcome.getResult().getData().toStringUtf8()).isEqualTo("out 3");
    assertThat(outcome.getSpec().hasPayload()).isFalse();
    assertThat(ledger.isSettled()).isTrue();
  }

  @Test
  void shouldKeepSomeBytesOfOutcomesWholeAndGiveThemBackWhenTheyAreSent() {
    // given
    ledger.begin(true, PayloadForm.PAYLOAD_FORM_DATA);
    for (int n = 0; n < 9_000; n++) {
      ledger.await(id(n));
      ledger.ended(ended(n));
    }
    // then
    int[] untaken = ledger.untaken();
    assertThat(untaken[0]).as("whole").isBetween(3_900, 4_096);
    assertThat(untaken[0] + untaken[1]).isEqualTo(9_000);
    assertThat(memory.used()).isBetween(3L << 20, 4L << 20);
    // when
    int sent = messages().stream().mapToInt(SubmitTasksResponse::getOutcomesCount).sum();
    // then
    assertThat(sent).isEqualTo(untaken[0]);
    assertThat(memory.used()).isZero();
  }

  @Test
  void shouldGiveBackWhatItKeptWhenNobodyIsThereAnyMore() {
    ledger.begin(true, PayloadForm.PAYLOAD_FORM_DATA);
    ledger.await(id(1));
    ledger.ended(ended(1));
    ledger.drop();
    assertThat(memory.used()).isZero();
  }

  @Test
  void shouldKeepIdsOnlyWhenAllStreamsTogetherHoldTooMuch() {
    ledger = new SubmissionLedger(new OutcomeMemory(0));
    ledger.begin(true, PayloadForm.PAYLOAD_FORM_DATA);
    for (int n = 0; n < 9_000; n++) {
      ledger.await(id(n));
      ledger.ended(ended(n));
    }

    assertThat(ledger.untaken()).containsExactly(0, 9_000);
    assertThat(ledger.mayReadOn()).isFalse();
    assertThat(ledger.isSettled()).isFalse();
    List<TaskId> first = ledger.toRead();
    assertThat(first).hasSize(32).startsWith(id(0), id(1));
    assertThat(ledger.toRead()).as("one reading at a time").isEmpty();
    ledger.wereRead(first, Map.of());
    assertThat(messages())
        .singleElement()
        .satisfies(message -> assertThat(message.getForgottenTaskIdsList()).hasSize(32));
  }

  @Test
  void shouldSendAnOutcomeOnceAlthoughItIsHeardOfTwice() {
    ledger.begin(true, PayloadForm.PAYLOAD_FORM_DATA);
    ledger.await(id(1));
    ledger.ended(ended(1));
    ledger.endedBefore(id(1));
    ledger.ended(ended(1));
    assertThat(messages())
        .singleElement()
        .satisfies(message -> assertThat(message.getOutcomesCount()).isEqualTo(1));
    assertThat(ledger.isSettled()).isTrue();
  }
}
