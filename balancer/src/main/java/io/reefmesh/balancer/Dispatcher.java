package io.reefmesh.balancer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides everything: which task runs next, on which node, and what follows from each piece of
 * news. A deterministic state machine: {@link #step} takes what happened and gives what is to be
 * done. The same events at the same times, after the same seed, give the same effects.
 *
 * <p>This class only reads events and hands them on. The arrows of the two state machines are in
 * {@link TaskLife} and {@link NodeLife}, the order of the queue is in {@link ReadyQueue}, and the
 * choice of a node is a {@link NodePicker}.
 *
 * <p>Not thread-safe: one thread owns it.
 */
public final class Dispatcher {

  private final MeshState mesh;
  private final NodeHealth health;
  private final TaskLife tasks;
  private final NodeLife nodes;
  private final NodeOrders orders;
  private final AttemptNews news;
  private final Placement placement;
  private final Explainer explainer;
  private @Nullable Restoration restoration;

  /**
   * @param config what governs it
   * @param seed of its randomness (back-off jitter)
   */
  public Dispatcher(DispatcherConfig config, long seed) {
    this.mesh = new MeshState(config, seed);
    this.health = new NodeHealth(mesh);
    this.tasks = new TaskLife(mesh, health);
    this.nodes = new NodeLife(mesh, tasks, health);
    this.orders = new NodeOrders(mesh, nodes, health);
    this.news = new AttemptNews(mesh, tasks, health);
    this.placement = new Placement(mesh, tasks);
    this.explainer = new Explainer(mesh);
  }

  /**
   * Begins to take in what the store has. Nodes that hold tasks get twice the grace to come back.
   *
   * @param nowMillis the time
   */
  public void beginRestore(long nowMillis) {
    mesh.nowMillis = nowMillis;
    mesh.adoptionEndsMillis = nowMillis + 2 * mesh.config.graceMillis();
    restoration = new Restoration(mesh, tasks, nodes);
  }

  /** A task without an outcome; in id order. */
  public void restore(RestoredTask task) {
    underWay().task(task);
  }

  /** A request id that is still known; in id order. */
  public void restoreRequestId(String project, String requestId, String digest, TaskId id) {
    mesh.requestIds.remember(project, requestId, digest, id);
  }

  /** Ends what {@link #beginRestore} began, at the same time. */
  public void endRestore() {
    endRestore(mesh.nowMillis);
  }

  /**
   * Ends what {@link #beginRestore} began. From now on nodes have their time to come back.
   *
   * @param nowMillis the time: reading the store may have taken a while
   */
  public void endRestore(long nowMillis) {
    mesh.nowMillis = Math.max(mesh.nowMillis, nowMillis);
    underWay().finish();
    restoration = null;
    mesh.takeEffects();
  }

  /**
   * Takes in one event.
   *
   * @param nowMillis the time; an earlier one than before counts as the same
   * @return what is to be done, in order; it may leave only when every mutation in it, and in all
   *     steps before, is durable
   */
  public List<Effect> step(Event event, long nowMillis) {
    mesh.nowMillis = Math.max(mesh.nowMillis, nowMillis);
    runDue();
    if (event instanceof Event.FromLink fromLink) {
      hear(fromLink);
    } else {
      ask(event);
    }
    placement.run();
    reply(event);
    return mesh.takeEffects();
  }

  /** When {@link Event.Tick} has something to do next; {@link Long#MAX_VALUE}: never. */
  public long nextDueMillis() {
    return mesh.timers.nextMillis();
  }

  /** How many tasks have no outcome. */
  public int liveTasks() {
    return mesh.tasks.size();
  }

  /** How many messages came by links, or about attempts, that no longer counted. */
  public long staleMessages() {
    return mesh.staleMessages;
  }

  /** For tests and simulation: throws if the state contradicts itself. */
  public void checkInvariants() {
    new Invariants(mesh).check();
  }

  private void runDue() {
    Timed due;
    while ((due = mesh.timers.takeDue(mesh.nowMillis)) != null) {
      if (due instanceof TaskEntry task) {
        tasks.due(task);
      } else if (due instanceof NodeEntry node) {
        nodes.due(node);
      } else if (due instanceof Hold hold) {
        tasks.releaseSession(hold);
      } else if (due instanceof Newcomer newcomer) {
        nodes.due(newcomer);
      } else if (due instanceof Circuit circuit) {
        health.due(circuit);
      }
    }
  }

  private void hear(Event.FromLink event) {
    if (event instanceof Event.Hello hello) {
      nodes.hello(hello);
      return;
    }
    if (event instanceof Event.LinkClosed closed) {
      nodes.linkClosed(closed.link());
      return;
    }
    NodeEntry node = mesh.linkedNode(event.link());
    if (node == null) {
      // What a link that is gone had not sent was moved when it went.
      mesh.staleMessages += isOwnWord(event) ? 0 : 1;
      return;
    }
    if (isOwnWord(event)) {
      news.unsent(node, event);
      return;
    }
    nodes.heard(node);
    if (event instanceof Event.Beat beat) {
      nodes.beat(node, beat);
    } else if (event instanceof Event.Accepted accepted) {
      news.accepted(node, accepted);
    } else if (event instanceof Event.Refused refused) {
      news.refused(node, refused);
    } else if (event instanceof Event.Finished finished) {
      news.finished(node, finished);
    } else if (event instanceof Event.Stopped stopped) {
      news.stopped(node, stopped);
    } else if (event instanceof Event.Leaving leaving) {
      nodes.leaving(node, leaving.reason(), leaving.unregister());
    } else {
      throw new IllegalStateException("unknown event " + event);
    }
  }

  /** The gateway's word, not the node's. */
  private static boolean isOwnWord(Event.FromLink event) {
    return event instanceof Event.Withdrawn || event instanceof Event.Unreadable;
  }

  private void ask(Event event) {
    if (event instanceof Event.Submit submit && mayEnter(submit)) {
      tasks.submit(submit);
    } else if (event instanceof Event.Cancel cancel) {
      cancel(cancel);
    } else if (event instanceof Event.DrainNode drain) {
      orders.drain(drain);
    } else if (event instanceof Event.ResumeNode resume) {
      orders.resume(resume);
    } else if (event instanceof Event.RemoveNode remove) {
      answer(remove.replyTo(), orders.remove(remove));
    } else if (event instanceof Event.StopPlacing) {
      mesh.placing = false;
    }
  }

  /** How many attempts nodes hold. */
  public int leasedTasks() {
    return (int) (mesh.counts.of(TaskState.ASSIGNED) + mesh.counts.of(TaskState.RUNNING));
  }

  /** Whether it is a new task that fits in; if not, it has been answered. */
  private boolean mayEnter(Event.Submit submit) {
    String requestId = submit.requestId();
    if (requestId != null) {
      RequestIds.Known known =
          mesh.requestIds.find(submit.terms().project(), requestId, mesh.nowMillis);
      if (known != null) {
        String digest = submit.digest();
        boolean same = digest != null && known.hasDigest(digest);
        answer(
            submit.replyTo(),
            same ? new Answer.Repeated(known.id()) : new Answer.Conflict(known.id()));
        return false;
      }
    }
    Answer full = mesh.backlog.inTheWay(submit.terms().project());
    if (full == null && requestId != null && mesh.requestIds.isFull()) {
      full = new Answer.Full(Answer.Full.Of.REQUEST_IDS, mesh.config.backlog().requestIds());
    }
    if (full != null) {
      answer(submit.replyTo(), full);
      return false;
    }
    return true;
  }

  private void cancel(Event.Cancel cancel) {
    TaskEntry task = mesh.tasks.get(cancel.id());
    if (task == null || !task.terms.project().equals(cancel.project())) {
      answer(cancel.replyTo(), new Answer.NotLive(cancel.id()));
      return;
    }
    answer(cancel.replyTo(), new Answer.Found(tasks.cancel(task, cancel.reason())));
  }

  /** Answers that show the state after the step, placement included. */
  private void reply(Event event) {
    if (event instanceof Event.Submit submit) {
      TaskEntry task = mesh.tasks.get(submit.id());
      if (task != null) {
        answer(
            submit.replyTo(),
            submit.replyTo() instanceof Opaque.ForReceipt
                ? new Answer.Accepted(task.id)
                : new Answer.Submitted(tasks.view(task)));
      }
    } else if (event instanceof Event.Look look) {
      ImmutableList.Builder<TaskView> views = ImmutableList.builder();
      for (TaskId id : look.ids()) {
        TaskEntry task = mesh.tasks.get(id);
        if (task != null) {
          views.add(tasks.view(task));
        }
      }
      answer(look.replyTo(), new Answer.Views(views.build()));
    } else if (event instanceof Event.Explain explain) {
      TaskEntry task = mesh.tasks.get(explain.id());
      answer(
          explain.replyTo(),
          task != null && task.terms.project().equals(explain.project())
              ? new Answer.Explained(explainer.of(task))
              : new Answer.NotLive(explain.id()));
    } else if (event instanceof Event.LookAtNodes look) {
      answer(look.replyTo(), new Answer.Nodes(viewsFor(look), mesh.nodeVersion));
    } else if (event instanceof Event.DrainNode drain) {
      answerNode(drain.replyTo(), drain.nodeId());
    } else if (event instanceof Event.ResumeNode resume) {
      answerNode(resume.replyTo(), resume.nodeId());
    } else if (event instanceof Event.LookAtMesh look) {
      answer(look.replyTo(), new Answer.Figures(figures()));
    }
  }

  private void answerNode(Opaque replyTo, String nodeId) {
    NodeEntry node = mesh.nodes.get(nodeId);
    answer(replyTo, node == null ? new Answer.NoNode(nodeId) : new Answer.Node(node.view()));
  }

  private ImmutableList<NodeView> viewsFor(Event.LookAtNodes look) {
    if (look.nodeId() != null) {
      NodeEntry node = mesh.nodes.get(look.nodeId());
      return node == null ? ImmutableList.of() : ImmutableList.of(node.view());
    }
    return mesh.nodes.values().stream()
        .filter(node -> node.version > look.changedAfter() || look.changedAfter() == 0)
        .map(NodeEntry::view)
        .collect(ImmutableList.toImmutableList());
  }

  private MeshFigures figures() {
    Map<TaskState, Long> byState = new EnumMap<>(mesh.outcomes);
    byState.putAll(mesh.counts.byState());
    Map<NodeState, Integer> nodesByState = new EnumMap<>(NodeState.class);
    long slots = 0;
    long used = 0;
    for (NodeEntry node : mesh.nodes.values()) {
      nodesByState.merge(node.state(), 1, Integer::sum);
      slots += node.isLinked() ? node.profile.slots() : 0;
      used += node.inFlight();
    }
    return new MeshFigures(
        ImmutableMap.copyOf(byState),
        ImmutableMap.copyOf(nodesByState),
        slots,
        used,
        mesh.depths.rows(),
        mesh.affinity.snapshot(mesh.ready.waits.waitedMillis()));
  }

  private void answer(Opaque to, Answer answer) {
    mesh.emit(new Effect.Reply(to, answer));
  }

  private Restoration underWay() {
    if (restoration == null) {
      throw new IllegalStateException("beginRestore was not called");
    }
    return restoration;
  }
}
