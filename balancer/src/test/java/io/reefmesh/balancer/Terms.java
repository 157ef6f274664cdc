package io.reefmesh.balancer;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import org.jspecify.annotations.Nullable;

/** Makes the terms of a task, of which a test names only what it is about. */
final class Terms {

  private String project = "default";
  private Requirement requirement = Requirement.of("work");
  private int priority = TaskTerms.DEFAULT_PRIORITY;
  private @Nullable String session;
  private @Nullable String key;
  private boolean preferSessionNode;
  private long queueTimeoutMillis = 24 * 3_600_000;
  private long totalTimeoutMillis = 24 * 3_600_000;
  private long runTimeoutMillis = 24 * 3_600_000;
  private long notBeforeMillis;

  static Terms of(String project) {
    Terms terms = new Terms();
    terms.project = project;
    return terms;
  }

  Terms type(String type, String... capabilities) {
    requirement = Requirement.of(type, capabilities);
    return this;
  }

  Terms label(String label, String value) {
    requirement =
        new Requirement(requirement.type(), ImmutableSortedSet.of(), ImmutableMap.of(label, value));
    return this;
  }

  Terms priority(int value) {
    priority = value;
    return this;
  }

  Terms session(@Nullable String value) {
    session = value;
    return this;
  }

  Terms key(@Nullable String value) {
    key = value;
    return this;
  }

  Terms preferSessionNode(boolean value) {
    preferSessionNode = value;
    return this;
  }

  Terms queueTimeout(long millis) {
    queueTimeoutMillis = millis;
    return this;
  }

  Terms runTimeout(long millis) {
    runTimeoutMillis = millis;
    return this;
  }

  Terms totalTimeout(long millis) {
    totalTimeoutMillis = millis;
    return this;
  }

  Terms notBefore(long millis) {
    notBeforeMillis = millis;
    return this;
  }

  TaskTerms build() {
    return new TaskTerms(
        project,
        requirement,
        priority,
        session,
        key,
        preferSessionNode,
        queueTimeoutMillis,
        runTimeoutMillis,
        totalTimeoutMillis,
        0,
        TaskTerms.Retry.DEFAULT,
        0,
        notBeforeMillis);
  }
}
