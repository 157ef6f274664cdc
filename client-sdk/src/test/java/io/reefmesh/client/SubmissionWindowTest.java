package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.reefmesh.v1.SubmissionReceipt;
import io.reefmesh.v1.SubmissionRefusal;
import io.reefmesh.v1.SubmitTasksRequest;
import io.reefmesh.v1.Task;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.TaskSubmission;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SubmissionWindowTest {

  private final SubmissionWindow window =
      new SubmissionWindow(TaskStreamOptions.standard().withOutcomes());

  private StreamedTask add(String id) {
    return add(id, TaskSpecs.of("x"), 0);
  }

  private StreamedTask add(String id, TaskSpec spec, long nanos) {
    StreamedTask task = new StreamedTask(spec, new SubmitOptions(id), true, nanos);
    assertThat(window.add(task)).isTrue();
    return task;
  }

  private static SubmissionReceipt receipt(String id) {
    return SubmissionReceipt.newBuilder().setRequestId(id).setTaskId("t-" + id).build();
  }

  private static List<String> ids(@Nullable SubmitTasksRequest message) {
    return message == null
        ? List.of()
        : message.getSubmissionsList().stream().map(TaskSubmission::getRequestId).toList();
  }

  @Test
  void shouldGatherWhileSeveralMessagesAreWithoutReceipts() {
    List<List<String>> messages = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      add("r" + i);
      SubmitTasksRequest message = window.nextMessage(i == 0);
      if (message != null) {
        messages.add(ids(message));
        assertThat(message.getWantOutcomes()).isEqualTo(i == 0);
      }
    }
    assertThat(messages).hasSize(6).allMatch(ids -> ids.size() == 1);
    window.receipted(receipt("r2"));
    assertThat(ids(window.nextMessage(false))).containsExactly("r6", "r7", "r8", "r9");
  }

  @Test
  void shouldLimitAMessageByBytesAndByNumber() {
    TaskSpec large = TaskSpecs.data("x", "b", ByteString.copyFrom(new byte[600 << 10]));
    add("a", large, 0);
    add("b", large, 0);
    for (int i = 0; i < 700; i++) {
      add("r" + i);
    }
    assertThat(ids(window.nextMessage(true))).containsExactly("a");
    assertThat(ids(window.nextMessage(false))).hasSize(500).startsWith("b", "r0");
    assertThat(ids(window.nextMessage(false))).hasSize(201);
    assertThat(window.nextMessage(false)).isNull();
  }

  @Test
  void shouldSendAllAgainInItsOrderWhenTheConnectionBroke() {
    add("a");
    add("b");
    add("c");
    window.nextMessage(true);
    window.receipted(receipt("b"));
    assertThat(window.isReceipted()).isFalse();
    add("d");

    assertThat(window.lostConnection(-1)).isEmpty();

    assertThat(window.isReceipted()).isFalse();
    assertThat(ids(window.nextMessage(true))).containsExactly("a", "b", "c", "d");
    assertThat(window.ended(Task.newBuilder().setId("t-b").build())).isNull();
    for (String id : List.of("a", "b", "c", "d")) {
      window.receipted(receipt(id));
      assertThat(window.receipted(receipt(id))).as("a second receipt").isNull();
    }
    assertThat(window.isReceipted()).isTrue();
    assertThat(window.ended(Task.newBuilder().setId("t-b").build())).isNotNull();
    assertThat(window.size()).isEqualTo(3);
  }

  @Test
  void shouldGiveBackThoseWhoseRequestIdsMayBeForgottenSoon() {
    StreamedTask old = add("old", TaskSpecs.of("x"), 5);
    add("unanswered", TaskSpecs.of("x"), 5);
    add("new", TaskSpecs.of("x"), 50);
    window.nextMessage(true);
    window.receipted(receipt("old"));
    window.receipted(receipt("new"));

    assertThat(window.lostConnection(20)).containsExactly(old);
    assertThat(ids(window.nextMessage(true))).containsExactly("unanswered", "new");
    assertThat(window.forgotten("t-old")).isEqualTo(old);
  }

  @Test
  void shouldSendWhatWasRefusedForAWhileBehindTheOthers() {
    StreamedTask a = add("a");
    add("b");
    window.nextMessage(true);
    window.receipted(
        SubmissionReceipt.newBuilder()
            .setRequestId("a")
            .setRefusal(SubmissionRefusal.getDefaultInstance())
            .build());
    window.rest(a);
    add("c");
    assertThat(ids(window.nextMessage(false))).containsExactly("c");
    window.rested();
    assertThat(ids(window.nextMessage(false))).containsExactly("a");
  }

  @Test
  void shouldHaveRoomForANumberAndForBytes() {
    SubmissionWindow small = new SubmissionWindow(new TaskStreamOptions(false, 2, 10_000));
    TaskSpec large = TaskSpecs.data("x", "b", ByteString.copyFrom(new byte[20_000]));
    StreamedTask big = new StreamedTask(large, new SubmitOptions("big"), false, 0);
    assertThat(small.add(big)).as("the first one always fits").isTrue();
    assertThat(small.hasRoom()).isFalse();
    small.nextMessage(true);
    small.receipted(receipt("big"));
    assertThat(small.isEmpty()).isTrue();
    for (String id : List.of("a", "b")) {
      assertThat(small.add(new StreamedTask(TaskSpecs.of("x"), new SubmitOptions(id), false, 0)))
          .isTrue();
    }
    assertThat(small.hasRoom()).isFalse();
    assertThatThrownBy(() -> add("x").equals(add("x")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("in flight");
  }
}
