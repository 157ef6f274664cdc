package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The life of nodes: who is here, who went silent, who came back, and what that means for what they
 * hold. Each method is one arrow, or a choice between arrows, of the node drawing in
 * docs/state-machines.md.
 */
final class NodeLife {

  /** A drained node that is gone is remembered so many times longer than another. */
  private static final long DRAINED_FORGET_FACTOR = 168;

  /** What a node is taken for that the store names and that has not said Hello yet. */
  private static final NodeProfile UNKNOWN =
      new NodeProfile(
          false,
          ImmutableSortedSet.of(),
          ImmutableSortedSet.of(),
          ImmutableMap.of(),
          0,
          1,
          false,
          "",
          "");

  private final MeshState mesh;
  private final TaskLife tasks;
  private final NodeHealth health;

  NodeLife(MeshState mesh, TaskLife tasks, NodeHealth health) {
    this.mesh = mesh;
    this.tasks = tasks;
    this.health = health;
  }

  void hello(Event.Hello hello) {
    NodeEntry node = mesh.nodes.get(hello.nodeId());
    if (node == null) {
      node = new NodeEntry(hello.nodeId(), hello.incarnation(), hello.profile(), mesh.config);
      mesh.nodes.put(node.id, node);
      welcome(node, hello);
    } else if (hello.isOlderThan(node.incarnation, node.linkNumber)) {
      outdated(hello);
    } else if (node.incarnation.equals(hello.incarnation())) {
      if (node.newcomer != null) {
        refuseNewcomer(node.newcomer, "the process that holds node id " + node.id + " is back");
      }
      closeLink(node, Effect.CloseLink.Reason.REPLACED, "the same process opened a newer link");
      welcome(node, hello);
    } else if (node.isLinked()) {
      probe(node, hello);
    } else {
      replace(node, hello);
    }
  }

  /**
   * A Hello that was held up on the way: its process has opened another link since and no longer
   * listens to this one. What it says it holds is old, and proves nothing.
   */
  private void outdated(Event.Hello hello) {
    mesh.emit(
        new Effect.CloseLink(
            hello.link(),
            Effect.CloseLink.Reason.REPLACED,
            "the same process has opened a newer link since"));
  }

  void beat(NodeEntry node, Event.Beat beat) {
    if (node.newcomer != null) {
      refuseNewcomer(node.newcomer, "node " + node.id + " is linked and alive in another process");
    }
    node.cpuLoad = beat.cpuLoad();
    node.memoryLoad = beat.memoryLoad();
    node.busyByItsWord = beat.busy();
    pace(node);
    reprofile(node, beat.slots(), beat.capabilities());
    List<Effect.AttemptRef> drop = new ArrayList<>();
    Set<Effect.AttemptRef> named = takeStock(node, beat.held(), null, drop);
    // What the node has received and does not name is not there.
    for (TaskEntry task : ImmutableList.copyOf(node.leases.values())) {
      if (task.pushOrdinal <= beat.pushesReceived() && !named.contains(refOf(task))) {
        forgotten(task);
      }
    }
    for (Hold hold : ImmutableList.copyOf(node.holds.values())) {
      if (hold.ordinal <= beat.pushesReceived()
          && !named.contains(new Effect.AttemptRef(hold.id, hold.attempt))) {
        tasks.release(hold);
      }
    }
    mesh.emit(new Effect.BeatReply(node.link, ImmutableList.copyOf(drop), rhythmOf(node)));
    mesh.nodeChanged(node);
  }

  void leaving(NodeEntry node, String reason, boolean unregister) {
    node.leaving = true;
    node.reason = reason.isEmpty() ? "leaving" : "leaving: " + reason;
    if (unregister) {
      closeLink(node, Effect.CloseLink.Reason.LEFT, "the node unregistered");
      goOffline(node, Failure.NODE_LEFT, "node " + node.id + " left");
      letWaitingIn(node);
    } else {
      mesh.nodeChanged(node);
    }
  }

  void linkClosed(long link) {
    Newcomer newcomer = mesh.newcomers.get(link);
    if (newcomer != null) {
      // It may dial again: the node is asked only once.
      newcomer.linked = false;
      mesh.newcomers.remove(link);
      return;
    }
    NodeEntry node = mesh.linkedNode(link);
    if (node == null) {
      return;
    }
    mesh.links.remove(link);
    node.link = NodeEntry.NO_LINK;
    suspect(node, "its link closed");
    letWaitingIn(node);
  }

