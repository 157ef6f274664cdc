package io.reefmesh.chaos.client;

import com.google.protobuf.Duration;
import io.reefmesh.chaos.history.Submission;
import io.reefmesh.chaos.work.WorkOrder;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.RetryPolicy;
import io.reefmesh.v1.TaskSpec;
import java.util.random.RandomGenerator;

/**
 * Draws tasks: mostly short ones, some that take seconds, a few in sessions, a few that fail. Not
 * thread-safe.
 */
public final class Load {

  /** More attempts than a task is likely to lose, so that few end as failures. */
  static final int MAX_ATTEMPTS = 6;

  private static final int SESSIONS = 6;

  private final String name;
  private final RandomGenerator random;
  private long number;

  /** The load of one client. */
  public Load(String name, RandomGenerator random) {
    this.name = name;
    this.random = random;
  }

  /** The next task. */
  public Submission next() {
    TaskSpec.Builder spec = TaskSpec.newBuilder();
    if (random.nextInt(100) < 12) {
      spec.setSessionId(name + "-talk-" + random.nextInt(SESSIONS));
    }
    if (random.nextInt(100) < 20) {
      spec.setPriority(1 + random.nextInt(10));
    }
    // A session waits for each of its tasks.
    long most = spec.getSessionId().isEmpty() ? workMillis() : random.nextLong(20, 220);
    return submission(
        spec, new WorkOrder(most, random.nextInt(5), failFirst()), random.nextInt(800));
  }

  /** A small task that is over soon. */
  public Submission small(int padBytes) {
    return submission(TaskSpec.newBuilder(), new WorkOrder(20, 0, 0), padBytes);
  }

  /** A task that takes so long. */
  public Submission lasting(long millis) {
    return submission(TaskSpec.newBuilder(), new WorkOrder(millis, 0, 0), 0);
  }

  private Submission submission(TaskSpec.Builder spec, WorkOrder order, int padBytes) {
    number++;
    spec.setType(WorkOrder.TYPE)
        .setPayload(Payload.newBuilder().setData(order.encode(padBytes)))
        .setRetry(
            RetryPolicy.newBuilder()
                .setMaxAttempts(MAX_ATTEMPTS)
                .setInitialBackoff(Duration.newBuilder().setNanos(100_000_000))
                .setMaxBackoff(Duration.newBuilder().setNanos(400_000_000)));
    return new Submission(name + "-" + number, spec.build(), order, System.nanoTime());
  }

  private long workMillis() {
    int kind = random.nextInt(100);
    if (kind < 60) {
      return random.nextLong(10, 400);
    }
    return kind < 92 ? random.nextLong(500, 3_000) : random.nextLong(4_000, 10_000);
  }

  private int failFirst() {
    int kind = random.nextInt(1_000);
    if (kind < 20) {
      return 1;
    }
    return kind < 22 ? MAX_ATTEMPTS : 0;
  }
}
