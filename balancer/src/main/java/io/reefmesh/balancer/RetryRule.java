package io.reefmesh.balancer;

import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** What follows a charged attempt that did not succeed: the end of the task, or a wait. */
final class RetryRule {

  private RetryRule() {}

  /**
   * The failure that ends the task; null: it gets another attempt.
   *
   * @param task whose history has the attempt already
   * @param poisonLives see {@link PoisonGuard#verdict}
   */
  static @Nullable Failure end(
      TaskEntry task, AttemptOutcome outcome, Failure failure, int poisonLives) {
    Failure poison =
        outcome == AttemptOutcome.LOST ? PoisonGuard.verdict(task.history, poisonLives) : null;
    if (poison != null) {
      return poison;
    }
    TaskTerms.Retry retry = task.terms.retry();
    boolean over =
        !failure.retryable()
            || retry.nonRetryableCodes().contains(failure.code())
            || task.chargedAttempts() >= retry.maxAttempts();
    return over ? failure : null;
  }

  /**
   * How long to wait: exponential with full jitter, anywhere from zero to a bound that grows with
   * each charged attempt, and no less than the failure asks for.
   */
  static long waitMillis(TaskEntry task, Failure failure, SplittableRandom random) {
    TaskTerms.Retry retry = task.terms.retry();
    double bound =
        (double) retry.initialBackoffMillis()
            * Math.pow(retry.multiplier(), Math.max(0, task.chargedAttempts() - 1));
    long capped = (long) Math.min(bound, (double) retry.maxBackoffMillis());
    long drawn = capped <= 0 ? 0 : random.nextLong(capped + 1);
    return Math.max(drawn, failure.retryAfterMillis());
  }
}
