package io.reefmesh.simulation;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import io.grpc.Status;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.node.TaskContext.OutputStreamKind;
import io.reefmesh.node.TaskOutput;
import io.reefmesh.node.link.LinkAction;
import io.reefmesh.node.link.LinkCore;
import io.reefmesh.node.link.LinkEvent;
import io.reefmesh.node.link.LinkProfile;
import io.reefmesh.node.work.HandlerFailures;
import io.reefmesh.node.work.OutputPiece;
import io.reefmesh.node.work.WorkOutcome;
import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.NodeType;
import io.reefmesh.v1.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** One process life of a node: the real core, with handlers that do as the seed says. */
final class SimNode {

  private static final String RETRY_AFTER = "simulated, come back after ";

  private final World world;
  private final SimTime time;
  private final SplittableRandom random;
  private final LinkProfile profile;
  private final LinkCore core;
  private final TreeMap<Long, Connection> connections = new TreeMap<>();
  private final Map<String, Boolean> running = new TreeMap<>();
  private boolean alive = true;
  private final List<Runnable> asleep = new ArrayList<>();
  private long frozenUntil;

  /** Since when it holds nothing; {@link Long#MAX_VALUE}: it holds something. */
  private long idleSince;

  private long wake;

  SimNode(World world, SplittableRandom random, String id, int slots, Set<String> types) {
    this.world = world;
    this.time = world.time();
    this.random = random;
    this.profile =
        new LinkProfile(
            id,
            String.format("%016x", random.nextLong()),
            NodeType.NODE_TYPE_AGENT,
            List.of(),
            List.copyOf(types),
            Map.of(),
            slots,
            0,
            false,
            "sim");
    this.core = new LinkCore(profile, random.split());
    this.idleSince = time.now();
    step(new LinkEvent.Started());
  }

  static String resultOf(String task, int attempt, String incarnation) {
    return task + "/" + attempt + "/" + incarnation;
  }

  /** How long a failure said to wait; 0: it did not say. */
  static long retryAfterOf(String message) {
    return message.startsWith(RETRY_AFTER)
        ? Long.parseLong(message.substring(RETRY_AFTER.length()))
        : 0;
  }

  String nodeId() {
    return profile.nodeId();
  }

  int slots() {
    return profile.slots();
  }

  Set<String> types() {
    return Set.copyOf(profile.taskTypes());
  }

  boolean isAlive() {
    return alive;
  }

  int held() {
    return core.heldCount();
  }

  /** Whether it is awake and has been for a while, and this is its one sound stream. */
  boolean isWellOn(Connection connection) {
    long before = time.now() - Idleness.PATIENCE_MILLIS;
    return alive
        && frozenUntil < before
        && connections.size() == 1
        && newestConnection() == connection
        && connection.isOpenSince(before)
        && connection.gateway.isSteadySince(before);
  }

  /** Whether it has been well and without anything to do for a while, at this gateway. */
  boolean isIdleAt(GatewayLife gateway) {
    Connection connection = newestConnection();
    return connection != null
        && connection.gateway == gateway
        && core.isLinked()
        && idleSince < time.now() - Idleness.PATIENCE_MILLIS
        && isWellOn(connection);
  }

  // Faults.

  void crash() {
    alive = false;
    connections.values().forEach(connection -> connection.reset(world.chance(80), false));
  }

  void freeze(long millis) {
    frozenUntil = time.now() + millis;
  }

  @Nullable Connection newestConnection() {
    return connections.isEmpty() ? null : connections.lastEntry().getValue();
  }

  // What happens to it.

  void heard(long link, LinkResponse message) {
    step(new LinkEvent.Heard(link, message));
  }

  void closed(long link, Status.Code code, String description) {
    connections.remove(link);
    step(new LinkEvent.Closed(link, code, description));
  }

  private void step(LinkEvent event) {
    whenAwake(() -> take(event));
  }

  /** What happens while the process stands still happens in the same order when it goes on. */
  private void whenAwake(Runnable happening) {
    if (!alive) {
      return;
    }
    if (time.now() < frozenUntil || !asleep.isEmpty()) {
      asleep.add(happening);
      if (asleep.size() == 1) {
        time.after(frozenUntil - time.now(), this::thaw);
      }
    } else {
      happening.run();
    }
  }

  private void thaw() {
    if (time.now() < frozenUntil) {
      time.after(frozenUntil - time.now(), this::thaw);
      return;
    }
    List<Runnable> happened = List.copyOf(asleep);
    asleep.clear();
    happened.forEach(this::whenAwake);
  }

  private void take(LinkEvent event) {
    for (LinkAction action : core.step(event, time.now())) {
      perform(action);
    }
    write();
    planWake();
    if (core.heldCount() > 0) {
      idleSince = Long.MAX_VALUE;
    } else if (idleSince == Long.MAX_VALUE) {
      idleSince = time.now();
    }
  }

  private void write() {
    for (Map.Entry<Long, Connection> entry : List.copyOf(connections.entrySet())) {
      LinkRequest message;
      while ((message = core.nextMessage(entry.getKey(), time.now())) != null) {
        for (Refused refused : message.getReport().getRefusedList()) {
          world.refused(this, refused);
        }
        entry.getValue().up(message);
      }
    }
  }

