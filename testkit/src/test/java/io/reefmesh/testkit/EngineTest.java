package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.ByteString;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Dispatcher;
import io.reefmesh.balancer.DispatcherConfig;
import io.reefmesh.balancer.Effect;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.Mutation;
import io.reefmesh.balancer.NodeProfile;
import io.reefmesh.balancer.Requirement;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.gateway.door.Submission;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.EngineClock;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.engine.RetentionRules;
import io.reefmesh.gateway.store.InMemoryTaskStore;
import io.reefmesh.gateway.store.StoreException;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.v1.TaskSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The one rule of the engine: nothing leaves before it is durable. */
@Timeout(60)
final class EngineTest {

  private final FakeClock time = new FakeClock();
  private final GatedStore store = new GatedStore(new InMemoryTaskStore());
  private final RecordingSink sink = new RecordingSink();
  private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
  private final Engine engine =
      new Engine(
          new Dispatcher(DispatcherConfig.defaults(), 1),
          store,
          store.acquire(),
          new EngineClock(1_800_000_000_000L, time::nanos),
          new RetentionRules(Duration.ofDays(1), 1_000),
          sink,
          failure::complete);

  @BeforeEach
  void start() {
    engine.start();
  }

  @AfterEach
  void stop() throws InterruptedException {
    engine.stop(10_000);
    store.close();
  }

  private static Submission submission() {
    TaskTerms terms =
        new TaskTerms(
            "default",
            Requirement.of("work"),
            5,
            null,
            null,
            false,
            1_000_000,
            1_000_000,
            1_000_000,
            0,
            TaskTerms.Retry.DEFAULT,
            0,
            0);
    TaskBody body =
        new TaskBody(TaskSpec.getDefaultInstance(), "text/plain", ByteString.EMPTY, null);
    return new Submission(terms, body, null, null, 0);
  }

  private CompletableFuture<Answer> submit() {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    assertThat(engine.submit(submission(), answer::complete)).isTrue();
    return answer;
  }

  private void link() {
    NodeProfile profile =
        new NodeProfile(
            false,
            ImmutableSortedSet.of(),
            ImmutableSortedSet.of(),
            ImmutableMap.of(),
            100,
            1,
            false,
            "",
            "");
    engine.post(new Event.Hello(1, "n", "0000000000000001", profile, ImmutableList.of()));
  }

  @Test
  void shouldNeitherAnswerNorPushBeforeTheCommit() throws Exception {
    // given
    link();
    CompletableFuture<Answer> answer = submit();
    // when
    GatedStore.Commit commit = store.nextCommit();
    // then
    assertThat(commit.mutations())
        .extracting(m -> m.getClass().getSimpleName())
        .containsExactly("Submitted", "Assigned");
    assertThat(answer).isNotDone();
    assertThat(sink.released()).noneMatch(Effect.Push.class::isInstance);
    commit.complete();
    assertThat(answer.get(10, TimeUnit.SECONDS)).isInstanceOf(Answer.Submitted.class);
    awaitPush();
  }

  private void awaitPush() throws InterruptedException {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (sink.released().stream().noneMatch(Effect.Push.class::isInstance)) {
      assertThat(System.nanoTime()).isLessThan(until);
      Thread.onSpinWait();
    }
  }

  @Test
  void shouldNotShowAReaderWhatIsNotDurable() throws Exception {
    CompletableFuture<Answer> submitted = submit();
    GatedStore.Commit commit = store.nextCommit();
    Mutation.Submitted mutation = (Mutation.Submitted) commit.mutations().get(0);
    CompletableFuture<Answer> looked = new CompletableFuture<>();
    ReplyTo reader = looked::complete;
    engine.post(new Event.Look(reader, ImmutableList.of(mutation.id())));
    assertThat(looked).isNotDone();
    commit.complete();
    submitted.get(10, TimeUnit.SECONDS);
    assertThat(((Answer.Views) looked.get(10, TimeUnit.SECONDS)).tasks()).hasSize(1);
  }

  @Test
  void shouldCommitTogetherWhatGatheredMeanwhile() throws Exception {
    CompletableFuture<Answer> first = submit();
    GatedStore.Commit commit = store.nextCommit();
    List<CompletableFuture<Answer>> rest = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      rest.add(submit());
    }
    commit.complete();
    first.get(10, TimeUnit.SECONDS);
    GatedStore.Commit second = store.nextCommit();
    assertThat(second.mutations()).hasSize(50);
    assertThat(rest).noneMatch(CompletableFuture::isDone);
    second.complete();
    for (CompletableFuture<Answer> answer : rest) {
      assertThat(answer.get(10, TimeUnit.SECONDS)).isInstanceOf(Answer.Submitted.class);
    }
  }

  @Test
  void shouldStopAndTellNobodyWhenACommitFails() throws Exception {
    CompletableFuture<Answer> answer = submit();
    store.nextCommit().fail();
    assertThat(failure.get(10, TimeUnit.SECONDS)).isInstanceOf(StoreException.class);
    assertThat(answer).isNotDone();
    assertThat(submit()).isNotDone();
  }

  @Test
  void shouldGoOnBehindTheLastDurableTimeWhenTheWallClockIsBehind() {
    EngineClock clock = new EngineClock(1_000, time::nanos);
    clock.goOnAfter(5_000);
    assertThat(clock.nowMillis()).isEqualTo(5_001);
    time.advance(Duration.ofMillis(250));
    assertThat(clock.nowMillis()).isEqualTo(5_251);
    clock.goOnAfter(100);
    assertThat(clock.nowMillis()).isEqualTo(5_251);
  }
}
