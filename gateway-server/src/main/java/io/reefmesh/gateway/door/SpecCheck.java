package io.reefmesh.gateway.door;

import com.google.common.base.CharMatcher;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.gateway.GatewayConfig;
import io.reefmesh.v1.RetryPolicy;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.Timeouts;
import java.util.List;
import java.util.Map;

/** The limits that task.proto writes at the fields of a spec. The payload is checked elsewhere. */
final class SpecCheck {

  private static final CharMatcher TYPE_CHARACTERS =
      CharMatcher.inRange('A', 'Z')
          .or(CharMatcher.inRange('a', 'z'))
          .or(CharMatcher.inRange('0', '9'))
          .or(CharMatcher.anyOf("._/-"))
          .precomputed();

  private static final int MAX_TYPE = 128;
  private static final int MAX_CONTENT_TYPE = 128;
  private static final int MAX_KEY = 128;
  private static final int MAX_ENTRIES = 32;
  private static final int MAX_NAME = 64;
  private static final int MAX_VALUE = 256;
  private static final int MAX_TRACEPARENT = 256;
  private static final int MAX_ATTEMPTS = 100;
  private static final double MAX_MULTIPLIER = 10;
  private static final long MAX_BACKOFF_MILLIS = 3_600_000;
  private static final long MAX_AHEAD_MILLIS = 30L * 24 * 3_600_000;

  private final GatewayConfig.Timeouts timeouts;

  SpecCheck(GatewayConfig.Timeouts timeouts) {
    this.timeouts = timeouts;
  }

  /** Adds whatever breaks a limit. */
  void check(TaskSpec spec, long nowMillis, Violations violations) {
    if (!isType(spec.getType())) {
      violations.add(
          "spec.type",
          spec.getType().isEmpty()
              ? "is required"
              : "is "
                  + Printable.quoted(spec.getType())
                  + ": it must be 1-128 letters, digits, '.', '_', '-' or '/'");
    }
    text(
        spec.getPayload().getContentType(),
        "spec.payload.content_type",
        MAX_CONTENT_TYPE,
        violations);
    if (spec.hasPriority()
        && (spec.getPriority() < TaskTerms.FIRST_PRIORITY
            || spec.getPriority() > TaskTerms.LAST_PRIORITY)) {
      violations.add(
          "spec.priority", "is " + spec.getPriority() + ": it must be 1-10, 1 goes first");
    }
    names(spec.getRequiredCapabilitiesList(), "spec.required_capabilities", violations);
    labels(spec.getNodeSelectorMap(), "spec.node_selector", violations);
    text(spec.getSessionId(), "spec.session_id", MAX_KEY, violations);
    text(spec.getConcurrencyKey(), "spec.concurrency_key", MAX_KEY, violations);
    if (spec.hasTimeouts()) {
      timeouts(spec.getTimeouts(), violations);
    }
    if (spec.hasRetry()) {
      retry(spec.getRetry(), violations);
    }
    if (spec.hasReconnectGrace()) {
      upTo(
          spec.getReconnectGrace(),
          timeouts.maxGrace().toMillis(),
          "spec.reconnect_grace",
          violations);
    }
    if (spec.hasNotBefore()) {
      notBefore(spec, nowMillis, violations);
    }
    labels(spec.getLabelsMap(), "spec.labels", violations);
    text(spec.getTraceparent(), "spec.traceparent", MAX_TRACEPARENT, violations);
  }

  /** A text without control characters, of so many characters at most. */
  static void text(String text, String field, int max, Violations violations) {
    int length = text.codePointCount(0, text.length());
    if (length > max) {
      violations.add(field, "has " + length + " characters; at most " + max + " are allowed");
    }
    for (int i = 0; i < text.length(); i++) {
      if (Character.isISOControl(text.charAt(i))) {
        violations.add(field, "holds control characters");
        return;
      }
    }
  }