  private void planWake() {
    long mine = ++wake;
    long at = core.nextWakeMillis();
    if (at != Long.MAX_VALUE) {
      time.after(
          at - time.now(),
          () -> {
            if (mine == wake) {
              step(new LinkEvent.TimePassed());
            }
          });
    }
  }

  private void perform(LinkAction action) {
    if (action instanceof LinkAction.Dial dial) {
      time.after(random.nextInt(1, 50), () -> connect(dial.link()));
    } else if (action instanceof LinkAction.Close close) {
      Connection connection = connections.remove(close.link());
      if (connection != null) {
        connection.endedByNode(close.orderly());
      }
      if (close.orderly()) {
        time.after(50, () -> closed(close.link(), Status.Code.OK, "completed"));
      }
    } else if (action instanceof LinkAction.Run run) {
      run(run.assign());
    } else if (action instanceof LinkAction.Interrupt interrupt) {
      interrupt(interrupt.ref());
    }
  }

  private void connect(long link) {
    if (!alive) {
      return;
    }
    GatewayLife gateway = world.reachable(nodeId());
    if (gateway == null) {
      closed(link, Status.Code.UNAVAILABLE, "nobody answers");
      return;
    }
    Connection connection = new Connection(time, random.split(), link, this, gateway);
    connections.put(link, connection);
    gateway.accept(connection);
    write();
    planWake();
  }

  // Handlers.

  private void run(Assign assign) {
    AttemptRef ref = assign.getRef();
    String name = ref.getTaskId() + "/" + ref.getAttempt();
    world
        .promises()
        .started(TaskId.parse(ref.getTaskId()), ref.getAttempt(), assign.getPayload().getData());
    time.note("run", name.hashCode(), profile.nodeId().hashCode(), () -> name + " on " + nodeId());
    running.put(name, false);
    int kind = world.isCalm() ? 0 : random.nextInt(100);
    long duration = random.nextInt(20, 1_500);
    if (kind >= 96) {
      duration = random.nextInt(10_000, 90_000);
    } else if (kind >= 85) {
      duration = random.nextInt(1_500, 8_000);
    }
    if (random.nextInt(3) == 0) {
      int pieces = random.nextInt(1, 16);
      for (int i = 0; i < pieces; i++) {
        time.after(duration * i / pieces, () -> wrote(ref, name));
      }
    }
    WorkOutcome outcome = outcome(ref, kind);
    time.after(duration, () -> returned(ref, name, outcome));
  }

  private WorkOutcome outcome(AttemptRef ref, int kind) {
    if (kind >= 78 && kind < 82) {
      return new WorkOutcome.HandedBack("cold", java.time.Duration.ofMillis(random.nextInt(3_000)));
    }
    if (kind >= 66 && kind < 78) {
      int wait = random.nextInt(6_000);
      return new WorkOutcome.Failed(
          HandlerFailures.failure("SIMULATED", RETRY_AFTER + wait, kind != 77).toBuilder()
              .setRetryAfter(
                  Duration.newBuilder().setSeconds(wait / 1000).setNanos(wait % 1000 * 1_000_000))
              .build(),
          false);
    }
    return new WorkOutcome.Succeeded(
        TaskOutput.data(
            ByteString.copyFromUtf8(
                resultOf(ref.getTaskId(), ref.getAttempt(), profile.incarnation()))));
  }

  private void wrote(AttemptRef ref, String name) {
    whenAwake(() -> writes(ref, name));
  }

  private void writes(AttemptRef ref, String name) {
    if (alive && running.containsKey(name)) {
      String piece = "half of " + name + " ";
      ByteString text = ByteString.copyFromUtf8(piece.repeat(random.nextInt(1, 20)));
      world.promises().wrote(TaskId.parse(ref.getTaskId()), ref.getAttempt(), text.size());
      step(
          new LinkEvent.OutputWritten(
              ref, 0, List.of(new OutputPiece(OutputStreamKind.STDOUT, text))));
    }
  }

  private void returned(AttemptRef ref, String name, WorkOutcome outcome) {
    whenAwake(() -> ended(ref, name, outcome));
  }

  private void ended(AttemptRef ref, String name, WorkOutcome outcome) {
    if (!alive || !running.containsKey(name)) {
      return;
    }
    if (outcome instanceof WorkOutcome.HandedBack) {
      world.promises().handedBack(TaskId.parse(ref.getTaskId()), ref.getAttempt());
    }
    running.remove(name);
    step(new LinkEvent.HandlerReturned(ref, outcome));
  }

  /** Most handlers stop soon when told to; some do not listen. */
  private void interrupt(AttemptRef ref) {
    if (random.nextInt(4) > 0) {
      String name = ref.getTaskId() + "/" + ref.getAttempt();
      WorkOutcome stopped =
          new WorkOutcome.Failed(HandlerFailures.failure("STOPPED", "told to", true), false);
      time.after(random.nextInt(1, 500), () -> returned(ref, name, stopped));
    }
  }
}
