package io.reefmesh.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.ErrorInfo;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.TaskHandle;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.v1.RunTaskRequest;
import io.reefmesh.v1.RunTaskResponse;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.TaskServiceGrpc;
import io.reefmesh.v1.TaskState;
import io.reefmesh.v1.WatchTaskRequest;
import io.reefmesh.v1.WatchTaskResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Followers of tasks over real streams: limits, repeats of RunTask, and what is said at the end.
 */
@Timeout(60)
final class WatchRulesTest {

  private final TestMesh mesh = TestMesh.inMemory(Map.of("limits.watchers-per-task", "2"));
  private final MeshClient client = mesh.client();
  private final ManagedChannel channel =
      NettyChannelBuilder.forTarget(mesh.target()).usePlaintext().build();
  private final TaskServiceGrpc.TaskServiceStub tasks = TaskServiceGrpc.newStub(channel);

  @AfterEach
  void close() {
    channel.shutdownNow();
    mesh.close();
  }

  /** One stream of events, in the hands of the test. */
  private static final class Follower {
    private final BlockingQueue<TaskEvent> heard = new LinkedBlockingQueue<>();
    private final CompletableFuture<Throwable> refused = new CompletableFuture<>();
    private final CountDownLatch completed = new CountDownLatch(1);
    private final Context.CancellableContext context = Context.current().withCancellation();

    <R> StreamObserver<R> observer(java.util.function.Function<R, TaskEvent> reader) {
      return new StreamObserver<>() {
        @Override
        public void onNext(R response) {
          heard.add(reader.apply(response));
        }

        @Override
        public void onError(Throwable t) {
          refused.complete(t);
        }

        @Override
        public void onCompleted() {
          completed.countDown();
        }
      };
    }

    void hangUp() {
      context.cancel(null);
    }

    TaskEvent hear(Predicate<TaskEvent> wanted) throws InterruptedException {
      @Nullable TaskEvent event;
      while ((event = heard.poll(10, TimeUnit.SECONDS)) != null) {
        if (wanted.test(event)) {
          return event;
        }
      }
      throw new AssertionError("nothing of that kind was heard");
    }

    List<TaskEvent.EventCase> all() throws InterruptedException {
      assertThat(completed.await(10, TimeUnit.SECONDS)).isTrue();
      List<TaskEvent.EventCase> kinds = new ArrayList<>();
      heard.forEach(event -> kinds.add(event.getEventCase()));
      return kinds;
    }
  }

  private Follower watch(String id) {
    Follower follower = new Follower();
    follower.context.run(
        () ->
            tasks.watchTask(
                WatchTaskRequest.newBuilder().setId(id).build(),
                follower.observer(WatchTaskResponse::getEvent)));
    return follower;
  }

  private Follower run(String requestId) {
    Follower follower = new Follower();
    follower.context.run(
        () ->
            tasks.runTask(
                RunTaskRequest.newBuilder()
                    .setRequestId(requestId)
                    .setSpec(TaskSpecs.of("nobody-has-it"))
                    .setCancelOnDisconnect(true)
                    .build(),
                follower.observer(RunTaskResponse::getEvent)));
    return follower;
  }

  @Test
  void shouldRefuseOneMoreFollowerOfATaskThanItMayHave() throws Exception {
    // given
    String id =
        TaskServiceGrpc.newBlockingStub(channel)
            .submitTask(
                SubmitTaskRequest.newBuilder().setSpec(TaskSpecs.of("nobody-has-it")).build())
            .getTask()
            .getId();
    Follower first = watch(id);
    first.hear(TaskEvent::hasState);
    Follower second = watch(id);
    second.hear(TaskEvent::hasState);

    // when
    Throwable refusal = watch(id).refused.get(10, TimeUnit.SECONDS);

    // then
    assertThat(Status.fromThrowable(refusal).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(reason(refusal)).isEqualTo("TOO_MANY_TASK_WATCHERS");
    first.hangUp();
    second.hangUp();
  }

  private static String reason(Throwable refusal) throws Exception {
    for (Any detail : StatusProto.fromThrowable(refusal).getDetailsList()) {
      if (detail.is(ErrorInfo.class)) {
        return detail.unpack(ErrorInfo.class).getReason();
      }
    }
    return "";
  }

  @Test
  void shouldCancelForTheLastOfThoseWhoWaitInRunTask() throws Exception {
    // given: a call and its repeat
    Follower first = run("only-once");
    String id = first.hear(TaskEvent::hasState).getState().getId();
    Follower repeat = run("only-once");
    assertThat(repeat.hear(TaskEvent::hasState).getState().getId()).isEqualTo(id);

    // when, then: the first hangs up, and the repeat still waits
    first.hangUp();
    assertThat(client.submit(TaskSpecs.of("other")).submitted().get(10, TimeUnit.SECONDS))
        .isNotNull();
    assertThat(client.get(id).getState()).isEqualTo(TaskState.TASK_STATE_QUEUED);

    // when, then: nobody waits any more
    repeat.hangUp();
    Follower onlooker = watch(id);
    assertThat(onlooker.hear(TaskEvent::hasFinished).getFinished().getState())
        .isEqualTo(TaskState.TASK_STATE_CANCELLED);
  }

  @Test
  void shouldSayNoGapForACancelledTaskThatWroteNothing() throws Exception {
    // given: cancelled while it ran, with nobody watching
    CountDownLatch running = new CountDownLatch(1);
    mesh.node(
        "a",
        1,
        new FunctionHandler(
            "quiet",
            context -> {
              running.countDown();
              new CountDownLatch(1).await();
              return TaskOutput.text("never");
            }));
    TaskHandle handle = client.submit(TaskSpecs.of("quiet"));
    String id = handle.id().get(10, TimeUnit.SECONDS);
    assertThat(running.await(10, TimeUnit.SECONDS)).isTrue();
    handle.detach();
    client.cancel(id, "enough");

    // when, then
    assertThat(watch(id).all()).doesNotContain(TaskEvent.EventCase.GAP);
  }
}
