package io.reefmesh.gateway.store;

import static io.reefmesh.gateway.store.Sample.ALL;
import static io.reefmesh.gateway.store.Sample.START;
import static io.reefmesh.gateway.store.Sample.assigned;
import static io.reefmesh.gateway.store.Sample.attempt;
import static io.reefmesh.gateway.store.Sample.body;
import static io.reefmesh.gateway.store.Sample.cancelled;
import static io.reefmesh.gateway.store.Sample.failed;
import static io.reefmesh.gateway.store.Sample.id;
import static io.reefmesh.gateway.store.Sample.page;
import static io.reefmesh.gateway.store.Sample.requeued;
import static io.reefmesh.gateway.store.Sample.result;
import static io.reefmesh.gateway.store.Sample.states;
import static io.reefmesh.gateway.store.Sample.submitted;
import static io.reefmesh.gateway.store.Sample.succeeded;
import static io.reefmesh.gateway.store.Sample.withRequestId;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.ByteString;
import io.reefmesh.balancer.AttemptOutcome;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskState;
import io.reefmesh.gateway.store.StoreException.Kind;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.Usage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every store must do. */
abstract class TaskStoreContract {

  private static final long DAY = 86_400_000L;
  private static final long MANY = Long.MAX_VALUE;

  TaskStore store;
  WriteLease lease;

  /** A new, empty store. */
  abstract TaskStore create() throws Exception;

  /** The store as a gateway finds it that starts after this one stopped. */
  abstract TaskStore reopen(TaskStore store) throws Exception;

  @BeforeEach
  void open() throws Exception {
    store = create();
    lease = store.acquire();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void restart() throws Exception {
    store = reopen(store);
    lease = store.acquire();
  }

  private void commit(Mutation... mutations) {
    commit(START + 1_000, Arrays.asList(mutations));
  }

  private void commit(long nowMillis, List<? extends Mutation> mutations) {
    store.commit(lease, List.copyOf(mutations), nowMillis).toCompletableFuture().join();
  }

  private StoredTask read(int n) {
    return Objects.requireNonNull(store.read(List.of(id(n))).get(id(n)));
  }

  private boolean isKnown(int n) {
    return store.read(List.of(id(n))).containsKey(id(n));
  }

  private Loaded load(long requestIdsFromMillis) {
    Loaded loaded = new Loaded();
    loaded.durableMillis = store.load(lease, requestIdsFromMillis, loaded);
    return loaded;
  }

  private List<TaskId> ids(TaskQuery query) {
    return ids(store.list(query));
  }

  private static List<TaskId> ids(TaskQuery.Page page) {
    return page.tasks().stream().map(StoredTask::id).toList();
  }

  private static List<TaskId> idsOf(int... numbers) {
    return IntStream.of(numbers).mapToObj(Sample::id).toList();
  }

  private static Kind failureOf(CompletionStage<Void> stage) {
    try {
      stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof StoreException cause) {
        return cause.kind();
      }
      throw e;
    }
    throw new AssertionError("the commit should have failed");
  }

  // The fold

  @Test
  void shouldKeepEverythingWhenTaskIsSubmitted() throws Exception {
    // given
    TaskSpec spec =
        TaskSpec.newBuilder().setType("tool").setPriority(3).putLabels("team", "ops").build();
    TaskBody body = new TaskBody(spec, "application/json", ByteString.copyFromUtf8("{}"), id(99));

    // when
    commit(submitted(id(1), "acme", "tool", "chat-7", "request-1", body));
    restart();

    // then
    StoredTask task = read(1);
    assertThat(task.project()).isEqualTo("acme");
    assertThat(task.type()).isEqualTo("tool");
    assertThat(task.session()).isEqualTo("chat-7");
    assertThat(task.requestId()).isEqualTo("request-1");
    assertThat(task.digest()).isEqualTo("d" + "request-1".hashCode());
    assertThat(task.body()).isEqualTo(body);
    assertThat(task.state()).isEqualTo(TaskState.QUEUED);
    assertThat(task.attempt()).isZero();
    assertThat(task.nodeId()).isNull();
    assertThat(task.queuedAtMillis()).isEqualTo(id(1).createdAtMillis());
    assertThat(task.history()).isEmpty();
    assertThat(task.failure()).isNull();
    assertThat(task.result()).isNull();
  }

  @Test
  void shouldShowLeaseWhenTaskIsAssigned() {
    // when
    commit(submitted(1));
    commit(assigned(1, 1, "n1"));

    // then
    StoredTask task = read(1);
    assertThat(task.state()).isEqualTo(TaskState.ASSIGNED);
    assertThat(task.attempt()).isEqualTo(1);
    assertThat(task.nodeId()).isEqualTo("n1");
    assertThat(task.incarnation()).isEqualTo(Sample.INCARNATION);
    assertThat(task.assignedAtMillis()).isEqualTo(START + 10);
    assertThat(task.queuedAtMillis()).isEqualTo(id(1).createdAtMillis());
  }

