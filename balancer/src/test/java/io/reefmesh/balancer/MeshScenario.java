package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A dispatcher with a clock that only moves when told, and short words for what may happen to it.
 * After every step the invariants are checked, and that no fencing token was used twice.
 */
final class MeshScenario {

  static final long START = TaskId.EPOCH_MILLIS + 1_000_000;

  /** Something opaque that can be told apart. */
  record Thing(String name) implements Opaque {}

  /** A node as the tests speak of it. */
  record Peer(String id, String incarnation, long link) {}

  Dispatcher dispatcher;
  final StoreFold store = new StoreFold();
  long now = START;
  List<Effect> effects = List.of();

  private final DispatcherConfig config;
  private final Set<Effect.AttemptRef> pushed = new HashSet<>();
  private final Map<TaskId, TaskState> outcomes = new HashMap<>();
  private long lastLink;
  private int lastCounter;

  MeshScenario() {
    this(DispatcherConfig.defaults());
  }

  MeshScenario(DispatcherConfig config) {
    this.config = config;
    this.dispatcher = new Dispatcher(config, 42);
  }

  /** A first life of the gateway, with a store that has one task. */
  void restart(RestoredTask stored) {
    store.put(stored);
    restart();
  }

  /** A task as the store has it. */
  RestoredTask stored(TaskId id) {
    return store.task(id);
  }

  /** Another life of the gateway, with what the store has. */
  void restart() {
    dispatcher = new Dispatcher(config, 43);
    dispatcher.beginRestore(now);
    store.restoreInto(dispatcher);
    dispatcher.endRestore();
    dispatcher.checkInvariants();
  }

  static TaskTerms terms() {
    return new TaskTerms(
        "default",
        Requirement.of("work"),
        TaskTerms.DEFAULT_PRIORITY,
        null,
        null,
        false,
        3_600_000,
        3_600_000,
        24 * 3_600_000,
        0,
        TaskTerms.Retry.DEFAULT,
        0,
        0);
  }

  static TaskTerms terms(Requirement requirement, int priority, @Nullable String session) {
    TaskTerms base = terms();
    return new TaskTerms(
        base.project(),
        requirement,
        priority,
        session,
        null,
        false,
        base.queueTimeoutMillis(),
        base.runTimeoutMillis(),
        base.totalTimeoutMillis(),
        0,
        base.retry(),
        0,
        0);
  }

  static TaskTerms retrying(int maxAttempts) {
    return timed(3_600_000, 3_600_000, 24 * 3_600_000, maxAttempts);
  }

  static TaskTerms timed(long queue, long run, long total, int maxAttempts) {
    TaskTerms base = terms();
    return new TaskTerms(
        base.project(),
        base.requirement(),
        base.priority(),
        null,
        null,
        false,
        queue,
        run,
        total,
        0,
        new TaskTerms.Retry(maxAttempts, 1_000, 2, 60_000, ImmutableSet.of("NEVER_AGAIN")),
        0,
        0);
  }

  /** Terms with a no-progress timeout. */
  static TaskTerms unattended(long noProgressMillis) {
    TaskTerms base = terms();
    return new TaskTerms(
        base.project(),
        base.requirement(),
        base.priority(),
        null,
        null,
        false,
        base.queueTimeoutMillis(),
        base.runTimeoutMillis(),
        base.totalTimeoutMillis(),
        noProgressMillis,
        base.retry(),
        0,
        0);
  }

  static NodeProfile profile(int slots, String... capabilities) {
    return new NodeProfile(
        false,
        ImmutableSortedSet.copyOf(capabilities),
        ImmutableSortedSet.of(),
        ImmutableMap.of(),
        slots,
        1,
        false,
        "test",
        "");
  }

  List<Effect> step(Event event) {
    effects = dispatcher.step(event, now);
    dispatcher.checkInvariants();
    if (event instanceof Event.Submit submit) {
      store.saw(submit);
    }
    for (Effect effect : effects) {
      if (effect instanceof Effect.Persist persist) {
        store.fold(persist.mutation());
      }
      if (effect instanceof Effect.Push push
          && !pushed.add(new Effect.AttemptRef(push.id(), push.attempt()))) {
        throw new AssertionError("pushed twice: " + push);
      }
      if (effect instanceof Effect.Persist persist
          && persist.mutation() instanceof Mutation.Ended ended
          && outcomes.put(ended.id(), ended.state()) != null) {
        throw new AssertionError("a second outcome: " + ended);
      }
    }
    return effects;
  }

  /** Lets time pass, stopping wherever something is due. */
  void pass(long millis) {
    long until = now + millis;
    List<Effect> all = new ArrayList<>();
    while (dispatcher.nextDueMillis() <= until) {
      now = Math.max(now, dispatcher.nextDueMillis());
      all.addAll(step(new Event.Tick()));
    }
    now = until;
    all.addAll(step(new Event.Tick()));
    effects = all;
  }

  TaskId submit(TaskTerms terms) {
    return submit(terms, null, null);
  }

  TaskId submit(TaskTerms terms, @Nullable String requestId, @Nullable String digest) {
    TaskId id = TaskId.of(now, lastCounter++, 0);
    step(new Event.Submit(new Thing("caller"), id, terms, new Thing("body"), requestId, digest));
    return id;
  }

  Peer join(String id, NodeProfile profile, Event.HeldAttempt... held) {
    return join(id, "incarnation-1", profile, held);
  }

  Peer join(String id, String incarnation, NodeProfile profile, Event.HeldAttempt... held) {
    Peer peer = new Peer(id, incarnation, ++lastLink);
    step(new Event.Hello(peer.link(), id, incarnation, profile, ImmutableList.copyOf(held)));
    return peer;
  }

