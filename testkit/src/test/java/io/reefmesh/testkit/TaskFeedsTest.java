package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.ByteString;
import io.reefmesh.balancer.Requirement;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.gateway.watch.Cursor;
import io.reefmesh.gateway.watch.FeedEntry;
import io.reefmesh.gateway.watch.FeedReader;
import io.reefmesh.gateway.watch.TaskFeeds;
import io.reefmesh.v1.OutputChunk;
import io.reefmesh.v1.OutputKind;
import io.reefmesh.v1.TaskSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What watchers see of a task: in order, resumable, and never silently less than there was. */
final class TaskFeedsTest {

  private static final TaskId ID = TaskId.of(TaskId.EPOCH_MILLIS + 1, 1, 1);
  private static final int TASK_BYTES = 4_096;

  private final AtomicInteger wakes = new AtomicInteger();
  private final TaskFeeds feeds = new TaskFeeds(7, TASK_BYTES, 3 * TASK_BYTES, () -> 1_000);

  private static TaskView task(TaskId id, TaskState state, int attempt) {
    TaskTerms terms =
        new TaskTerms(
            "default",
            new Requirement("work", ImmutableSortedSet.of(), ImmutableMap.of()),
            5,
            null,
            null,
            false,
            1,
            1,
            1,
            0,
            TaskTerms.Retry.DEFAULT,
            0,
            0);
    return new TaskView(
        id,
        terms,
        new TaskBody(TaskSpec.getDefaultInstance(), "", ByteString.EMPTY, null),
        null,
        state,
        null,
        attempt,
        attempt == 0 ? null : "node",
        attempt == 0 ? null : "0",
        attempt == 0 ? 0 : 5,
        0,
        state.isFinal() ? 9 : 0,
        null,
        null,
        ImmutableList.of());
  }

  private static OutputChunk chunk(int attempt, long offset, String text) {
    return OutputChunk.newBuilder()
        .setAttempt(attempt)
        .setOffset(offset)
        .setKind(OutputKind.OUTPUT_KIND_TEXT)
        .setText(text)
        .build();
  }

  private FeedReader open(TaskState state, int attempt, @Nullable Cursor cursor) {
    return feeds.open(task(ID, state, attempt), cursor, wakes::incrementAndGet);
  }

  private static List<String> read(FeedReader reader) {
    List<String> seen = new ArrayList<>();
    FeedEntry entry;
    while ((entry = reader.next()) != null) {
      if (entry instanceof FeedEntry.State state) {
        seen.add("state " + state.task().state());
      } else if (entry instanceof FeedEntry.Attempt attempt) {
        seen.add("attempt " + attempt.attempt());
      } else if (entry instanceof FeedEntry.Output output) {
        seen.add(output.chunk().getText());
      } else if (entry instanceof FeedEntry.Gap) {
        seen.add("gap");
      } else if (entry instanceof FeedEntry.Finished finished) {
        seen.add("finished " + finished.task().state());
      }
    }
    return seen;
  }

  private Cursor at(FeedReader reader) {
    return Cursor.parse(feeds.cursor(reader.position())).orElseThrow();
  }

  @Test
  void shouldTellAllOfALifeInOrder() {
    FeedReader reader = open(TaskState.QUEUED, 0, null);
    feeds.changed(task(ID, TaskState.ASSIGNED, 1));
    feeds.changed(task(ID, TaskState.RUNNING, 1));
    feeds.output(ID, "node", chunk(1, 0, "one "));
    feeds.output(ID, "node", chunk(1, 4, "two"));
    feeds.changed(task(ID, TaskState.SUCCEEDED, 1));
    assertThat(read(reader))
        .containsExactly(
            "state QUEUED",
            "attempt 1",
            "state ASSIGNED",
            "state RUNNING",
            "one ",
            "two",
            "finished SUCCEEDED");
    assertThat(wakes).hasValueGreaterThan(3);
  }

  @Test
  void shouldGiveALateWatcherTheOutputButNoPastStates() {
    feeds.output(ID, "node", chunk(1, 0, "early "));
    feeds.changed(task(ID, TaskState.RUNNING, 1));
    FeedReader reader = open(TaskState.RUNNING, 1, null);
    feeds.output(ID, "node", chunk(1, 6, "late"));
    assertThat(read(reader)).containsExactly("state RUNNING", "attempt 1", "early ", "late");
  }

  @Test
  void shouldGoOnAtACursorWithoutLossOrRepeat() {
    FeedReader first = open(TaskState.RUNNING, 1, null);
    feeds.output(ID, "node", chunk(1, 0, "a"));
    assertThat(read(first)).containsExactly("state RUNNING", "attempt 1", "a");
    Cursor cursor = at(first);
    first.close();
    feeds.output(ID, "node", chunk(1, 1, "b"));
    assertThat(read(open(TaskState.RUNNING, 1, cursor))).containsExactly("b");
  }

  @Test
  void shouldTakeRepeatedOutputOnceAndShowWhatIsMissing() {
    FeedReader reader = open(TaskState.RUNNING, 1, null);
    feeds.output(ID, "node", chunk(1, 0, "abc"));
    feeds.output(ID, "node", chunk(1, 0, "abc"));
    feeds.output(ID, "node", chunk(1, 2, "cde"));
    feeds.output(ID, "node", chunk(1, 9, "xyz"));
    assertThat(read(reader))
        .containsExactly("state RUNNING", "attempt 1", "abc", "de", "gap", "xyz");
    assertThat(feeds.receivedBytes(ID, 1)).isEqualTo(12);
  }