  @Test
  void shouldShowBackOffWhenTaskIsRequeued() {
    // when
    commit(submitted(1));
    commit(assigned(1, 1, "n1"));
    commit(requeued(1, 1, attempt(1, "n1", AttemptOutcome.LOST)));

    // then
    StoredTask task = read(1);
    assertThat(task.state()).isEqualTo(TaskState.QUEUED);
    assertThat(task.attempt()).isEqualTo(1);
    assertThat(task.nodeId()).isEqualTo("n1");
    assertThat(task.incarnation()).isNull();
    assertThat(task.assignedAtMillis()).isZero();
    assertThat(task.queuedAtMillis()).isEqualTo(START + 15);
    assertThat(task.notBeforeMillis()).isEqualTo(START + 910);
    assertThat(task.history()).containsExactly(attempt(1, "n1", AttemptOutcome.LOST));
  }

  @Test
  void shouldKeepTimeOfLastQueueingWhenTaskIsAssignedAgain() {
    // when
    commit(submitted(1), assigned(1, 1, "n1"));
    commit(requeued(1, 1, attempt(1, "n1", AttemptOutcome.LOST)));
    commit(assigned(1, 2, "n2", attempt(1, "n1", AttemptOutcome.LOST)));

    // then
    assertThat(read(1).queuedAtMillis()).isEqualTo(START + 15);
    assertThat(read(1).notBeforeMillis()).isZero();
    assertThat(read(1).nodeId()).isEqualTo("n2");
  }

  @Test
  void shouldShowOutcomeWhenTaskSucceeds() throws Exception {
    // when
    commit(submitted(1));
    commit(assigned(1, 1, "n1"));
    commit(succeeded(1, 1, "n1", START + 77));
    restart();

    // then
    StoredTask task = read(1);
    assertThat(task.state()).isEqualTo(TaskState.SUCCEEDED);
    assertThat(task.attempt()).isEqualTo(1);
    assertThat(task.nodeId()).isEqualTo("n1");
    assertThat(task.incarnation()).isNull();
    assertThat(task.assignedAtMillis()).isZero();
    assertThat(task.finishedAtMillis()).isEqualTo(START + 77);
    assertThat(task.result()).isEqualTo(result("result 1"));
    assertThat(task.failure()).isNull();
    assertThat(task.history()).containsExactly(attempt(1, "n1", AttemptOutcome.SUCCEEDED));
  }

  @Test
  void shouldFoldInOrderWhenOneBatchHoldsWholeLives() {
    // given
    var lost = attempt(1, "n1", AttemptOutcome.LOST);
    var broke = attempt(2, "n2", AttemptOutcome.FAILED);

    // when
    commit(
        submitted(1),
        submitted(2),
        submitted(3),
        assigned(1, 1, "n1"),
        assigned(2, 1, "n1"),
        requeued(1, 1, lost),
        requeued(2, 1, lost),
        assigned(1, 2, "n2", lost),
        assigned(2, 2, "n2", lost),
        failed(1, lost, broke));

    // then
    assertThat(read(1).state()).isEqualTo(TaskState.FAILED);
    assertThat(read(1).attempt()).isEqualTo(2);
    assertThat(read(1).nodeId()).isEqualTo("n2");
    assertThat(read(1).queuedAtMillis()).isEqualTo(START + 15);
    assertThat(read(1).history()).containsExactly(lost, broke);
    assertThat(read(1).failure()).isNotNull();
    assertThat(read(2).state()).isEqualTo(TaskState.ASSIGNED);
    assertThat(read(2).attempt()).isEqualTo(2);
    assertThat(read(2).nodeId()).isEqualTo("n2");
    assertThat(read(2).queuedAtMillis()).isEqualTo(START + 15);
    assertThat(read(2).history()).containsExactly(lost);
    assertThat(read(3).state()).isEqualTo(TaskState.QUEUED);
  }

  @Test
  void shouldKeepUsageWhenAttemptFailedWithoutResult() {
    // given
    ResultBody usageOnly = new ResultBody(null, null, Usage.getDefaultInstance());
    commit(submitted(1));

    // when
    commit(
        new Mutation.Ended(
            id(1), TaskState.FAILED, 1, START + 9, null, usageOnly, ImmutableList.of()));

    // then
    assertThat(read(1).result()).isEqualTo(usageOnly);
  }

  @Test
  void shouldTellEmptyResultFromNone() {
    // given
    commit(submitted(1, new TaskBody(TaskSpec.getDefaultInstance(), "", ByteString.EMPTY, null)));
    ResultBody empty = new ResultBody("text/plain", ByteString.EMPTY, null);

    // when
    commit(
        new Mutation.Ended(
            id(1), TaskState.SUCCEEDED, 1, START + 9, null, empty, ImmutableList.of()));

    // then
    assertThat(read(1).body().payload()).isEqualTo(ByteString.EMPTY);
    assertThat(read(1).body().contentType()).isEmpty();
    assertThat(read(1).result()).isEqualTo(empty);
  }

