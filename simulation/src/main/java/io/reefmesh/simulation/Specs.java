package io.reefmesh.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.RetryPolicy;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.Timeouts;
import java.util.SplittableRandom;

/** What callers ask for: tasks of every kind, as the world's shape has them. */
final class Specs {

  private final World world;

  Specs(World world) {
    this.world = world;
  }

  TaskSpec next(SplittableRandom random, String content) {
    TaskSpec.Builder spec =
        TaskSpec.newBuilder()
            .setType(World.TYPES.get(random.nextInt(World.TYPES.size())))
            .setPriority(random.nextInt(1, 11))
            .setPayload(
                Payload.newBuilder()
                    .setContentType("text/plain")
                    .setData(ByteString.copyFromUtf8(content)))
            .setRetry(
                RetryPolicy.newBuilder()
                    .setMaxAttempts(random.nextInt(1, 5))
                    .setInitialBackoff(Durations.fromMillis(random.nextInt(1, 3_000))));
    Timeouts.Builder timeouts = timeouts(random);
    if (!timeouts.hasTotal() && random.nextInt(10) == 0) {
      spec.setNotBefore(Timestamps.fromMillis(world.wallMillis() + random.nextInt(20_000)));
    }
    Shape shape = world.shape();
    if (random.nextInt(100) < shape.sessionPercent) {
      spec.setSessionId("s" + random.nextInt(shape.sessions));
    } else if (random.nextInt(10) == 0) {
      spec.setConcurrencyKey("k" + random.nextInt(3));
    }
    return spec.setTimeouts(timeouts).build();
  }

  private static Timeouts.Builder timeouts(SplittableRandom random) {
    Timeouts.Builder timeouts = Timeouts.newBuilder();
    if (random.nextInt(4) == 0) {
      timeouts.setRun(Durations.fromMillis(random.nextInt(500, 20_000)));
    }
    if (random.nextInt(8) == 0) {
      timeouts.setQueue(Durations.fromMillis(random.nextInt(1_000, 30_000)));
    }
    if (random.nextInt(8) == 0) {
      timeouts.setTotal(Durations.fromMillis(random.nextInt(2_000, 40_000)));
    }
    return timeouts;
  }
}