  private static boolean isType(String type) {
    if (type.isEmpty() || type.length() > MAX_TYPE) {
      return false;
    }
    for (int i = 0; i < type.length(); i++) {
      if (!TYPE_CHARACTERS.matches(type.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  private static void names(List<String> names, String field, Violations violations) {
    count(names.size(), field, violations);
    for (int i = 0; i < names.size() && !violations.isFull(); i++) {
      name(names.get(i), field + "[" + i + "]", violations);
    }
  }

  private static void name(String name, String field, Violations violations) {
    violations.unless(!name.isEmpty(), field, "is empty");
    text(name, field, MAX_NAME, violations);
  }

  private static void labels(Map<String, String> labels, String field, Violations violations) {
    count(labels.size(), field, violations);
    labels.forEach(
        (key, value) -> {
          String entry = field + "[" + Printable.quoted(key) + "]";
          violations.unless(!key.isEmpty(), entry, "has an empty key");
          text(key, entry, MAX_NAME, violations);
          int length = value.codePointCount(0, value.length());
          if (length > MAX_VALUE) {
            violations.add(
                entry,
                "has a value of " + length + " characters; at most " + MAX_VALUE + " are allowed");
          }
        });
  }

  private static void count(int count, String field, Violations violations) {
    if (count > MAX_ENTRIES) {
      violations.add(field, "has " + count + " entries; at most " + MAX_ENTRIES + " are allowed");
    }
  }

  private void timeouts(Timeouts asked, Violations violations) {
    timeout(asked.hasQueue(), asked.getQueue(), timeouts.maxQueue(), "queue", violations);
    timeout(asked.hasRun(), asked.getRun(), timeouts.maxRun(), "run", violations);
    timeout(asked.hasTotal(), asked.getTotal(), timeouts.maxTotal(), "total", violations);
    timeout(
        asked.hasNoProgress(),
        asked.getNoProgress(),
        timeouts.maxNoProgress(),
        "no_progress",
        violations);
  }

  private static void timeout(
      boolean present, Duration asked, java.time.Duration max, String name, Violations violations) {
    if (present && !(isWithin(asked, max.toMillis()) && Durations.isPositive(asked))) {
      violations.add(
          "spec.timeouts." + name,
          "is " + show(asked) + ": it must be longer than 0s and at most " + max.toSeconds() + "s");
    }
  }

  private static void retry(RetryPolicy retry, Violations violations) {
    if (retry.getMaxAttempts() < 0 || retry.getMaxAttempts() > MAX_ATTEMPTS) {
      violations.add(
          "spec.retry.max_attempts",
          "is " + retry.getMaxAttempts() + ": it must be 1-100, or 0 for the default");
    }
    upTo(retry.getInitialBackoff(), MAX_BACKOFF_MILLIS, "spec.retry.initial_backoff", violations);
    upTo(retry.getMaxBackoff(), MAX_BACKOFF_MILLIS, "spec.retry.max_backoff", violations);
    double multiplier = retry.getBackoffMultiplier();
    if (multiplier != 0 && !(multiplier >= 1 && multiplier <= MAX_MULTIPLIER)) {
      violations.add(
          "spec.retry.backoff_multiplier",
          "is " + multiplier + ": it must be 1-10, or 0 for the default");
    }
    names(retry.getNonRetryableCodesList(), "spec.retry.non_retryable_codes", violations);
  }

  private static void upTo(Duration asked, long maxMillis, String field, Violations violations) {
    if (!isWithin(asked, maxMillis) || Durations.isNegative(asked)) {
      violations.add(
          field,
          "is " + show(asked) + ": it must be 0s to " + show(Durations.fromMillis(maxMillis)));
    }
  }

  private static boolean isWithin(Duration asked, long maxMillis) {
    return Durations.isValid(asked)
        && Durations.compare(asked, Durations.fromMillis(maxMillis)) <= 0;
  }

  /** A task that may start only after its total timeout would be accepted to no purpose. */
  private void notBefore(TaskSpec spec, long nowMillis, Violations violations) {
    Timestamp notBefore = spec.getNotBefore();
    if (!Timestamps.isValid(notBefore)) {
      violations.add("spec.not_before", "is not a time");
      return;
    }
    long aheadMillis = Timestamps.toMillis(notBefore) - nowMillis;
    if (aheadMillis > MAX_AHEAD_MILLIS) {
      violations.add("spec.not_before", "is more than 30 days ahead");
      return;
    }
    Duration total =
        spec.getTimeouts().hasTotal()
            ? spec.getTimeouts().getTotal()
            : Durations.fromMillis(timeouts.total().toMillis());
    if (Durations.isValid(total) && aheadMillis >= SpecTerms.millis(total)) {
      violations.add(
          "spec.not_before",
          "lies after the end of the total timeout ("
              + show(total)
              + "): ask for a longer spec.timeouts.total");
    }
  }

  private static String show(Duration duration) {
    return Durations.isValid(duration)
        ? Durations.toString(duration)
        : duration.getSeconds() + "s and " + duration.getNanos() + "ns";
  }
}