  @Test
  void shouldKeepOutcomeWhenLaterNewsComeOfEndedTask() {
    // given
    commit(submitted(1), assigned(1, 1, "n1"), succeeded(1, 1, "n1", START + 77));
    StoredTask before = read(1);

    // when
    commit(assigned(1, 2, "n2"));

    // then
    assertThat(read(1).state()).isEqualTo(before.state());
    assertThat(read(1).result()).isEqualTo(before.result());
    assertThat(read(1).history()).isEqualTo(before.history());
    assertThat(load(0).tasks).isEmpty();
  }

  // All or nothing

  @Test
  void shouldStoreNothingWhenOneMutationIsRefused() throws Exception {
    // given
    commit(submitted(1));

    // when
    Kind kind = failureOf(store.commit(lease, List.of(submitted(2), submitted(1)), START + 5_000));
    restart();

    // then
    assertThat(kind).isEqualTo(Kind.BROKEN);
    assertThat(isKnown(1)).isTrue();
    assertThat(isKnown(2)).isFalse();
    assertThat(load(0).durableMillis).isEqualTo(START + 1_000);
  }

  @Test
  void shouldRefuseSecondOutcome() throws Exception {
    // given
    commit(submitted(1), succeeded(1, 1, "n1", START + 77));

    // when
    Kind kind = failureOf(store.commit(lease, List.of(cancelled(1, START + 99)), START + 99));
    restart();

    // then
    assertThat(kind).isEqualTo(Kind.BROKEN);
    assertThat(read(1).state()).isEqualTo(TaskState.SUCCEEDED);
    assertThat(read(1).finishedAtMillis()).isEqualTo(START + 77);
  }

  @Test
  void shouldRefuseChangesOfUnknownTask() {
    assertThat(failureOf(store.commit(lease, List.of(assigned(1, 1, "n1")), START)))
        .isEqualTo(Kind.BROKEN);
  }

  @Test
  void shouldRefuseOutcomeOfUnknownTask() {
    assertThat(failureOf(store.commit(lease, List.of(cancelled(1, START)), START)))
        .isEqualTo(Kind.BROKEN);
  }