  /** Any message shows that a node lives. */
  void heard(NodeEntry node) {
    node.heardAtMillis = mesh.nowMillis;
    if (node.silent) {
      node.silent = false;
      node.reason = "";
      node.givenUpAtMillis = Timed.NEVER;
      mesh.timers.set(node, mesh.nowMillis + node.silentAfterMillis);
      mesh.nodeChanged(node);
    }
  }

  void due(NodeEntry node) {
    long now = mesh.nowMillis;
    if (now >= node.givenUpAtMillis) {
      if (node.offline) {
        forgetOrKeep(node);
      } else {
        closeLink(node, Effect.CloseLink.Reason.SILENT, "nothing was heard for too long");
        goOffline(node, Failure.NODE_LOST, "node " + node.id + " did not come back in time");
        letWaitingIn(node);
      }
    } else if (node.isLinked() && !node.silent) {
      long silentAt = node.heardAtMillis + node.silentAfterMillis;
      if (now >= silentAt) {
        node.silent = true;
        recallUnreceived(node);
        suspect(node, "nothing was heard on its link");
      } else {
        mesh.timers.set(node, silentAt);
      }
    } else {
      mesh.timers.set(node, node.givenUpAtMillis);
    }
  }

  /** The linked node did not answer in time: the newcomer takes its place. */
  void due(Newcomer newcomer) {
    newcomer.unanswered = true;
    if (newcomer.linked) {
      takeOver(newcomer.incumbent);
    }
  }

  private void takeOver(NodeEntry node) {
    closeLink(
        node, Effect.CloseLink.Reason.REPLACED, "another process took over node id " + node.id);
    letWaitingIn(node);
  }

  /** The node has no link any more: a newcomer need not wait for its answer. */
  private void letWaitingIn(NodeEntry node) {
    Newcomer waiting = node.newcomer;
    if (waiting != null) {
      forget(waiting);
      if (waiting.linked) {
        replace(node, waiting.hello);
      }
    }
  }

  /** Asks for pushes back that may not have left: they go elsewhere at no cost. */
  void recallUnreceived(NodeEntry node) {
    if (node.isLinked()) {
      node.leases.values().stream()
          .filter(task -> task.state() == TaskState.ASSIGNED)
          .forEach(task -> tasks.recall(task, node));
    }
  }

  /** Ends whatever there is of a node. */
  void remove(NodeEntry node) {
    String reason = "node " + node.id + " was removed by an operator";
    node.drained = false;
    closeLink(node, Effect.CloseLink.Reason.REMOVED, reason + "; it may dial again");
    if (!node.offline) {
      goOffline(node, Failure.NODE_LEFT, reason);
    }
    Newcomer waiting = node.newcomer;
    if (waiting != null) {
      forget(waiting);
    }
    forget(node);
    if (waiting != null && waiting.linked) {
      hello(waiting.hello);
    }
  }

  /** Drained nodes are remembered for longer: they are to come back drained. */
  private void forgetOrKeep(NodeEntry node) {
    long since = node.givenUpAtMillis - mesh.config.forgetNodeMillis();
    long until = since + DRAINED_FORGET_FACTOR * mesh.config.forgetNodeMillis();
    if (node.drained && mesh.nowMillis < until) {
      mesh.timers.set(node, until);
    } else {
      forget(node);
    }
  }

  private void forget(NodeEntry node) {
    health.forget(node);
    mesh.timers.cancel(node);
    mesh.nodes.remove(node.id);
    mesh.emit(new Effect.NodeForgotten(node.id));
  }

  /** The node that the store says holds a task: it may come back and adopt it. */
  NodeEntry awaited(String nodeId, String incarnation) {
    NodeEntry node = mesh.nodes.get(nodeId);
    if (node == null) {
      node = new NodeEntry(nodeId, incarnation, UNKNOWN, mesh.config);
      node.reason = "not back since the gateway started";
      node.lastState = NodeState.SUSPECT;
      mesh.nodes.put(nodeId, node);
    }
    return node;
  }

  /** Gives an awaited node until its longest lease ends. */
  void await(NodeEntry node) {
    giveTime(node, mesh.adoptionEndsMillis);
  }

  private void probe(NodeEntry node, Event.Hello hello) {
    Newcomer before = node.newcomer;
    if (before != null) {
      asksAgain(before, hello);
      return;
    }
    Newcomer newcomer = new Newcomer(hello, node);
    node.newcomer = newcomer;
    mesh.newcomers.put(hello.link(), newcomer);
    mesh.timers.set(newcomer, mesh.nowMillis + mesh.config.probeMillis());
    mesh.emit(new Effect.Probe(node.link));
  }

