package io.reefmesh.simulation;

import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * One stream between a node's process and a gateway's, in place of gRPC: in order within a
 * direction, with delay, credit and back-pressure. What was on its way when it broke is lost.
 */
final class Connection extends ServerCallStreamObserver<LinkResponse> {

  private final SimTime time;
  private final SplittableRandom random;
  private final long number;

  /** Messages under way to the node, beyond which the stream is not ready. */
  private final int window;

  private final ArrayDeque<LinkRequest> arrived = new ArrayDeque<>();
  private final List<LinkResponse> written = new ArrayList<>();
  final SimNode node;
  final GatewayLife gateway;
  private @Nullable StreamObserver<LinkRequest> inbound;
  private Runnable onReady = () -> {};
  private Runnable onCancel = () -> {};
  private int credit;
  private int underWay;
  private boolean serverEnded;
  private boolean upCut;
  private boolean downCut;
  private long stalledUntil;
  private long slowUntil;
  private boolean damaged;
  private final long openedAt;
  private final Set<AttemptRef> cancelled = new HashSet<>();
  private long lastUp;
  private long lastDown;

  Connection(
      SimTime time, SplittableRandom random, long number, SimNode node, GatewayLife gateway) {
    this.time = time;
    this.random = random;
    this.number = number;
    this.node = node;
    this.gateway = gateway;
    this.openedAt = time.now();
    this.window = random.nextInt(2, 17);
  }

  /** Whether nothing ever was wrong with it. */
  boolean isSound() {
    return !damaged;
  }

  boolean isOpenSince(long millis) {
    return !damaged && !serverEnded && openedAt <= millis;
  }

  void accepted(StreamObserver<LinkRequest> by) {
    inbound = by;
  }

  /** The node writes. */
  void up(LinkRequest message) {
    lastUp = Math.max(lastUp, Math.max(time.now(), stalledUntil) + delay());
    time.after(lastUp - time.now(), () -> arrive(message));
  }

  private int delay() {
    return random.nextInt(1, time.now() < slowUntil ? 3_000 : 40);
  }

  private void arrive(LinkRequest message) {
    if (!upCut && !serverEnded && !gateway.isDead()) {
      arrived.add(message);
      feed();
    }
  }

  private void feed() {
    long frozen = gateway.frozenForMillis();
    if (frozen > 0) {
      time.after(frozen, this::feed);
      return;
    }
    while (credit > 0 && !serverEnded && inbound != null && !arrived.isEmpty()) {
      credit--;
      inbound.onNext(arrived.remove());
    }
    gateway.poke();
    flush(0);
  }

  /** What the gateway wrote goes on its way. */
  void flush(long extraMillis) {
    for (LinkResponse message : written) {
      lastDown = Math.max(lastDown, Math.max(time.now(), stalledUntil) + extraMillis + delay());
      time.after(lastDown - time.now(), () -> deliver(message));
    }
    written.clear();
  }

  private void deliver(LinkResponse message) {
    if (downCut) {
      return;
    }
    node.heard(number, message);
    boolean wasFull = underWay-- >= window;
    if (wasFull && !serverEnded && !gateway.isDead()) {
      onReady.run();
      flush(0);
    }
  }

  // Faults.

  /** The connection is reset; each end may or may not hear of it. */
  void reset(boolean tellServer, boolean tellNode) {
    damaged = true;
    upCut = true;
    downCut = true;
    if (tellServer) {
      time.after(random.nextInt(1, 100), this::endServer);
    }
    if (tellNode) {
      time.after(
          random.nextInt(1, 100), () -> node.closed(number, Status.Code.UNAVAILABLE, "reset"));
    }
  }

  void cutOneWay(boolean up) {
    damaged = true;
    upCut |= up;
    downCut |= !up;
  }

  void slow(long millis) {
    damaged = true;
    slowUntil = time.now() + millis;
  }

  void stall(long millis) {
    damaged = true;
    stalledUntil = time.now() + millis;
  }

  void endServer() {
    if (!serverEnded && !gateway.isDead()) {
      serverEnded = true;
      onCancel.run();
      gateway.poke();
    }
  }

  /** The node ended it; orderly: what it said before still arrives. */
  void endedByNode(boolean orderly) {
    if (orderly) {
      long at = Math.max(lastUp, time.now()) + 1;
      time.after(
          at - time.now(),
          () -> {
            if (!upCut && !serverEnded && !gateway.isDead() && inbound != null) {
              inbound.onCompleted();
              gateway.poke();
            }
          });
    } else if (!upCut) {
      reset(true, false);
    }
  }

  // The gateway's view of it.

  @Override
  public void onNext(LinkResponse message) {
    Promises.require(
        underWay < window, "I14 the gateway writes to a stream that takes no more", number);
    check(message);
    underWay++;
    written.add(message);
  }

  private void check(LinkResponse message) {
    if (message.hasDirective()) {
      // Within one message the node takes assignments before cancels.
      for (Assign assign : message.getDirective().getAssignsList()) {
        Promises.require(
            !cancelled.contains(assign.getRef()),
            "N3 a cancel went out before the assignment it is for",
            assign.getRef().getTaskId());
      }
      message.getDirective().getCancelsList().forEach(cancel -> cancelled.add(cancel.getRef()));
    } else if (message.hasWelcome()) {
      for (AttemptRef kept : message.getWelcome().getKeepList()) {
        gateway.checkKept(kept, node.nodeId());
      }
    }
  }

  @Override
  public void onError(Throwable failure) {
    Status status = Status.fromThrowable(failure);
    String said = String.valueOf(status.getDescription());
    if (status.getCode() == Status.Code.ABORTED && said.contains("took this one's place")) {
      Promises.require(
          !node.isWellOn(this), "N2 a newcomer took the place of a live node", node.nodeId());
    }
    end(status.getCode(), said);
  }

  @Override
  public void onCompleted() {
    end(Status.Code.OK, "completed");
  }

  private void end(Status.Code code, String said) {
    serverEnded = true;
    flush(0);
    lastDown = Math.max(lastDown, time.now()) + 1;
    time.after(
        lastDown - time.now(),
        () -> {
          if (!downCut) {
            node.closed(number, code, said);
          }
        });
  }

  @Override
  public boolean isReady() {
    return !serverEnded && underWay < window;
  }

  @Override
  public boolean isCancelled() {
    return serverEnded;
  }

  @Override
  public void request(int count) {
    credit += count;
    if (!arrived.isEmpty()) {
      time.after(0, this::feed);
    }
  }

  @Override
  public void setOnReadyHandler(Runnable handler) {
    onReady = handler;
  }

  @Override
  public void setOnCancelHandler(Runnable handler) {
    onCancel = handler;
  }

  @Override
  public void setOnCloseHandler(Runnable handler) {}

  @Override
  public void setCompression(String compression) {}

  @Override
  public void disableAutoRequest() {}

  @Override
  public void disableAutoInboundFlowControl() {}

  @Override
  public void setMessageCompression(boolean enable) {}
}
