package io.reefmesh.gateway.door;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.util.Timestamps;
import io.reefmesh.balancer.Requirement;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.gateway.store.StoredSpec;
import io.reefmesh.v1.RetryPolicy;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.Timeouts;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The translation of a checked spec, with its defaults filled in, to what the dispatcher knows of a
 * task. It serves fresh submissions and tasks that are loaded from the store alike. Thread-safe.
 */
public final class SpecTerms {

  private final Function<String, ImmutableSortedSet<String>> capabilities;
  private final SpecTable table = new SpecTable();

  /**
   * A specification with its terms.
   *
   * @param spec the same object for equal ones, as far as they are remembered
   * @param terms likewise
   */
  public record Understood(StoredSpec spec, TaskTerms terms) {}

  /**
   * By the gateway's capability table.
   *
   * @param capabilities what nodes must offer for a task type; empty for types it does not know
   */
  public SpecTerms(Function<String, ImmutableSortedSet<String>> capabilities) {
    this.capabilities = capabilities;
  }

  /** A fresh spec of this project, in its stored form, and its terms. */
  public Understood understand(String project, TaskSpec spec) {
    ByteString bytes = spec.toByteString();
    Understood known = table.find(project, bytes);
    return known != null ? known : remember(project, StoredSpec.of(spec, bytes));
  }

  /** A stored spec of this project, and its terms. */
  public Understood understand(String project, StoredSpec spec) {
    Understood known = table.find(project, spec.bytes());
    return known != null ? known : remember(project, spec);
  }

  private Understood remember(String project, StoredSpec spec) {
    Understood understood = new Understood(spec, of(project, spec.message()));
    table.remember(understood);
    return understood;
  }

  /** The terms of a task of this project with this spec. */
  public TaskTerms of(String project, TaskSpec spec) {
    Timeouts timeouts = spec.getTimeouts();
    return new TaskTerms(
        project,
        requirement(spec),
        spec.getPriority(),
        orNull(spec.getSessionId()),
        orNull(spec.getConcurrencyKey()),
        spec.getPreferSessionNode(),
        millis(timeouts.getQueue()),
        millis(timeouts.getRun()),
        millis(timeouts.getTotal()),
        millis(timeouts.getNoProgress()),
        retry(spec.getRetry()),
        millis(spec.getReconnectGrace()),
        spec.hasNotBefore() ? Math.max(0, Timestamps.toMillis(spec.getNotBefore())) : 0);
  }

  private Requirement requirement(TaskSpec spec) {
    return new Requirement(
        spec.getType(),
        ImmutableSortedSet.<String>naturalOrder()
            .addAll(capabilities.apply(spec.getType()))
            .addAll(spec.getRequiredCapabilitiesList())
            .build(),
        ImmutableMap.copyOf(spec.getNodeSelectorMap()));
  }

  private static TaskTerms.Retry retry(RetryPolicy policy) {
    return new TaskTerms.Retry(
        policy.getMaxAttempts(),
        millis(policy.getInitialBackoff()),
        policy.getBackoffMultiplier(),
        millis(policy.getMaxBackoff()),
        ImmutableSet.copyOf(policy.getNonRetryableCodesList()));
  }

  /** Parts of a millisecond count as a whole one: a timeout never becomes "off". */
  static long millis(Duration duration) {
    return Math.addExact(
        Math.multiplyExact(duration.getSeconds(), 1_000L),
        (duration.getNanos() + 999_999) / 1_000_000);
  }

  private static @Nullable String orNull(String text) {
    return text.isEmpty() ? null : text;
  }
}
