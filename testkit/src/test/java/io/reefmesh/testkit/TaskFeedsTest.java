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
    return Cursor.parse(feeds.cursor(reader)).orElseThrow();
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
    assertThat(seen.subList(0, 3)).containsExactly("state RUNNING", "attempt 1", "gap");
    assertThat(seen).hasSizeLessThan(8).endsWith(block);
  }

  @Test
  void shouldTellALateWatcherThatTheBeginningIsGone() {
    open(TaskState.RUNNING, 1, null);
    for (int i = 0; i < 10; i++) {
      feeds.output(ID, "node", chunk(1, i * 1_000L, "x".repeat(1_000)));
    }
    assertThat(read(open(TaskState.RUNNING, 1, null)).subList(0, 3))
        .containsExactly("state RUNNING", "attempt 1", "gap");
  }

  @Test
  void shouldMarkTheAttemptWhenItsBeginningIsGone() {
    // given: a slow watcher that saw half an answer, and a second attempt that wrote a lot
    FeedReader slow = open(TaskState.RUNNING, 1, null);
    feeds.output(ID, "node", chunk(1, 0, "half"));
    assertThat(read(slow)).containsExactly("state RUNNING", "attempt 1", "half");
    Cursor half = at(slow);
    feeds.changed(task(ID, TaskState.ASSIGNED, 2));
    for (int i = 0; i < 10; i++) {
      feeds.output(ID, "node", chunk(2, i * 1_000L, "y".repeat(1_000)));
    }

    // when, then: it hears that the half is void before it hears of the gap
    assertThat(read(slow).subList(0, 3)).containsExactly("attempt 2", "gap", "y".repeat(1_000));
    assertThat(read(open(TaskState.RUNNING, 2, half)).subList(0, 4))
        .containsExactly("state RUNNING", "attempt 2", "gap", "y".repeat(1_000));
  }

  @Test
  void shouldSayTheGapAgainWhenTheStreamWasCutBeforeIt() {
    // given
    open(TaskState.RUNNING, 1, null);
    for (int i = 0; i < 10; i++) {
      feeds.output(ID, "node", chunk(1, i * 1_000L, "x".repeat(1_000)));
    }

    // when, then: wherever the beginning is cut, the gap is heard in the end
    for (int heard = 1; heard <= 3; heard++) {
      for (Cursor begin : new @Nullable Cursor[] {null, new Cursor(3, 1)}) {
        FeedReader cut = open(TaskState.RUNNING, 1, begin);
        List<String> seen = new ArrayList<>();
        for (int i = 0; i < heard; i++) {
          seen.add(Objects.requireNonNull(cut.next()).getClass().getSimpleName());
        }
        cut.close();
        boolean saidGap = seen.contains("Gap");
        assertThat(read(open(TaskState.RUNNING, 1, at(cut))).contains("gap")).isEqualTo(!saidGap);
      }
    }
  }

  @Test
  void shouldSayTheGapOfAnEarlierLifeAgainWhenTheStreamWasCutBeforeIt() {
    FeedReader cut = open(TaskState.RUNNING, 1, new Cursor(6, 1));
    assertThat(cut.next()).isInstanceOf(FeedEntry.State.class);
    cut.close();

    assertThat(read(open(TaskState.RUNNING, 1, at(cut))))
        .containsExactly("state RUNNING", "gap", "attempt 1");
  }

  @Test
  void shouldNotGoBackToOlderStatesWhenALateWatcherIsCutAndComesBack() {
    // given: three states before the watcher came, and output after each
    FeedReader first = open(TaskState.QUEUED, 0, null);
    feeds.changed(task(ID, TaskState.ASSIGNED, 1));
    feeds.changed(task(ID, TaskState.RUNNING, 1));
    feeds.output(ID, "node", chunk(1, 0, "a"));
    FeedReader late = open(TaskState.RUNNING, 1, null);
    assertThat(late.next()).isInstanceOf(FeedEntry.State.class);
    assertThat(late.next()).isInstanceOf(FeedEntry.Attempt.class);

    // when
    late.close();
    Cursor cursor = at(late);

    // then
    assertThat(Cursor.parse(cursor.toString())).contains(cursor);
    assertThat(read(open(TaskState.RUNNING, 1, cursor))).containsExactly("a");
    assertThat(read(first)).hasSize(5);
  }

  @Test
  void shouldSayThatTheEndIsMissingWhenAResultComesAfterItsNodeWasGivenUp() {
    FeedReader reader = open(TaskState.RUNNING, 1, null);
    feeds.output(ID, "node", chunk(1, 0, "half"));
    feeds.changed(task(ID, TaskState.QUEUED, 1));
    feeds.changed(task(ID, TaskState.SUCCEEDED, 1));

    assertThat(read(reader))
        .containsExactly(
            "state RUNNING", "attempt 1", "half", "state QUEUED", "gap", "finished SUCCEEDED");
  }

  @Test
  void shouldSayNoGapWhenATaskThatNeverRanIsWatchedOverARestart() {
    assertThat(read(open(TaskState.QUEUED, 0, new Cursor(6, 1)))).containsExactly("state QUEUED");
  }

  @Test
  void shouldLetGoOfEndedFeedsBeforeLiveOnesWhenAllIsFull() {
    // given: as much of ended tasks as may be kept
    for (int i = 0; i < 6; i++) {
      TaskId id = TaskId.of(TaskId.EPOCH_MILLIS + 300, i, 0);
      feeds.output(id, "node", chunk(1, 0, "x".repeat(1_900)));
      feeds.changed(task(id, TaskState.SUCCEEDED, 1));
    }
    int before = feeds.size();

    // when: a live task writes, and its watcher is slow
    FeedReader slow = open(TaskState.RUNNING, 1, null);
    feeds.output(ID, "node", chunk(1, 0, "a".repeat(1_500)));
    feeds.output(ID, "node", chunk(1, 1_500, "b".repeat(1_500)));

    // then
    assertThat(read(slow))
        .containsExactly("state RUNNING", "attempt 1", "a".repeat(1_500), "b".repeat(1_500));
    assertThat(feeds.size()).isLessThan(before + 1);
    assertThat(feeds.keptBytes()).isLessThanOrEqualTo(3 * TASK_BYTES);
  }

  @Test
  void shouldKeepNoMoreThanAllowedHoweverManyTasksWrite() {
    List<FeedReader> readers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      TaskId id = TaskId.of(TaskId.EPOCH_MILLIS + 400, i, 0);
      readers.add(feeds.open(task(id, TaskState.RUNNING, 1), null, () -> {}));
      feeds.output(id, "node", chunk(1, 0, "x".repeat(3_000)));
      assertThat(feeds.keptBytes()).isLessThanOrEqualTo(3 * TASK_BYTES);
    }
    for (FeedReader reader : readers) {
      List<String> seen = read(reader);
      assertThat(seen.contains("gap") || seen.contains("x".repeat(3_000))).isTrue();
    }
  }

  @Test
  void shouldLeaveASlowWatcherOnlyTheOutcomeWhenAnEndedFeedGoes() {
    FeedReader slow = open(TaskState.RUNNING, 1, null);
    feeds.output(ID, "node", chunk(1, 0, "x".repeat(3_000)));
    feeds.changed(task(ID, TaskState.SUCCEEDED, 1));
    for (int i = 0; i < 8; i++) {
      TaskId id = TaskId.of(TaskId.EPOCH_MILLIS + 500, i, 0);
      feeds.output(id, "node", chunk(1, 0, "x".repeat(3_000)));
      feeds.changed(task(id, TaskState.SUCCEEDED, 1));
    }

    assertThat(feeds.reopen(ID, null, () -> {})).isNull();
    assertThat(read(slow))
        .containsExactly("state RUNNING", "attempt 1", "gap", "finished SUCCEEDED");
    feeds.begin(0);
    assertThat(feeds.mayHaveForgotten(5, 9)).isTrue();
    assertThat(feeds.mayHaveForgotten(5, 10)).isFalse();
  }

  @Test
  void shouldCallForgottenOnlyWhatThisLifeCannotHaveSeen() {
    assertThat(feeds.mayHaveForgotten(100, 200)).isTrue();
    feeds.begin(100);
    assertThat(feeds.mayHaveForgotten(99, 200)).isTrue();
    assertThat(feeds.mayHaveForgotten(100, 200)).isFalse();
  }

  @Test
  void shouldCountTheWatchersOfATask() {
    FeedReader one = open(TaskState.RUNNING, 1, null);
    open(TaskState.RUNNING, 1, null);
    assertThat(feeds.watchers(ID)).isEqualTo(2);
    one.close();
    assertThat(feeds.watchers(ID)).isOne();
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
        .containsExactly("state RUNNING", "gap", "attempt 1");
    assertThat(read(open(TaskState.RUNNING, 1, new Cursor(6, 1))))
        .containsExactly("state RUNNING", "gap", "attempt 1");
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
    Cursor longest = new Cursor(Long.MAX_VALUE, Long.MAX_VALUE - 1, Long.MAX_VALUE);
    assertThat(Cursor.parse(longest.toString())).contains(longest);
    assertThat(longest.toString()).hasSizeLessThanOrEqualTo(64);
    for (String bad :
        List.of(
            "",
            ".",
            "1",
            "1.",
            ".1",
            "-1.2",
            "1.-2",
            "1.2.",
            "1.2.-3",
            "1.2.3.4",
            "1.!",
            "9".repeat(80))) {
      assertThat(Cursor.parse(bad)).as(bad).isEmpty();
    }
  }
}
