package io.reefmesh.simulation;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.reefmesh.client.CallRetry;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.RetryCore;
import io.reefmesh.client.RetryCore.Action;
import io.reefmesh.client.RetryCore.AfterTimeout;
import io.reefmesh.client.RetryCore.Event;
import io.reefmesh.gateway.service.TaskGrpcService;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One call of a caller: the real retry core over the simulated network, to the real service. */
final class SimCall<A> {

  private static final Duration CALL_TIMEOUT = Duration.ofSeconds(5);

  private final World world;
  private final SimTime time;
  private final SplittableRandom random;
  private final RetryCore core;
  private final BiConsumer<TaskGrpcService, AnswerStream<A>> send;
  private final Consumer<A> leaving;
  private final Consumer<A> answered;
  private final Consumer<MeshException> failed;

  /**
   * A call that has not begun.
   *
   * @param leaving sees an answer when the gateway gives it, whether or not it arrives
   * @param answered gets the answer that arrived
   * @param failed hears why there is none
   */
  SimCall(
      World world,
      SplittableRandom random,
      MethodDescriptor<?, A> method,
      CallRetry retry,
      AfterTimeout afterTimeout,
      BiConsumer<TaskGrpcService, AnswerStream<A>> send,
      Consumer<A> leaving,
      Consumer<A> answered,
      Consumer<MeshException> failed) {
    this.world = world;
    this.time = world.time();
    this.random = random;
    this.core =
        new RetryCore(method, retry, CALL_TIMEOUT, afterTimeout, "simulated", random.split());
    this.send = send;
    this.leaving = leaving;
    this.answered = answered;
    this.failed = failed;
  }

  void start() {
    step(new Event.Started(), null);
  }

  private void step(Event event, @Nullable A answer) {
    for (Action action : core.step(event, time.now() * 1_000_000L)) {
      if (action instanceof Action.Send attempt) {
        send(attempt);
      } else if (action instanceof Action.Wait wait) {
        time.after(
            wait.duration().toMillis(), () -> step(new Event.WaitOver(wait.attempt()), null));
      } else if (action instanceof Action.Succeed && answer != null) {
        answered.accept(answer);
      } else if (action instanceof Action.Fail fail) {
        failed.accept(fail.why());
      }
    }
  }

  private void send(Action.Send attempt) {
    int number = attempt.attempt();
    end(attempt.timeout().toMillis(), number, Status.DEADLINE_EXCEEDED);
    GatewayLife gateway = world.gateway();
    boolean lost = world.faulty() && random.nextInt(40) == 0;
    if (gateway == null || lost) {
      if (gateway == null || random.nextBoolean()) {
        end(random.nextInt(1, 30), number, Status.UNAVAILABLE);
      }
      return;
    }
    time.after(random.nextInt(1, 40), () -> enter(gateway, number));
  }

  private void enter(GatewayLife gateway, int number) {
    if (gateway.isDead()) {
      end(1, number, Status.UNAVAILABLE);
      return;
    }
    AnswerStream<A> answers =
        new AnswerStream<>(time, random.split(), gateway, leaving, new Hearer(number));
    answers.ask();
    if (world.faulty() && random.nextInt(20) == 0) {
      time.after(random.nextInt(60), answers::reset);
    }
    gateway.doors().enter(send, answers);
  }

  private void end(long afterMillis, int number, Status status) {
    time.after(afterMillis, () -> step(new Event.Ended(number, status, null, false), null));
  }

  /** What one attempt hears. */
  private final class Hearer implements AnswerStream.Caller<A> {
    private final int number;
    private @Nullable A answer;

    Hearer(int number) {
      this.number = number;
    }

    @Override
    public void message(A message) {
      answer = message;
    }

    @Override
    public void closed(Status status, @Nullable Metadata trailers) {
      step(new Event.Ended(number, status, trailers, answer != null), answer);
    }
  }
}
