package io.reefmesh.simulation;

import io.grpc.StatusRuntimeException;
import io.reefmesh.gateway.door.SubmissionReader;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.service.Admission;
import io.reefmesh.gateway.service.StoreReads;
import io.reefmesh.gateway.service.TaskGrpcService;
import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.watch.Endings;
import io.reefmesh.gateway.watch.TaskFeeds;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;

/** The callers' doors of one gateway life: the real service, without gRPC around it. */
final class GatewayDoors {

  private static final int WATCHERS = 10_000;
  private static final int LIST_PAGE = 1_000;

  private final GatewayLife gateway;
  private final TaskGrpcService tasks;
  private final Set<AnswerStream<?>> open = new LinkedHashSet<>();

  GatewayDoors(
      GatewayLife gateway,
      Engine engine,
      SubmissionReader reader,
      TaskFeeds feeds,
      TaskStore store,
      SimTimers timers) {
    this.gateway = gateway;
    Admission admission = new Admission();
    admission.open();
    this.tasks =
        new TaskGrpcService(
            engine,
            reader,
            feeds,
            new StoreReads(store, timers),
            new Endings(),
            admission,
            WATCHERS,
            WATCHERS,
            LIST_PAGE);
  }

  /** A call comes in. What the service throws is its answer, as it is at the real door. */
  <A> void enter(BiConsumer<TaskGrpcService, AnswerStream<A>> call, AnswerStream<A> answers) {
    open.add(answers);
    try {
      call.accept(tasks, answers);
    } catch (StatusRuntimeException refusal) {
      answers.onError(refusal);
    }
    gateway.poke();
  }

  void ended(AnswerStream<?> answers) {
    open.remove(answers);
  }

  void die() {
    List.copyOf(open).forEach(AnswerStream::gatewayDied);
    open.clear();
  }
}
