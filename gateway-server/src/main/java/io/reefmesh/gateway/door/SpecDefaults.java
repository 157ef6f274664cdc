package io.reefmesh.gateway.door;

import com.google.protobuf.Duration;
import com.google.protobuf.util.Durations;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.gateway.GatewayConfig;
import io.reefmesh.v1.RetryPolicy;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.Timeouts;

/** Fills in what a checked spec leaves open, so that what is stored says what holds. */
final class SpecDefaults {

  private static final TaskTerms.Retry RETRY = TaskTerms.Retry.DEFAULT;

  private final Duration queue;
  private final Duration run;
  private final Duration total;

  SpecDefaults(GatewayConfig.Timeouts timeouts) {
    queue = duration(timeouts.queue());
    run = duration(timeouts.run());
    total = duration(timeouts.total());
  }

  TaskSpec fill(TaskSpec spec) {
    TaskSpec.Builder filled = spec.toBuilder();
    if (!spec.hasPriority()) {
      filled.setPriority(TaskTerms.DEFAULT_PRIORITY);
    }
    return filled
        .setTimeouts(timeouts(spec.getTimeouts()))
        .setRetry(retry(spec.getRetry()))
        .build();
  }

  private Timeouts timeouts(Timeouts asked) {
    return asked.toBuilder()
        .setQueue(asked.hasQueue() ? asked.getQueue() : queue)
        .setRun(asked.hasRun() ? asked.getRun() : run)
        .setTotal(asked.hasTotal() ? asked.getTotal() : total)
        .build();
  }

  private static RetryPolicy retry(RetryPolicy asked) {
    return asked.toBuilder()
        .setMaxAttempts(asked.getMaxAttempts() == 0 ? RETRY.maxAttempts() : asked.getMaxAttempts())
        .setInitialBackoff(
            asked.hasInitialBackoff()
                ? asked.getInitialBackoff()
                : Durations.fromMillis(RETRY.initialBackoffMillis()))
        .setBackoffMultiplier(
            asked.getBackoffMultiplier() == 0 ? RETRY.multiplier() : asked.getBackoffMultiplier())
        .setMaxBackoff(
            asked.hasMaxBackoff()
                ? asked.getMaxBackoff()
                : Durations.fromMillis(RETRY.maxBackoffMillis()))
        .build();
  }

  private static Duration duration(java.time.Duration value) {
    return Durations.fromMillis(value.toMillis());
  }
}