  /** The node is being asked already: whoever claims its id last waits for the same answer. */
  private void asksAgain(Newcomer newcomer, Event.Hello hello) {
    if (hello.isOlderThan(newcomer.hello.incarnation(), newcomer.hello.number())) {
      outdated(hello);
      return;
    }
    if (newcomer.linked) {
      boolean same = newcomer.hello.incarnation().equals(hello.incarnation());
      mesh.newcomers.remove(newcomer.hello.link());
      mesh.emit(
          new Effect.CloseLink(
              newcomer.hello.link(),
              same ? Effect.CloseLink.Reason.REPLACED : Effect.CloseLink.Reason.DUPLICATE,
              "a later link claims node id " + hello.nodeId()));
    }
    newcomer.hello = hello;
    newcomer.linked = true;
    mesh.newcomers.put(hello.link(), newcomer);
    if (newcomer.unanswered) {
      takeOver(newcomer.incumbent);
    }
  }

  private void refuseNewcomer(Newcomer newcomer, String message) {
    forget(newcomer);
    if (!newcomer.linked) {
      return;
    }
    mesh.emit(
        new Effect.CloseLink(newcomer.hello.link(), Effect.CloseLink.Reason.DUPLICATE, message));
  }

  private void forget(Newcomer newcomer) {
    mesh.timers.cancel(newcomer);
    mesh.newcomers.remove(newcomer.hello.link());
    newcomer.incumbent.newcomer = null;
  }

  /** A new process life of an unlinked node: what the old one held ends now. */
  private void replace(NodeEntry node, Event.Hello hello) {
    endHoldings(node, Failure.NODE_LOST, "node " + node.id + " was restarted");
    health.newLife(node);
    node.incarnation = hello.incarnation();
    welcome(node, hello);
  }

  private void welcome(NodeEntry node, Event.Hello hello) {
    mesh.links.put(hello.link(), node);
    node.link = hello.link();
    node.linkNumber = hello.number();
    node.pushes = 0;
    node.introduced = true;
    node.offline = false;
    node.silent = false;
    node.leaving = false;
    node.busyByItsWord = false;
    node.reason = "";
    node.linkedAtMillis = mesh.nowMillis;
    node.heardAtMillis = mesh.nowMillis;
    node.givenUpAtMillis = Timed.NEVER;
    node.profile = hello.profile();
    pace(node);
    mesh.timers.set(node, mesh.nowMillis + node.silentAfterMillis);
    List<Effect.AttemptRef> keep = new ArrayList<>();
    List<Effect.AttemptRef> drop = new ArrayList<>();
    Set<Effect.AttemptRef> named = takeStock(node, hello.held(), keep, drop);
    // Every push so far went out on an older link, and the node listens to none of those any more.
    for (TaskEntry task : ImmutableList.copyOf(node.leases.values())) {
      if (!named.contains(refOf(task))) {
        forgotten(task);
      }
    }
    for (Hold hold : ImmutableList.copyOf(node.holds.values())) {
      if (!named.contains(new Effect.AttemptRef(hold.id, hold.attempt))) {
        tasks.release(hold);
      }
    }
    mesh.emit(
        new Effect.Welcome(
            node.link,
            ImmutableList.copyOf(keep),
            ImmutableList.copyOf(drop),
            node.drained,
            rhythmOf(node),
            mesh.config.pace().firstMillis(node.beatMillis, mesh.random)));
    mesh.ready.nodeReprofiled(node, mesh.nowMillis);
    mesh.noteState(node);
  }

  /** How often the node is to beat from now on, and what that means for its silence and leases. */
  private void pace(NodeEntry node) {
    BeatPace pace = mesh.config.pace();
    node.beatMillis = pace.intervalMillis(mesh.links.size());
    node.silentAfterMillis =
        pace.silentAfterMillis(node.beatMillis, mesh.config.silentAfterMillis());
    node.leaseMillis =
        Math.max(mesh.config.leaseMillis(), node.silentAfterMillis + mesh.config.graceMillis());
  }

  private static Effect.Rhythm rhythmOf(NodeEntry node) {
    return new Effect.Rhythm(node.beatMillis, node.leaseMillis);
  }

