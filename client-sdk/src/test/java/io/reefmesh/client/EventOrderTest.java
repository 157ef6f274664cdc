package io.reefmesh.client;

import static io.reefmesh.client.Events.attempt;
import static io.reefmesh.client.Events.gap;
import static io.reefmesh.client.Events.output;
import static io.reefmesh.client.Events.state;
import static io.reefmesh.v1.TaskState.TASK_STATE_QUEUED;
import static io.reefmesh.v1.TaskState.TASK_STATE_RUNNING;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.TaskEvent;
import org.junit.jupiter.api.Test;

final class EventOrderTest {

  private final RecordingListener listener = new RecordingListener();
  private final GuardedListener out = new GuardedListener("task-1", listener);
  private EventOrder order = new EventOrder("");

  @Test
  void shouldPassEachThingOnceWhenTheyAreRepeated() {
    pass(state("1", TASK_STATE_RUNNING), attempt("2", 1), output("3", 1, 0, "abc"));

    assertThat(order.pass(state("4", TASK_STATE_RUNNING), out::hear)).isFalse();
    assertThat(order.pass(attempt("5", 1), out::hear)).isFalse();
    assertThat(order.pass(output("6", 1, 0, "abc"), out::hear)).isFalse();
    assertThat(listener.heard).containsExactly("state RUNNING", "attempt 1", "output 0 abc");
  }

  @Test
  void shouldPassAStateWhenItComesBackAfterAnother() {
    pass(
        state("1", TASK_STATE_QUEUED),
        state("2", TASK_STATE_RUNNING),
        state("3", TASK_STATE_QUEUED));

    assertThat(listener.heard).containsExactly("state QUEUED", "state RUNNING", "state QUEUED");
  }

  @Test
  void shouldCutWhatWasHeardWhenOutputOverlaps() {
    pass(output("1", 1, 0, "héllo"), output("2", 1, 0, "héllo world"));

    assertThat(listener.heard).containsExactly("output 0 héllo", "output 6  world");
  }

  @Test
  void shouldCutBytesWhenOutputIsNoText() {
    pass(data(0, 1, 2, 3), data(1, 2, 3, 4));

    assertThat(listener.heard).hasSize(2);
    assertThat(listener.heard.get(1)).isEqualTo("output 3 " + (char) 4);
  }

  @Test
  void shouldDropOutputWhenItsAttemptIsVoid() {
    pass(output("1", 1, 0, "old"), attempt("2", 2), output("3", 1, 3, "late"));
    pass(output("4", 2, 0, "new"));

    assertThat(listener.heard).containsExactly("output 0 old", "attempt 2", "output 0 new");
  }

  @Test
  void shouldAnnounceTheAttemptWhenOnlyItsOutputArrives() {
    pass(output("1", 1, 0, "old"), output("2", 2, 0, "new"), attempt("3", 2));

    assertThat(listener.heard).containsExactly("output 0 old", "attempt 2", "output 0 new");
  }

  @Test
  void shouldAnnounceAHoleWhenNobodyElseDid() {
    pass(output("1", 1, 0, "abc"), output("2", 1, 10, "xyz"));

    assertThat(listener.heard)
        .containsExactly(
            "output 0 abc", "gap bytes 3 to 9 of the output did not arrive", "output 10 xyz");
  }

  @Test
  void shouldPassTheGatewaysGapOnlyWhenItAnnouncedTheHole() {
    pass(output("1", 1, 0, "abc"), gap("2", "restarted"), output("3", 1, 10, "xyz"));

    assertThat(listener.heard).containsExactly("output 0 abc", "gap restarted", "output 10 xyz");
  }

  @Test
  void shouldNotCallItAHoleWhenTheWatchBeganInTheMiddle() {
    order = new EventOrder("some-cursor");
    pass(attempt("1", 2), output("2", 2, 500, "abc"), output("3", 2, 500, "abc"));

    assertThat(listener.heard).containsExactly("attempt 2", "output 500 abc");
  }

  @Test
  void shouldCallItAHoleWhenOutputFromTheStartIsMissing() {
    pass(output("1", 1, 5, "abc"));

    assertThat(listener.heard)
        .containsExactly("gap bytes 0 to 4 of the output did not arrive", "output 5 abc");
  }

  @Test
  void shouldPassOverEventsWhenItHasNoWordForThem() {
    assertThat(order.pass(TaskEvent.newBuilder().setCursor("1").build(), out::hear)).isFalse();
    assertThat(listener.heard).isEmpty();
  }

  @Test
  void shouldCallItAHoleAgainWhenTheGapWasOfTheAttemptBefore() {
    pass(output("1", 1, 0, "old"), gap("2", "restarted"), attempt("3", 2), output("4", 2, 7, "x"));

    assertThat(listener.heard)
        .containsExactly(
            "output 0 old",
            "gap restarted",
            "attempt 2",
            "gap bytes 0 to 6 of the output did not arrive",
            "output 7 x");
  }

  @Test
  void shouldPassBytesWhenACutFallsIntoACharacter() {
    pass(data(0, 'a', 0xC3), output("2", 1, 0, "aé!"));

    assertThat(listener.heard).hasSize(2);
    assertThat(listener.heard.get(1)).startsWith("output 2 ").endsWith("!");
  }

  private void pass(TaskEvent... events) {
    for (TaskEvent event : events) {
      order.pass(event, out::hear);
    }
  }

  private static TaskEvent data(long offset, int... bytes) {
    byte[] content = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      content[i] = (byte) bytes[i];
    }
    return TaskEvent.newBuilder()
        .setOutput(
            OutputChunk.newBuilder()
                .setAttempt(1)
                .setOffset(offset)
                .setData(ByteString.copyFrom(content)))
        .build();
  }
}
