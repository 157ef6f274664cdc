package io.reefmesh.balancer;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The caps that apply to live tasks, leases and holds; others are dropped. */
final class Caps {

  private final QueueRules rules;
  private final Map<Cap.Key, Cap> caps = new HashMap<>();

  Caps(QueueRules rules) {
    this.rules = rules;
  }

  /** A lane of a project is made; null: no cap holds for it. */
  @Nullable Cap joinProject(String project) {
    return rules.capOf(project) == 0 ? null : join(new Cap.Key(project, null));
  }

  /** A lane of a concurrency key is made. */
  Cap joinKey(String project, String concurrencyKey) {
    return join(new Cap.Key(project, concurrencyKey));
  }

  /** A lane is dropped. */
  void leave(Cap cap) {
    cap.lanes--;
    dropIfIdle(cap);
  }

  /** The cap of a task's project; null: it has none, or nothing of it runs or is ready. */
  @Nullable Cap ofProject(TaskTerms terms) {
    return rules.capOf(terms.project()) == 0 ? null : caps.get(new Cap.Key(terms.project(), null));
  }

  /** The cap of a task's concurrency key; null: it has none, or nothing of it runs or is ready. */
  @Nullable Cap ofKey(TaskTerms terms) {
    String key = terms.concurrencyKey();
    return key == null ? null : caps.get(new Cap.Key(terms.project(), key));
  }

  /** A cap that leaves a task no permit, the project's first; null: none does. */
  @Nullable Cap inTheWay(TaskTerms terms) {
    Cap project = ofProject(terms);
    if (project != null && project.isFull()) {
      return project;
    }
    Cap key = ofKey(terms);
    return key != null && key.isFull() ? key : null;
  }

  /** A lease or hold of a task with such terms begins. */
  void take(TaskTerms terms, Timed leaseOrHold) {
    if (rules.capOf(terms.project()) > 0) {
      get(new Cap.Key(terms.project(), null)).take(leaseOrHold);
    }
    String key = terms.concurrencyKey();
    if (key != null) {
      get(new Cap.Key(terms.project(), key)).take(leaseOrHold);
    }
  }

  /** Drops the cap if nothing is left that it could hold for. */
  void dropIfIdle(Cap cap) {
    if (cap.isIdle()) {
      caps.remove(cap.key);
    }
  }

  Collection<Cap> all() {
    return caps.values();
  }

  private Cap join(Cap.Key key) {
    Cap cap = get(key);
    cap.lanes++;
    return cap;
  }

  private Cap get(Cap.Key key) {
    return caps.computeIfAbsent(
        key,
        k -> new Cap(k, k.concurrencyKey() == null ? rules.capOf(k.project()) : rules.keyCap()));
  }
}