  /** A Hello that says which of its process life's links it is. */
  Peer dial(String id, String incarnation, long number, NodeProfile profile) {
    Peer peer = new Peer(id, incarnation, ++lastLink);
    step(new Event.Hello(peer.link(), id, incarnation, number, profile, ImmutableList.of()));
    return peer;
  }

  void beat(Peer peer, NodeProfile profile, long pushesReceived, Event.HeldAttempt... held) {
    step(
        new Event.Beat(
            peer.link(),
            false,
            0.1,
            0.2,
            profile.slots(),
            profile.capabilities(),
            ImmutableList.copyOf(held),
            pushesReceived));
  }

  void accept(Peer peer, TaskId id, int attempt) {
    step(new Event.Accepted(peer.link(), id, attempt));
  }

  void succeed(Peer peer, TaskId id, int attempt) {
    step(new Event.Finished(peer.link(), id, attempt, null, new Thing("result")));
  }

  void fail(Peer peer, TaskId id, int attempt, Failure failure) {
    step(new Event.Finished(peer.link(), id, attempt, failure, null));
  }

  void disconnect(Peer peer) {
    step(new Event.LinkClosed(peer.link()));
  }

  void refuse(Peer peer, TaskId id, int attempt, long retryAfter, RefusalScope scope) {
    step(new Event.Refused(peer.link(), id, attempt, "cold", retryAfter, scope));
  }

  NodeView drain(String id) {
    step(new Event.DrainNode(new Thing("operator"), id, "new kernel"));
    return answer(Answer.Node.class).node();
  }

  NodeView resume(String id) {
    step(new Event.ResumeNode(new Thing("operator"), id));
    return answer(Answer.Node.class).node();
  }

  static Event.HeldAttempt held(TaskId id, int attempt, long progress, long offset) {
    return new Event.HeldAttempt(id, attempt, false, progress, offset);
  }

  /** Terms of a task type, with so many attempts and no back-off. */
  static TaskTerms eager(String type, int maxAttempts) {
    TaskTerms base = terms();
    return new TaskTerms(
        base.project(),
        Requirement.of(type),
        base.priority(),
        null,
        null,
        false,
        base.queueTimeoutMillis(),
        base.runTimeoutMillis(),
        base.totalTimeoutMillis(),
        0,
        new TaskTerms.Retry(maxAttempts, 0, 1, 0, ImmutableSet.of()),
        0,
        0);
  }

  /** The failure of the task that ended in the last step or passage of time. */
  Failure finalFailure() {
    return Objects.requireNonNull(persisted(Mutation.Ended.class).get(0).failure());
  }

  static String codeOf(AttemptRecord attempt) {
    return Objects.requireNonNull(attempt.failure()).code();
  }

  static Event.HeldAttempt held(TaskId id, int attempt) {
    return new Event.HeldAttempt(id, attempt, false);
  }

  @Nullable TaskView live(TaskId id) {
    List<Effect> before = effects;
    List<Effect> looked = step(new Event.Look(new Thing("reader"), ImmutableList.of(id)));
    effects = before;
    for (Effect effect : looked) {
      if (effect instanceof Effect.Reply reply && reply.answer() instanceof Answer.Views views) {
        return views.tasks().isEmpty() ? null : views.tasks().get(0);
      }
    }
    throw new AssertionError("no answer");
  }

  TaskView view(TaskId id) {
    TaskView view = live(id);
    if (view == null) {
      throw new AssertionError("task " + id + " is not live: " + outcomes.get(id));
    }
    return view;
  }

  /** What the store has and what the dispatcher has are the same. */
  void checkFold() {
    List<Effect> before = effects;
    ImmutableList<TaskId> ids = store.live();
    step(new Event.Look(new Thing("reader"), ids));
    ImmutableList<TaskView> views = answer(Answer.Views.class).tasks();
    effects = before;
    if (views.size() != ids.size() || dispatcher.liveTasks() != ids.size()) {
      throw new AssertionError("the store has other tasks: " + ids + " and not " + views);
    }
    views.forEach(store::check);
  }

  /** All tasks without an outcome. */
  ImmutableList<TaskView> allLive() {
    Effect answer = dispatcher.step(new Event.Look(new Thing("reader"), store.live()), now).get(0);
    return ((Answer.Views) ((Effect.Reply) answer).answer()).tasks();
  }

  WaitReason waitReason(TaskId id) {
    WaitReason reason = view(id).waitReason();
    if (reason == null) {
      throw new AssertionError("task " + id + " does not wait");
    }
    return reason;
  }

  NodeView node(String id) {
    List<Effect> before = effects;
    List<Effect> looked = step(new Event.LookAtNodes(new Thing("reader")));
    effects = before;
    for (Effect effect : looked) {
      if (effect instanceof Effect.Reply reply && reply.answer() instanceof Answer.Nodes nodes) {
        return nodes.nodes().stream().filter(n -> n.id().equals(id)).findFirst().orElseThrow();
      }
    }
    throw new AssertionError("no answer");
  }

  @Nullable TaskState outcome(TaskId id) {
    return outcomes.get(id);
  }

  /** The effects of one kind, of the last step or passage of time. */
  <T extends Effect> List<T> the(Class<T> kind) {
    return effects.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  <T extends Mutation> List<T> persisted(Class<T> kind) {
    return the(Effect.Persist.class).stream()
        .map(Effect.Persist::mutation)
        .filter(kind::isInstance)
        .map(kind::cast)
        .toList();
  }

  <T extends Answer> T answer(Class<T> kind) {
    return the(Effect.Reply.class).stream()
        .map(Effect.Reply::answer)
        .filter(kind::isInstance)
        .map(kind::cast)
        .findFirst()
        .orElseThrow();
  }
}
