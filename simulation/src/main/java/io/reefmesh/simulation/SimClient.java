package io.reefmesh.simulation;

import com.google.common.collect.ImmutableList;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskView;
import io.reefmesh.client.Backoff;
import io.reefmesh.gateway.store.ResultBody;
import io.reefmesh.gateway.store.StoredTask;
import io.reefmesh.v1.SubmitTaskRequest;
import io.reefmesh.v1.TaskSpec;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * A caller: submits, asks how its tasks stand until it knows their outcomes, cancels some. A call
 * without an answer is repeated when that is safe, with the waits of the real client.
 */
final class SimClient {

  private static final long CALL_TIMEOUT_MILLIS = 5_000;

  private final World world;
  private final SimTime time;
  private final SimStore store;
  private final SplittableRandom random;
  private final String name;
  private int submitted;
  private int waitingFor;

  SimClient(World world, SimStore store, SplittableRandom random, String name) {
    this.world = world;
    this.time = world.time();
    this.store = store;
    this.random = random;
    this.name = name;
  }

  /** Outcomes that it still asks for. */
  int waitingFor() {
    return waitingFor;
  }

  void submitUntil(long endMillis, int meanPauseMillis) {
    if (time.now() < endMillis) {
      submitOne();
      if (random.nextInt(12) == 0) {
        for (int i = random.nextInt(12); i > 0; i--) {
          submitOne();
        }
      }
      time.after(
          random.nextInt(1, 2 * meanPauseMillis), () -> submitUntil(endMillis, meanPauseMillis));
    }
  }

  private void submitOne() {
    boolean named = random.nextInt(10) > 0;
    String requestId = named ? name + "-" + submitted : "";
    submitted++;
    SubmitTaskRequest request =
        SubmitTaskRequest.newBuilder().setRequestId(requestId).setSpec(spec()).build();
    submit(request, newBackoff(), random.nextInt(8) == 0);
    if (named && random.nextInt(10) == 0) {
      time.after(random.nextInt(30_000), () -> submit(request, newBackoff(), false));
    }
  }

  private TaskSpec spec() {
    return world.specs().next(random, name + submitted);
  }

  private Backoff newBackoff() {
    return Backoff.fullJitter(Duration.ofMillis(100), Duration.ofSeconds(5), random.split());
  }

  /** Makes one call; without an answer in time the caller goes on with {@code unanswered}. */
  private void call(Consumer<CallOn> send, Consumer<Answer> answered, Runnable unanswered) {
    boolean[] over = new boolean[1];
    Runnable giveUp =
        () -> {
          if (!over[0]) {
            over[0] = true;
            unanswered.run();
          }
        };
    GatewayLife gateway = world.gateway();
    if (gateway == null) {
      time.after(random.nextInt(1, 30), giveUp);
      return;
    }
    time.after(CALL_TIMEOUT_MILLIS, giveUp);
    boolean lost = world.faulty() && random.nextInt(40) == 0;
    boolean answerLost = world.faulty() && random.nextInt(20) == 0;
    time.after(
        random.nextInt(1, 40),
        () -> {
          if (lost || gateway.isDead()) {
            time.after(1, giveUp);
            return;
          }
          send.accept(
              new CallOn(
                  gateway,
                  answer -> {
                    if (!answerLost) {
                      time.after(
                          gateway.slowMillis() + random.nextInt(1, 40),
                          () -> {
                            if (!over[0] && !gateway.isDead()) {
                              over[0] = true;
                              answered.accept(answer);
                            }
                          });
                    }
                  }));
        });
  }

  private record CallOn(GatewayLife gateway, Consumer<Answer> reply) {}

  private void submit(SubmitTaskRequest request, Backoff backoff, boolean alsoOther) {
    call(
        call -> call.gateway().submit(request, answer -> call.reply().accept(answer)),
        answer -> {
          TaskId id =
              answer instanceof Answer.Submitted fresh
                  ? fresh.task().id()
                  : answer instanceof Answer.Repeated known ? known.id() : null;
          if (answer instanceof Answer.Full) {
            if (world.faulty()) {
              time.after(backoff.next().toMillis(), () -> submit(request, backoff, alsoOther));
            }
            return;
          }
          if (id == null) {
            throw new Violation("I8 a submission was refused: " + answer);
          }
          String requestId = request.getRequestId();
          time.note("acked", id.value(), requestId.hashCode(), () -> id + " " + requestId);
          world.promises().submitAcked(id, requestId.isEmpty() ? null : requestId);
          accepted(id);
          if (alsoOther && !requestId.isEmpty()) {
            other(request);
          }
        },
        () -> {
          // Without a request id a repeat could double the task.
          if (!request.getRequestId().isEmpty()) {
            time.after(backoff.next().toMillis(), () -> submit(request, backoff, alsoOther));
          }
        });
  }

  private void other(SubmitTaskRequest request) {
    SubmitTaskRequest changed =
        request.toBuilder()
            .setSpec(request.getSpec().toBuilder().putLabels("other", "content"))
            .build();
    call(
        call -> call.gateway().submit(changed, answer -> call.reply().accept(answer)),
        answer ->
            world
                .promises()
                .otherContent(request.getRequestId(), answer instanceof Answer.Conflict),
        () -> {});
  }

  private void accepted(TaskId id) {
    waitingFor++;
    time.after(random.nextInt(100, 5_000), () -> look(id));
    if (random.nextInt(8) == 0) {
      time.after(random.nextInt(6_000), () -> cancel(id));
    }
  }

  private void look(TaskId id) {
    boolean[] ended = new boolean[1];
    Runnable again = () -> time.after(random.nextInt(500, 8_000), () -> look(id));
    call(
        call ->
            call.gateway()
                .ask(
                    new Event.Look(
                        (io.reefmesh.gateway.engine.ReplyTo)
                            answer -> {
                              ended[0] = read(id, ((Answer.Views) answer).tasks());
                              call.reply().accept(answer);
                            },
                        ImmutableList.of(id))),
        answer -> {
          if (ended[0]) {
            waitingFor--;
          } else {
            again.run();
          }
        },
        again);
  }

  /** What a reader is shown: the live task, or else what the store has. */
  private boolean read(TaskId id, List<TaskView> live) {
    if (!live.isEmpty()) {
      TaskView task = live.get(0);
      world.promises().seen(id, task.state(), (ResultBody) task.result());
      return task.state().isFinal();
    }
    StoredTask stored = store.read(List.of(id)).get(id);
    if (stored == null) {
      world.promises().missing(id);
      return false;
    }
    // A task that is not live has ended: what the store has now may be the outcome of this turn.
    world.promises().seen(id, stored.state(), stored.result());
    return stored.state().isFinal();
  }

  private void cancel(TaskId id) {
    call(
        call ->
            call.gateway()
                .ask(
                    new Event.Cancel(
                        (io.reefmesh.gateway.engine.ReplyTo)
                            answer -> {
                              read(
                                  id,
                                  answer instanceof Answer.Found found
                                      ? List.of(found.task())
                                      : List.of());
                              call.reply().accept(answer);
                            },
                        id,
                        World.PROJECT,
                        "not needed")),
        answer -> {},
        () -> time.after(random.nextInt(2_000), () -> cancel(id)));
  }
}