  @Test
  void shouldMarkAnotherAttemptAndIgnoreTheOldOne() {
    FeedReader reader = open(TaskState.RUNNING, 1, null);
    feeds.output(ID, "node", chunk(1, 0, "half an ans"));
    feeds.changed(task(ID, TaskState.ASSIGNED, 2));
    feeds.output(ID, "node", chunk(1, 11, "wer"));
    feeds.output(ID, "node", chunk(2, 0, "anew"));
    assertThat(read(reader))
        .containsExactly(
            "state RUNNING", "attempt 1", "half an ans", "attempt 2", "state ASSIGNED", "anew");
  }

  @Test
  void shouldTellASlowReaderWhatItMissed() {
    FeedReader slow = open(TaskState.RUNNING, 1, null);
    String block = "x".repeat(1_000);
    for (int i = 0; i < 10; i++) {
      feeds.output(ID, "node", chunk(1, i * 1_000L, block));
    }
    List<String> seen = read(slow);
    assertThat(seen.subList(0, 2)).containsExactly("state RUNNING", "gap");
    assertThat(seen).hasSizeLessThan(8).endsWith(block);
  }

  @Test
  void shouldTellALateWatcherThatTheBeginningIsGone() {
    open(TaskState.RUNNING, 1, null);
    for (int i = 0; i < 10; i++) {
      feeds.output(ID, "node", chunk(1, i * 1_000L, "x".repeat(1_000)));
    }
    assertThat(read(open(TaskState.RUNNING, 1, null)).subList(0, 2))
        .containsExactly("gap", "state RUNNING");
  }

  @Test
  void shouldSayAGapForACursorOfAnotherLifeOrOfAFeedThatIsGone() {
    FeedReader reader = open(TaskState.QUEUED, 0, null);
    read(reader);
    Cursor cursor = at(reader);
    reader.close();
    feeds.left(ID);
    assertThat(feeds.size()).isZero();
    assertThat(read(open(TaskState.RUNNING, 1, cursor)))
        .containsExactly("gap", "state RUNNING", "attempt 1");
    assertThat(read(open(TaskState.RUNNING, 1, new Cursor(6, 1))))
        .containsExactly("gap", "state RUNNING", "attempt 1");
  }

  @Test
  void shouldKeepEndedFeedsOnlyAsLongAsThereIsRoom() {
    for (int i = 0; i < 20; i++) {
      TaskId id = TaskId.of(TaskId.EPOCH_MILLIS + 100, i, 0);
      feeds.output(id, "node", chunk(1, 0, "x".repeat(2_000)));
      feeds.changed(task(id, TaskState.SUCCEEDED, 1));
    }
    assertThat(feeds.size()).isBetween(1, 6);
    TaskId last = TaskId.of(TaskId.EPOCH_MILLIS + 100, 19, 0);
    FeedReader late = feeds.reopen(last, null, () -> {});
    assertThat(late).isNotNull();
  }

  @Test
  void shouldTellTheOutcomeAgainToWhoeverSawAllAndComesBack() {
    FeedReader reader = open(TaskState.RUNNING, 1, null);
    feeds.output(ID, "node", chunk(1, 0, "a"));
    feeds.changed(task(ID, TaskState.SUCCEEDED, 1));
    read(reader);
    Cursor end = at(reader);
    reader.close();
    FeedReader again = Objects.requireNonNull(feeds.reopen(ID, end, () -> {}));
    assertThat(read(again)).containsExactly("finished SUCCEEDED");
  }

  @Test
  void shouldKeepNoAccountOfFeedsThatAreGone() {
    for (int i = 0; i < 10; i++) {
      open(TaskState.RUNNING, 1, null).close();
      feeds.left(ID);
      assertThat(feeds.size()).isZero();
      assertThat(feeds.keptBytes()).isZero();
    }
  }

  @Test
  void shouldNotKeepAFeedThatOutputBeganAfterItsTaskHadEnded() {
    feeds.changed(task(ID, TaskState.SUCCEEDED, 1));
    feeds.output(ID, "node", chunk(1, 0, "straggler"));
    feeds.over(ID);
    assertThat(feeds.size()).isZero();
    assertThat(feeds.keptBytes()).isZero();
  }

  @Test
  void shouldKeepTheFeedOfAnEndedTaskThatKnowsOfItsOutcome() {
    feeds.output(ID, "node", chunk(1, 0, "in time"));
    feeds.changed(task(ID, TaskState.SUCCEEDED, 1));
    feeds.over(ID);
    assertThat(feeds.reopen(ID, null, () -> {})).isNotNull();
  }

  @Test
  void shouldWakeAWatcherThatCameJustWhenAnotherLeft() throws Exception {
    for (int round = 0; round < 2_000; round++) {
      TaskId id = TaskId.of(TaskId.EPOCH_MILLIS + 200, round, 0);
      FeedReader leaving = feeds.open(task(id, TaskState.RUNNING, 1), null, () -> {});
      CompletableFuture<Void> left =
          CompletableFuture.runAsync(
              () -> {
                leaving.close();
                feeds.left(id);
              });
      AtomicInteger woken = new AtomicInteger();
      feeds.open(task(id, TaskState.RUNNING, 1), null, woken::incrementAndGet);
      left.get(10, TimeUnit.SECONDS);
      feeds.changed(task(id, TaskState.SUCCEEDED, 1));
      assertThat(woken).as("round %d", round).hasValue(1);
    }
  }

  @Test
  void shouldReadBackItsCursorsAndNothingElse() {
    Cursor cursor = new Cursor(123_456, 1L << 40);
    assertThat(Cursor.parse(cursor.toString())).contains(cursor);
    for (String bad :
        List.of("", ".", "1", "1.", ".1", "-1.2", "1.-2", "a.b.c", "1.!", "9".repeat(80))) {
      assertThat(Cursor.parse(bad)).as(bad).isEmpty();
    }
  }
}
