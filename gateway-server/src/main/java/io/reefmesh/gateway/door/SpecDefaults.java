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

  private final Timeouts timeouts;
  private final RetryPolicy retry =
      RetryPolicy.newBuilder()
          .setMaxAttempts(RETRY.maxAttempts())
          .setInitialBackoff(Durations.fromMillis(RETRY.initialBackoffMillis()))
          .setBackoffMultiplier(RETRY.multiplier())
          .setMaxBackoff(Durations.fromMillis(RETRY.maxBackoffMillis()))
          .build();

  SpecDefaults(GatewayConfig.Timeouts timeouts) {
    this.timeouts =
        Timeouts.newBuilder()
            .setQueue(duration(timeouts.queue()))
            .setRun(duration(timeouts.run()))
            .setTotal(duration(timeouts.total()))
            .build();
  }

  /** The spec with its defaults, and without its payload. */
  TaskSpec fill(TaskSpec spec) {
    TaskSpec.Builder filled = spec.toBuilder().clearPayload();
    if (!spec.hasPriority()) {
      filled.setPriority(TaskTerms.DEFAULT_PRIORITY);
    }
    return filled
        .setTimeouts(spec.hasTimeouts() ? timeouts(spec.getTimeouts()) : timeouts)
        .setRetry(spec.hasRetry() ? retry(spec.getRetry()) : retry)
        .build();
  }

  private Timeouts timeouts(Timeouts asked) {
    return asked.toBuilder()
        .setQueue(asked.hasQueue() ? asked.getQueue() : timeouts.getQueue())
        .setRun(asked.hasRun() ? asked.getRun() : timeouts.getRun())
        .setTotal(asked.hasTotal() ? asked.getTotal() : timeouts.getTotal())
        .build();
  }

  private RetryPolicy retry(RetryPolicy asked) {
    return asked.toBuilder()
        .setMaxAttempts(
            asked.getMaxAttempts() == 0 ? retry.getMaxAttempts() : asked.getMaxAttempts())
        .setInitialBackoff(
            asked.hasInitialBackoff() ? asked.getInitialBackoff() : retry.getInitialBackoff())
        .setBackoffMultiplier(
            asked.getBackoffMultiplier() == 0
                ? retry.getBackoffMultiplier()
                : asked.getBackoffMultiplier())
        .setMaxBackoff(asked.hasMaxBackoff() ? asked.getMaxBackoff() : retry.getMaxBackoff())
        .build();
  }

  private static Duration duration(java.time.Duration value) {
    return Durations.fromMillis(value.toMillis());
  }
}
