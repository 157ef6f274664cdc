package io.reefmesh.simulation;

import io.grpc.Metadata;
import io.grpc.Status;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.client.CallRetry;
import io.reefmesh.client.WatchCore;
import io.reefmesh.client.WatchCore.Action;
import io.reefmesh.client.WatchCore.Event;
import io.reefmesh.v1.TaskEvent;
import io.reefmesh.v1.WatchTaskRequest;
import io.reefmesh.v1.WatchTaskResponse;
import java.time.Duration;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * A follower of one task: the real watch core over simulated streams, to the real service. Streams
 * are cut, its listener may be slow, and its process may end and go on elsewhere from the cursor.
 */
final class SimWatcher {

  private static final Duration FOLLOW_FOR = Duration.ofMinutes(15);

  private final World world;
  private final SimStore store;
  private final SimTime time;
  private final SplittableRandom random;
  private final TaskId id;
  private final int paceMillis;

  /** To tell followers apart in a trace. */
  private final int name;

  private final Runnable onFinished;
  private final WatchCore core;
  private final FollowerCheck heard;

  /** What it was told, up to the message that the listener heard in full. */
  private FollowerCheck told;

  /** With the message that is with the listener. */
  private FollowerCheck telling;

  private @Nullable AnswerStream<WatchTaskResponse> stream;
  private @Nullable Runnable afterwards;
  private boolean busy;
  private boolean gone;

  /**
   * A follower that has not begun.
   *
   * @param paceMillis how long its listener takes for a message
   */
  SimWatcher(
      World world,
      SimStore store,
      SplittableRandom random,
      TaskId id,
      int paceMillis,
      Runnable onFinished) {
    this(
        world,
        store,
        random,
        id,
        paceMillis,
        onFinished,
        "",
        new FollowerCheck(id, world.promises()::writtenBytes, true));
  }

  private SimWatcher(
      World world,
      SimStore store,
      SplittableRandom random,
      TaskId id,
      int paceMillis,
      Runnable onFinished,
      String cursor,
      FollowerCheck told) {
    this.world = world;
    this.store = store;
    this.time = world.time();
    this.random = random;
    this.id = id;
    this.paceMillis = paceMillis;
    this.name = random.nextInt(1_000);
    this.onFinished = onFinished;
    this.told = told;
    this.telling = told;
    this.heard =
        cursor.isEmpty()
            ? new FollowerCheck(id, world.promises()::writtenBytes, false)
            : told.copy();
    this.core =
        new WatchCore(
            id.toString(), cursor, CallRetry.standard(), FOLLOW_FOR, "simulated", random.split());
  }

  void start() {
    step(new Event.Started());
    if (random.nextInt(6) == 0) {
      time.after(random.nextInt(50, 8_000), this::moveOn);
    }
  }

  /** Its process ends, at any moment; another one goes on from the cursor that was kept. */
  private void moveOn() {
    if (gone || told.isFinished() || telling.isFinished()) {
      return;
    }
    gone = true;
    AnswerStream<WatchTaskResponse> present = stream;
    if (present != null) {
      present.hangUp();
    }
    String cursor = core.cursor();
    FollowerCheck from =
        cursor.isEmpty()
            ? new FollowerCheck(id, world.promises()::writtenBytes, true)
            : told.copy();
    new SimWatcher(world, store, random.split(), id, paceMillis, onFinished, cursor, from).start();
  }

  private void step(Event event) {
    if (gone) {
      return;
    }
    boolean received = event instanceof Event.Received;
    for (Action action : core.step(event, time.now() * 1_000_000L)) {
      perform(action);
    }
    if (received) {
      busy = true;
      int stream = ((Event.Received) event).stream();
      time.after(paceMillis == 0 ? 0 : random.nextInt(paceMillis), () -> returned(stream));
    }
  }

  /** The listener returns; only then is anything else heard. */
  private void returned(int from) {
    busy = false;
    told = telling;
    Runnable next = afterwards;
    afterwards = null;
    step(new Event.Delivered(from)); // may bring the next message, and what comes after that
    if (next != null) {
      next.run();
    }
  }

  private void perform(Action action) {
    AnswerStream<WatchTaskResponse> present = stream;
    if (action instanceof Action.Open open) {
      open(open.stream(), open.request());
    } else if (action instanceof Action.Deliver deliver) {
      if (!isMovedOn()) {
        heard.told(deliver.event());
      }
    } else if (action instanceof Action.Ask && present != null) {
      present.ask();
    } else if (action instanceof Action.Wait wait) {
      time.after(wait.duration().toMillis(), () -> step(new Event.WaitOver()));
    } else if (action instanceof Action.Cancel && present != null) {
      present.hangUp();
    } else if (action instanceof Action.Finish) {
      onFinished.run();
    } else if (action instanceof Action.Break broken) {
      throw new Violation("L2 a follower of task " + id + " was turned away", broken.why());
    }
  }

  /** What went before a hand-over is not known to the client's order of events. */
  private boolean isMovedOn() {
    return heard.isOnTheWire();
  }

  private void open(int number, WatchTaskRequest request) {
    GatewayLife gateway = world.gateway();
    if (gateway == null) {
      close(random.nextInt(1, 30), number);
      return;
    }
    time.after(random.nextInt(1, 40), () -> enter(gateway, number, request));
  }

  private void enter(GatewayLife gateway, int number, WatchTaskRequest request) {
    if (gone) {
      return;
    }
    if (gateway.isDead()) {
      close(1, number);
      return;
    }
    told = told.copy();
    told.opened();
    telling = told;
    AnswerStream<WatchTaskResponse> answers =
        new AnswerStream<>(time, random.split(), gateway, this::leaves, new Hearer(number));
    stream = answers;
    answers.ask();
    if (world.faulty() && random.nextInt(3) == 0) {
      time.after(random.nextInt(10, random.nextBoolean() ? 150 : 6_000), answers::reset);
    }
    gateway.doors().enter((tasks, out) -> tasks.watchTask(request, out), answers);
  }

  private void close(long afterMillis, int number) {
    time.after(afterMillis, () -> step(new Event.Ended(number, Status.UNAVAILABLE, null)));
  }

  /** At the gateway: an outcome that is told must be on disk, and the one that everybody sees. */
  private void leaves(WatchTaskResponse response) {
    if (response.getEvent().hasFinished()) {
      world.promises().shown(response.getEvent().getFinished(), store);
    }
  }

  private void note(TaskEvent event) {
    int kind = event.getEventCase().getNumber();
    time.note(
        "told",
        id.value(),
        kind,
        () -> id + " follower " + name + " " + event.getCursor() + " " + event.getEventCase());
  }

  /** What one stream hears. */
  private final class Hearer implements AnswerStream.Caller<WatchTaskResponse> {
    private final int number;

    Hearer(int number) {
      this.number = number;
    }

    @Override
    public void message(WatchTaskResponse response) {
      if (!gone) {
        note(response.getEvent());
        telling = told.copy();
        telling.told(response.getEvent());
        step(new Event.Received(number, response.getEvent()));
      }
    }

    @Override
    public void closed(Status status, @Nullable Metadata trailers) {
      Runnable end = () -> step(new Event.Ended(number, status, trailers));
      if (busy) {
        afterwards = end;
      } else {
        end.run();
      }
    }
  }
}