  /**
   * Compares what a node says it holds with what it should hold: leases it names are renewed,
   * everything else that still runs is to be dropped and keeps its slot until it has stopped.
   *
   * @return what the node named
   */
  private Set<Effect.AttemptRef> takeStock(
      NodeEntry node,
      ImmutableList<Event.HeldAttempt> held,
      @Nullable List<Effect.AttemptRef> keep,
      List<Effect.AttemptRef> drop) {
    Set<Effect.AttemptRef> named = new HashSet<>();
    for (Event.HeldAttempt attempt : held) {
      Effect.AttemptRef ref = new Effect.AttemptRef(attempt.id(), attempt.attempt());
      if (!named.add(ref)) {
        continue;
      }
      TaskEntry task = node.leases.get(attempt.id());
      if (task != null && task.attempt == attempt.attempt()) {
        tasks.runs(task);
        task.advancedTo(attempt.progress(), attempt.outputOffset(), mesh.nowMillis);
        if (keep == null && !attempt.finished() && task.isStalled(mesh.nowMillis)) {
          tasks.stalled(task);
        }
        if (keep != null) {
          // A new link: the push counts as received on it.
          task.pushLink = node.link;
          task.pushOrdinal = 0;
          keep.add(ref);
          mesh.emit(new Effect.Leased(node.link, task.id, task.attempt));
        }
      } else if (!attempt.finished()) {
        drop.add(ref);
        if (!node.holds.containsKey(ref)) {
          mesh.stale(node, ref.id(), ref.attempt(), "held");
        }
        if (node.holds.size() >= NodeEntry.MAX_HOLDS) {
          continue;
        }
        // Named, hence received: its absence from a later beat means that it has stopped.
        node.holds.computeIfAbsent(ref, r -> tasks.stray(node, r)).ordinal = 0;
      }
    }
    return named;
  }

  /** A node of the same process life has received, and does not hold, an attempt. */
  private void forgotten(TaskEntry task) {
    if (task.state() == TaskState.ASSIGNED) {
      tasks.attemptUnused(
          task,
          AttemptOutcome.UNRECEIVED,
          Failure.retryable("UNRECEIVED", "the push did not reach the node"));
    } else {
      tasks.lost(task, "its node no longer has it", false);
    }
  }

  private void reprofile(NodeEntry node, int slots, ImmutableSortedSet<String> capabilities) {
    NodeProfile old = node.profile;
    if (old.slots() != slots || !old.capabilities().equals(capabilities)) {
      node.profile =
          new NodeProfile(
              old.channel(),
              capabilities,
              old.taskTypes(),
              old.labels(),
              slots,
              old.weight(),
              old.keepsSessionState(),
              old.softwareVersion(),
              old.address());
      mesh.ready.nodeReprofiled(node, mesh.nowMillis);
    }
  }

  private void suspect(NodeEntry node, String reason) {
    node.reason = reason;
    for (TaskEntry task : node.leases.values()) {
      tasks.leaseUntil(task, mesh.nowMillis + tasks.graceMillis(task));
    }
    giveTime(node, mesh.nowMillis + mesh.config.graceMillis());
    mesh.nodeChanged(node);
  }

  /** The node is given up no sooner than the last of its leases. */
  private void giveTime(NodeEntry node, long untilMillis) {
    long until = untilMillis;
    for (TaskEntry task : node.leases.values()) {
      until = Math.max(until, task.leaseUntilMillis);
    }
    node.givenUpAtMillis = until;
    mesh.timers.set(node, until);
  }

  private void closeLink(NodeEntry node, Effect.CloseLink.Reason reason, String message) {
    if (node.isLinked()) {
      mesh.links.remove(node.link);
      mesh.emit(new Effect.CloseLink(node.link, reason, message));
      node.link = NodeEntry.NO_LINK;
    }
  }

  private void goOffline(NodeEntry node, String code, String message) {
    node.offline = true;
    node.reason = message;
    mesh.ready.nodeGone(node);
    endHoldings(node, code, message);
    node.givenUpAtMillis = mesh.nowMillis + mesh.config.forgetNodeMillis();
    mesh.timers.set(node, node.givenUpAtMillis);
    mesh.noteState(node);
  }

  private void endHoldings(NodeEntry node, String code, String message) {
    for (TaskEntry task : ImmutableList.copyOf(node.leases.values())) {
      tasks.lost(task, code, message, false);
    }
    for (Hold hold : ImmutableList.copyOf(node.holds.values())) {
      tasks.release(hold);
    }
  }

  private static Effect.AttemptRef refOf(TaskEntry task) {
    return new Effect.AttemptRef(task.id, task.attempt);
  }
}