  @Test
  void shouldRefuseEverythingWhenOneCommitHasFailed() {
    // given
    commit(submitted(1));
    failureOf(store.commit(lease, List.of(submitted(1)), START));

    // then
    assertThat(failureOf(store.commit(lease, List.of(submitted(2)), START))).isEqualTo(Kind.BROKEN);
    assertThatThrownBy(store::acquire).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> store.expire(lease, START, MANY, 1))
        .isInstanceOf(StoreException.class);
    assertThat(isKnown(1)).as("reading goes on").isTrue();
  }

  @Test
  void shouldTakeLargeBatch() throws Exception {
    // given
    List<Mutation> batch = new ArrayList<>();
    for (int n = 0; n < 2_500; n++) {
      batch.add(submitted(n));
      batch.add(assigned(n, 1, "n1"));
      batch.add(requeued(n, 1, attempt(1, "n1", AttemptOutcome.LOST)));
      if (n % 2 == 0) {
        batch.add(failed(n, attempt(1, "n1", AttemptOutcome.LOST)));
      } else {
        batch.add(assigned(n, 2, "n2", attempt(1, "n1", AttemptOutcome.LOST)));
      }
    }

    // when
    commit(START + 5_000, batch);
    restart();

    // then
    assertThat(batch).hasSize(10_000);
    assertThat(load(0).tasks)
        .hasSize(1_250)
        .allMatch(task -> task.state() == TaskState.ASSIGNED && task.attempt() == 2)
        .isSortedAccordingTo((a, b) -> a.id().compareTo(b.id()));
    assertThat(store.read(IntStream.range(0, 2_500).mapToObj(Sample::id).toList())).hasSize(2_500);
  }

  @Test
  void shouldTakeEmptyBatch() {
    // when
    commit(START + 4_000, List.of());

    // then
    assertThat(load(0).durableMillis).isEqualTo(START + 4_000);
  }

  // Bytes

  @Test
  void shouldKeepBytesAsTheyAre() throws Exception {
    // given
    byte[] bytes = new byte[1 << 20];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i % 251 - 100);
    }
    ByteString payload = ByteString.copyFrom(bytes);
    ByteString zeros = ByteString.copyFrom(new byte[3]);

    // when
    commit(
        submitted(1, new TaskBody(TaskSpec.getDefaultInstance(), "", payload, null)),
        submitted(2, new TaskBody(TaskSpec.getDefaultInstance(), "", zeros, null)),
        new Mutation.Ended(
            id(1),
            TaskState.SUCCEEDED,
            1,
            START + 9,
            null,
            new ResultBody("x/y", payload.concat(zeros), null),
            ImmutableList.of()));
    restart();

    // then
    assertThat(read(1).body().payload()).isEqualTo(payload);
    assertThat(read(1).result()).isEqualTo(new ResultBody("x/y", payload.concat(zeros), null));
    assertThat(read(2).body().payload()).isEqualTo(zeros);
  }

  @Test
  void shouldKeepTextInAnyScript() throws Exception {
    // given
    String text = "Grüße, 世界 \uD83D\uDC20 'quoted' \"x\" \u0000 end";

    // when
    commit(submitted(id(1), text, text, text, text, Sample.body(text)), assigned(1, 1, text));
    restart();

    // then
    StoredTask task = read(1);
    assertThat(
            List.of(
                task.project(),
                task.type(),
                "" + task.session(),
                "" + task.requestId(),
                "" + task.nodeId(),
                task.payload().toStringUtf8()))
        .containsOnly(text);
    TaskQuery query =
        new TaskQuery(text, ImmutableSet.of(), text, text, text, ImmutableMap.of(), 0, 0, null, 10);
    assertThat(ids(query)).isEqualTo(idsOf(1));
  }

  // Leases

  @Test
  void shouldRaiseEpochWhenAcquiredAgain() throws Exception {
    // given
    WriteLease first = lease;

    // when
    WriteLease second = store.acquire();
    restart();

    // then
    assertThat(second.epoch()).isGreaterThan(first.epoch());
    assertThat(lease.epoch()).isGreaterThan(second.epoch());
  }

  @Test
  void shouldRefuseCommitWhenLeaseIsStale() throws Exception {
    // given
    WriteLease stale = lease;
    lease = store.acquire();

    // when
    Kind kind = failureOf(store.commit(stale, List.of(submitted(1)), START + 9_000));
    restart();

    // then
    assertThat(kind).isEqualTo(Kind.FENCED);
    assertThat(isKnown(1)).isFalse();
    assertThat(load(0).durableMillis).isZero();
  }

  @Test
  void shouldRefuseLoadAndExpiryWhenLeaseIsStale() throws Exception {
    // given
    commit(submitted(1), cancelled(1, START + 2));
    WriteLease stale = lease;
    lease = store.acquire();

    // then
    assertThatThrownBy(() -> store.expire(stale, START + DAY, MANY, 10))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FENCED));
    restart();
    assertThat(isKnown(1)).isTrue();
    WriteLease older = new WriteLease(lease.epoch() - 1);
    assertThatThrownBy(() -> store.load(older, 0, new Loaded()))
        .isInstanceOfSatisfying(
            StoreException.class, e -> assertThat(e.kind()).isEqualTo(Kind.FENCED));
  }

  // Loading

  @Test
  void shouldLoadTasksWithoutOutcomeInIdOrder() throws Exception {
    // given
    var lost = attempt(1, "n1", AttemptOutcome.LOST);
    commit(submitted(5), submitted(3), submitted(4), submitted(1), submitted(2));
    commit(assigned(3, 1, "n1"), assigned(4, 1, "n1"), assigned(2, 1, "n2"));
    commit(requeued(4, 1, lost), succeeded(2, 1, "n2", START + 70), cancelled(5, START + 71));
    List<StoredTask> before = List.of(read(1), read(3), read(4));

    // when
    restart();

    // then
    assertThat(load(0).tasks).isEqualTo(before);
    assertThat(load(0).tasks.stream().map(StoredTask::state))
        .containsExactly(TaskState.QUEUED, TaskState.ASSIGNED, TaskState.QUEUED);
  }

  @Test
  void shouldLoadRequestIdsOfAllTasksFromTimeOn() throws Exception {
    // given
    commit(
        withRequestId(1, "one"), withRequestId(2, "two"), submitted(3), withRequestId(4, "four"));
    commit(cancelled(2, START + 50));

    // when
    restart();
    Loaded loaded = load(START + 2);

    // then
    assertThat(loaded.requestIds).containsExactly("default/two", "default/four");
    assertThat(loaded.digests).containsExactly("d" + "two".hashCode(), "d" + "four".hashCode());
    assertThat(loaded.requestTasks).isEqualTo(idsOf(2, 4));
    assertThat(loaded.requestTasks).isSorted();
  }

  @Test
  void shouldLoadPayloadsAsLongAsTheyAreWanted() throws Exception {
    // given
    commit(submitted(1), submitted(2, body("")), submitted(3), submitted(4), submitted(5));
    commit(assigned(4, 1, "a"), cancelled(1, START + 50));
    restart();
    Loaded some = new Loaded();
    some.payloadsWanted = 2;

    // when
    store.load(lease, 0, some);

    // then
    assertThat(some.tasks).extracting(StoredTask::id).isEqualTo(idsOf(2, 3, 4, 5));
    assertThat(some.tasks.get(1).payload()).isEqualTo(ByteString.copyFromUtf8("payload 3"));
    assertThat(some.tasks.get(0).payload()).isEqualTo(ByteString.EMPTY);
    assertThat(some.tasks.subList(2, 4))
        .allSatisfy(task -> assertThat(task.body().payload()).isNull())
        .allSatisfy(task -> assertThat(task.body().payloadBytes()).isEqualTo(9));
    assertThat(some.tasks.get(2).state()).isEqualTo(TaskState.ASSIGNED);
    assertThat(some.offered).containsExactly(0, 9, 9);
    assertThat(some.begun).isEqualTo(START + 1_000);
  }

  @Test
  void shouldKeepPayloadsThatTheEngineLetGo() throws Exception {
    // given
    TaskBody mine = body("mine");
    commit(submitted(1, mine));
    mine.letPayloadGo();
    Loaded loaded = load(0);
    loaded.tasks.get(0).body().letPayloadGo();

    // then
    assertThat(mine.payload()).isNull();
    assertThat(read(1).payload()).isEqualTo(ByteString.copyFromUtf8("mine"));
    assertThat(load(0).tasks.get(0).payload()).isEqualTo(ByteString.copyFromUtf8("mine"));
  }

  @Test
  void shouldReadPayloadsOfManyTasksAtOnce() throws Exception {
    // given
    List<Mutation> many = new ArrayList<>();
    List<TaskId> asked = new ArrayList<>();
    for (int n = 1; n <= 100; n++) {
      many.add(submitted(n, body(n % 10 == 0 ? "" : "payload " + n)));
      asked.add(id(n));
    }
    commit(START + 1_000, many);
    commit(cancelled(7, START + 50));
    asked.add(id(1_000));

    // when
    Map<TaskId, ByteString> payloads = store.payloads(asked);

    // then
    assertThat(payloads).hasSize(100).doesNotContainKey(id(1_000));
    assertThat(payloads.get(id(7))).isEqualTo(ByteString.copyFromUtf8("payload 7"));
    assertThat(payloads.get(id(99))).isEqualTo(ByteString.copyFromUtf8("payload 99"));
    assertThat(payloads.get(id(50))).isEqualTo(ByteString.EMPTY);
    assertThat(store.payloads(List.of())).isEmpty();
  }

  @Test
  void shouldLoadRequestIdsOfForgottenTasksInTheirPlaces() throws Exception {
    // given
    commit(withRequestId(1, "one"), withRequestId(2, "two"), withRequestId(3, "three"));
    commit(cancelled(2, START + 50));
    assertThat(store.expire(lease, START + 60, MANY, 10)).isEqualTo(1);

    // when
    restart();

    // then
    assertThat(load(0).requestIds).containsExactly("default/one", "default/two", "default/three");
    assertThat(load(START + 2).requestIds).containsExactly("default/two", "default/three");
  }

  @Test
  void shouldRememberHighestTimeWhenClockFallsBack() throws Exception {
    // given
    assertThat(load(0).durableMillis).isZero();
    commit(START + 3_000, List.of(submitted(1)));

    // when
    commit(START + 2_000, List.of(submitted(2)));
    restart();

    // then
    assertThat(load(0).durableMillis).isEqualTo(START + 3_000);
  }

  @Test
  void shouldCountTimesOfRecordsWhenTheyAreAheadOfTheClock() {
    // when
    commit(START + 1, List.of(submitted(1), cancelled(1, START + 8_000)));

    // then
    assertThat(load(0).durableMillis).isEqualTo(START + 8_000);
  }

  // Reading

  @Test
  void shouldLeaveOutUnknownIdsWhenRead() {
    // given
    commit(submitted(1), submitted(2));

    // when
    Map<TaskId, StoredTask> found = store.read(List.of(id(7), id(2), id(8), id(1), id(2)));

    // then
    assertThat(found).containsOnlyKeys(id(1), id(2));
    assertThat(store.read(List.of())).isEmpty();
  }

  @Test
  void shouldShowWholeCommitsToReadersWhenTheyRunBesideTheWriter() throws Exception {
    // given: tasks are always committed in pairs
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService readers = Executors.newFixedThreadPool(3);
    List<Future<Integer>> seen = new ArrayList<>();
    for (int r = 0; r < 3; r++) {
      seen.add(readers.submit(() -> readPairsUntil(done)));
    }

    // when
    for (int n = 0; n < 200; n++) {
      commit(submitted(2 * n), submitted(2 * n + 1));
      commit(cancelled(2 * n, START + 1_000), cancelled(2 * n + 1, START + 1_000));
    }
    done.set(true);

    // then
    for (Future<Integer> future : seen) {
      assertThat(future.get(60, TimeUnit.SECONDS)).isPositive();
    }
    readers.shutdown();
  }

  /** How often it looked; fails when it saw half a pair. */
  private int readPairsUntil(AtomicBoolean done) {
    int looks = 0;
    boolean last = false;
    while (!last) {
      last = done.get();
      TaskQuery.Page page = store.list(page(ALL, null, 10));
      assertThat(page.tasks().size() % 2).isZero();
      for (int i = 0; i < page.tasks().size(); i += 2) {
        assertThat(page.tasks().get(i).state()).isEqualTo(page.tasks().get(i + 1).state());
      }
      looks++;
    }
    return looks;
  }

  @Test
  void shouldSeeEachCommitWhenReadAgain() {
    // more often than any pool has readers, so that each of them is asked twice
    for (int n = 0; n < 10; n++) {
      // when
      commit(submitted(n));

      // then
      assertThat(ids(page(ALL, null, 1))).isEqualTo(idsOf(n));
      assertThat(isKnown(n)).isTrue();
      assertThat(ids(page(ALL, null, 1))).isEqualTo(idsOf(n));
    }
  }

  // Listing

  private void fillForFilters() {
    commit(
        submitted(id(1), "default", "ping", "s1", null, Sample.body("1")),
        submitted(id(2), "default", "tool", "s1", null, Sample.body("2")),
        submitted(id(3), "default", "tool", null, null, Sample.body("3")),
        submitted(id(4), "acme", "tool", "s1", null, Sample.body("4")),
        Sample.labelled(5, Map.of("team", "ops", "tier", "1")),
        Sample.labelled(6, Map.of("team", "ops")),
        submitted(7));
    commit(
        assigned(2, 1, "n1"),
        assigned(3, 1, "n1"),
        assigned(5, 1, "n2"),
        assigned(4, 1, "n1"),
        assigned(7, 1, "n3"));
    commit(
        succeeded(3, 1, "n1", START + 60),
        cancelled(6, START + 61),
        requeued(7, 1, attempt(1, "n3", AttemptOutcome.LOST)));
  }

  @Test
  void shouldListNewestFirstWithinProject() {
    fillForFilters();

    assertThat(ids(ALL)).isEqualTo(idsOf(7, 6, 5, 3, 2, 1));
    assertThat(store.list(ALL).next()).isNull();
  }

  @Test
  void shouldListByStates() {
    fillForFilters();

    assertThat(ids(states(TaskState.QUEUED))).isEqualTo(idsOf(7, 1));
    assertThat(ids(states(TaskState.ASSIGNED))).isEqualTo(idsOf(5, 2));
    assertThat(ids(states(TaskState.RUNNING))).as("kept as ASSIGNED").isEqualTo(idsOf(5, 2));
    assertThat(ids(states(TaskState.SUCCEEDED, TaskState.CANCELLED))).isEqualTo(idsOf(6, 3));
    assertThat(ids(states(TaskState.EXPIRED))).isEmpty();
  }

  @Test
  void shouldListByColumnsLabelsAndTimes() {
    fillForFilters();
    ImmutableSet<TaskState> any = ImmutableSet.of();
    ImmutableMap<String, String> none = ImmutableMap.of();

    assertThat(ids(new TaskQuery("default", any, "tool", null, null, none, 0, 0, null, 9)))
        .isEqualTo(idsOf(3, 2));
    assertThat(ids(new TaskQuery("default", any, null, null, "s1", none, 0, 0, null, 9)))
        .isEqualTo(idsOf(2, 1));
    assertThat(ids(new TaskQuery("default", any, null, "n1", null, none, 0, 0, null, 9)))
        .isEqualTo(idsOf(3, 2));
    assertThat(ids(new TaskQuery("default", any, null, "n3", null, none, 0, 0, null, 9)))
        .as("waiting again after an attempt there")
        .isEqualTo(idsOf(7));
    assertThat(ids(new TaskQuery("acme", any, null, null, null, none, 0, 0, null, 9)))
        .isEqualTo(idsOf(4));
    ImmutableMap<String, String> ops = ImmutableMap.of("team", "ops");
    assertThat(ids(new TaskQuery("default", any, null, null, null, ops, 0, 0, null, 9)))
        .isEqualTo(idsOf(6, 5));
    ImmutableMap<String, String> both = ImmutableMap.of("team", "ops", "tier", "1");
    assertThat(ids(new TaskQuery("default", any, null, null, null, both, 0, 0, null, 9)))
        .isEqualTo(idsOf(5));
    assertThat(
            ids(
                new TaskQuery(
                    "default", any, null, null, null, none, START + 2, START + 5, null, 9)))
        .as("from 2, before 5")
        .isEqualTo(idsOf(3, 2));
    assertThat(
            ids(new TaskQuery("default", any, null, null, null, none, 0, Long.MAX_VALUE, null, 9)))
        .hasSize(6);
    assertThat(
            ids(new TaskQuery("default", any, null, null, null, none, Long.MAX_VALUE, 0, null, 9)))
        .isEmpty();
    assertThat(
            ids(
                new TaskQuery(
                    "default",
                    ImmutableSet.of(TaskState.ASSIGNED),
                    "ping",
                    "n2",
                    null,
                    both,
                    START,
                    START + 6,
                    id(7),
                    9)))
        .as("all conditions at once")
        .isEqualTo(idsOf(5));
  }

  @Test
  void shouldPageWithoutGapOrRepeatWhileTasksArrive() {
    // given
    commit(START + 1_000, IntStream.range(0, 25).mapToObj(Sample::submitted).toList());

    // when
    List<TaskId> all = new ArrayList<>();
    TaskQuery.Page page = store.list(page(ALL, null, 10));
    int newest = 25;
    while (true) {
      all.addAll(ids(page));
      if (page.next() == null) {
        break;
      }
      commit(submitted(newest++));
      page = store.list(page(ALL, page.next(), 10));
    }

    // then
    assertThat(all).isEqualTo(IntStream.range(0, 25).mapToObj(n -> id(24 - n)).toList());
  }

  @Test
  void shouldEndWithoutCursorWhenPageIsExactlyFull() {
    // given
    commit(submitted(1), submitted(2));

    // then
    assertThat(store.list(page(ALL, null, 2)).next()).isNull();
    assertThat(store.list(page(ALL, null, 1)).next()).isEqualTo(id(2));
    assertThat(store.list(page(ALL, id(1), 5)).tasks()).isEmpty();
    assertThatThrownBy(() -> store.list(page(ALL, null, 0)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldLookAtBoundedRowsWhenFilterFindsLittle() {
    // given: the only match is older than one call may look
    List<Mutation> batch = new ArrayList<>();
    batch.add(submitted(id(0), "default", "rare", null, null, Sample.body("")));
    IntStream.rangeClosed(1, PageLimits.ROWS_LOOKED_AT)
        .mapToObj(Sample::submitted)
        .forEach(batch::add);
    commit(START + 9_000, batch);
    TaskQuery rare =
        new TaskQuery(
            "default", ImmutableSet.of(), "rare", null, null, ImmutableMap.of(), 0, 0, null, 10);

    // when
    TaskQuery.Page first = store.list(rare);
    TaskQuery.Page second = store.list(page(rare, first.next(), 10));

    // then
    assertThat(first.tasks()).isEmpty();
    assertThat(first.next()).isEqualTo(new TaskId(id(0).value() + 1));
    assertThat(ids(second)).isEqualTo(idsOf(0));
    assertThat(second.next()).isNull();
  }

  @Test
  void shouldListOldestFirstBetweenTwoIds() {
    commit(START + 1_000, IntStream.range(0, 10).mapToObj(Sample::submitted).toList());
    TaskQuery upwards = page(ALL, null, 3).oldestFirst(id(1), id(8));

    TaskQuery.Page first = store.list(upwards);
    TaskQuery.Page second = store.list(upwards.oldestFirst(requireNonNull(first.next()), id(8)));

    assertThat(ids(first)).isEqualTo(idsOf(2, 3, 4));
    assertThat(ids(second)).isEqualTo(idsOf(5, 6, 7));
    assertThat(second.next()).isNull();
  }

  @Test
  void shouldLookAtBoundedRowsWhenTheOldestGoFirst() {
    // given: the only match is newer than one call may look
    List<Mutation> batch = new ArrayList<>();
    IntStream.range(0, PageLimits.ROWS_LOOKED_AT).mapToObj(Sample::submitted).forEach(batch::add);
    int last = PageLimits.ROWS_LOOKED_AT;
    batch.add(submitted(id(last), "default", "rare", null, null, Sample.body("")));
    commit(START + 9_000, batch);
    TaskQuery rare =
        new TaskQuery(
                "default", ImmutableSet.of(), "rare", null, null, ImmutableMap.of(), 0, 0, null, 10)
            .oldestFirst(new TaskId(0), id(last + 1));

    // when
    TaskQuery.Page first = store.list(rare);
    TaskQuery.Page second =
        store.list(rare.oldestFirst(requireNonNull(first.next()), id(last + 1)));

    // then
    assertThat(first.tasks()).isEmpty();
    assertThat(ids(second)).isEqualTo(idsOf(last));
    assertThat(second.next()).isNull();
  }

  @Test
  void shouldEndPageEarlyWhenPayloadsAreLarge() {
    // given
    ByteString payload = ByteString.copyFrom(new byte[3 << 20]);
    for (int n = 1; n <= 5; n++) {
      commit(submitted(n, new TaskBody(TaskSpec.getDefaultInstance(), "", payload, null)));
    }

    // when
    TaskQuery.Page first = store.list(ALL);
    TaskQuery.Page second = store.list(page(ALL, first.next(), 100));

    // then
    assertThat(ids(first)).isEqualTo(idsOf(5, 4, 3));
    assertThat(ids(second)).isEqualTo(idsOf(2, 1));
    assertThat(second.next()).isNull();
  }

  // Forgetting

  @Test
  void shouldForgetOldestEndedTasksUpToLimit() throws Exception {
    // given
    commit(submitted(1), submitted(2), submitted(3), submitted(4), submitted(5));
    commit(
        cancelled(1, START + 100),
        cancelled(3, START + 100),
        cancelled(4, START + 101),
        succeeded(5, 1, "n1", START + 100));

    // when
    int first = store.expire(lease, START + 101, MANY, 2);
    int second = store.expire(lease, START + 101, MANY, 2);
    int third = store.expire(lease, START + 101, MANY, 2);
    restart();

    // then
    assertThat(List.of(first, second, third)).containsExactly(2, 1, 0);
    assertThat(ids(ALL)).as("2 has not ended, 4 ended too late").isEqualTo(idsOf(4, 2));
    assertThat(isKnown(5)).isFalse();
    assertThat(load(0).tasks.stream().map(StoredTask::id)).containsExactly(id(2));
  }

  @Test
  void shouldForgetTaskThatWasPassedByWhenItsTimeComes() {
    // given
    commit(submitted(1), submitted(2), submitted(3));
    commit(cancelled(1, START + 500), cancelled(2, START + 100), cancelled(3, START + 100));

    // when
    int early = store.expire(lease, START + 101, MANY, 1);
    int late = store.expire(lease, START + 501, MANY, 10);

    // then
    assertThat(early).isEqualTo(1);
    assertThat(late).isEqualTo(2);
    assertThat(ids(ALL)).isEmpty();
  }

  @Test
  void shouldForgetOldestBeyondNumberWhateverTheirAge() throws Exception {
    // given
    commit(submitted(1), submitted(2), submitted(3), submitted(4), submitted(5));
    commit(
        cancelled(2, START + 9_000),
        cancelled(3, START + 100),
        cancelled(4, START + 100),
        succeeded(5, 1, "n1", START + 100));

    // when
    int first = store.expire(lease, START, 1, 2);
    restart();
    int second = store.expire(lease, START, 1, 10);
    int third = store.expire(lease, START, 1, 10);

    // then
    assertThat(List.of(first, second, third)).containsExactly(2, 1, 0);
    assertThat(ids(ALL)).as("1 has not ended").isEqualTo(idsOf(5, 1));
  }

  @Test
  void shouldKnowRequestIdsOfForgottenTasks() throws Exception {
    // given
    commit(withRequestId(1, "one"), withRequestId(2, "two"), withRequestId(3, "three"));
    commit(cancelled(1, START + 50), cancelled(3, START + 50));

    // when
    store.expire(lease, START + 100, MANY, 10);
    restart();

    // then
    assertThat(store.read(idsOf(1, 2, 3))).containsOnlyKeys(id(2));
    assertThat(load(START).requestIds)
        .containsExactly("default/one", "default/two", "default/three");
    assertThat(load(START).requestTasks).isEqualTo(idsOf(1, 2, 3));
    assertThat(load(START + 2).requestIds).containsExactly("default/two", "default/three");
  }

  @Test
  void shouldDropRequestIdsOfForgottenTasksAfterOneDay() throws Exception {
    // given
    commit(withRequestId(1, "old"), withRequestId(500, "young"), withRequestId(2, "kept"));
    commit(cancelled(1, START + 600), cancelled(500, START + 600));
    store.expire(lease, START + 1_000, MANY, 10);

    // when
    commit(START + DAY + 500, List.of());
    store.expire(lease, START + 1_000, MANY, 10);
    restart();

    // then
    assertThat(load(START).requestIds).containsExactly("default/kept", "default/young");
  }

  // Closing

  @Test
  void shouldRefuseEverythingWhenClosed() {
    // given
    commit(submitted(1));

    // when
    store.close();
    store.close();

    // then
    assertThat(failureOf(store.commit(lease, List.of(), START))).isEqualTo(Kind.BROKEN);
    assertThatThrownBy(() -> store.read(idsOf(1))).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> store.list(ALL)).isInstanceOf(StoreException.class);
    assertThatThrownBy(store::acquire).isInstanceOf(StoreException.class);
  }

  /** Everything that a load gave. */
  static final class Loaded implements TaskStore.LoadSink {
    final List<StoredTask> tasks = new ArrayList<>();
    final List<String> requestIds = new ArrayList<>();
    final List<String> digests = new ArrayList<>();
    final List<TaskId> requestTasks = new ArrayList<>();
    final List<Integer> offered = new ArrayList<>();
    long payloadsWanted = Long.MAX_VALUE;
    long begun = -1;
    long durableMillis;

    @Override
    public void begin(long millis) {
      assertThat(tasks).isEmpty();
      assertThat(requestIds).isEmpty();
      begun = millis;
    }

    @Override
    public boolean wantsPayload(int bytes) {
      offered.add(bytes);
      return offered.size() <= payloadsWanted;
    }

    @Override
    public void task(StoredTask task) {
      tasks.add(task);
    }

    @Override
    public void requestId(String project, String requestId, String digest, TaskId id) {
      requestIds.add(project + "/" + requestId);
      digests.add(digest);
      requestTasks.add(id);
    }
  }
}
