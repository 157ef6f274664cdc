package io.reefmesh.simulation;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The way back from a gateway to a caller, in place of gRPC: in order, with delay, credit and
 * back-pressure. What was on its way when it broke is lost; each end may hear of it late.
 */
final class AnswerStream<T> extends ServerCallStreamObserver<T> {

  private static final int LONGEST_WINDOW = 12;

  /** Until a probe of the connection finds out what nobody said. */
  private static final int PROBE_MILLIS = 30_000;

  /** The caller's end. */
  interface Caller<T> {
    void message(T message);

    void closed(Status status, @Nullable Metadata trailers);
  }

  private final SimTime time;
  private final SplittableRandom random;
  private final GatewayLife gateway;
  private final Consumer<T> leaving;
  private final Caller<T> caller;
  private final ArrayDeque<T> arrived = new ArrayDeque<>();
  private final int window;
  private @Nullable StatusRuntimeException close;
  private Runnable onReady = () -> {};
  private Runnable onCancel = () -> {};
  private boolean serverEnded;
  private boolean closeArrived;
  private boolean callerEnded;
  private boolean cut;
  private int asked;
  private int underWay;
  private long last;

  /**
   * @param leaving sees each message at the moment that the gateway says it
   */
  AnswerStream(
      SimTime time,
      SplittableRandom random,
      GatewayLife gateway,
      Consumer<T> leaving,
      Caller<T> caller) {
    this.time = time;
    this.random = random;
    this.gateway = gateway;
    this.leaving = leaving;
    this.caller = caller;
    this.window = random.nextInt(1, LONGEST_WINDOW + 1);
  }

  // The caller's end.

  /** The caller takes one more message. */
  void ask() {
    asked++;
    feed();
  }

  /** The caller hangs up. */
  void hangUp() {
    breakWith(true, random.nextInt(1, 20), Status.CANCELLED.withCause(new Hangup()));
  }

  private static final class Hangup extends RuntimeException {
    private static final long serialVersionUID = 1;
  }

  // Faults.

  /** The connection is lost; each end may or may not hear of it soon. */
  void reset() {
    int told = random.nextInt(10) < 8 ? random.nextInt(1, 100) : random.nextInt(PROBE_MILLIS);
    breakWith(random.nextInt(10) < 8, told, Status.UNAVAILABLE.withDescription("reset"));
  }

  /** The gateway's process is no more. */
  void gatewayDied() {
    serverEnded = true;
    int told = random.nextInt(10) < 8 ? random.nextInt(1, 100) : random.nextInt(PROBE_MILLIS);
    Status status = random.nextBoolean() ? Status.UNAVAILABLE : Status.CANCELLED;
    breakWith(false, told, status);
  }

  private void breakWith(boolean tellServer, int toldMillis, Status status) {
    if (cut || callerEnded) {
      return;
    }
    cut = true;
    if (random.nextBoolean()) {
      arrived.clear();
    }
    if (!serverEnded) {
      time.after(tellServer ? random.nextInt(1, 100) : PROBE_MILLIS, this::endServer);
    }
    time.after(toldMillis, () -> endCaller(status, null));
  }

  private void endServer() {
    if (!serverEnded && !gateway.isDead()) {
      serverEnded = true;
      gateway.doors().ended(this);
      onCancel.run();
      gateway.poke();
    }
  }

  private void endCaller(Status status, @Nullable Metadata trailers) {
    if (!callerEnded) {
      callerEnded = true;
      caller.closed(status, trailers);
    }
  }

  // On the way.

  private void arrive(@Nullable T message) {
    if (cut) {
      return;
    }
    if (message == null) {
      closeArrived = true;
    } else {
      arrived.add(message);
    }
    feed();
  }

  private void feed() {
    while (asked > 0 && !arrived.isEmpty() && !callerEnded) {
      asked--;
      boolean wasFull = underWay-- >= window;
      caller.message(arrived.remove());
      if (wasFull && !serverEnded && !cut && !gateway.isDead()) {
        time.after(random.nextInt(1, 40), this::ready);
      }
    }
    if (closeArrived && arrived.isEmpty()) {
      StatusRuntimeException why = close;
      endCaller(why == null ? Status.OK : why.getStatus(), why == null ? null : why.getTrailers());
    }
  }

  private void ready() {
    if (!serverEnded && !gateway.isDead()) {
      onReady.run();
      gateway.poke();
    }
  }

  private long arrival() {
    last = Math.max(last, time.now() + gateway.slowMillis() + random.nextInt(1, 40));
    return last - time.now();
  }

  // The gateway's end.

  @Override
  public void onNext(T message) {
    if (serverEnded) {
      return;
    }
    try {
      leaving.accept(message);
    } catch (Violation violation) {
      // The gateway survives whatever a caller's stream throws; this must not be survived.
      time.after(
          0,
          () -> {
            throw violation;
          });
    }
    underWay++;
    time.after(arrival(), () -> arrive(message));
  }

  @Override
  public void onError(Throwable failure) {
    close =
        failure instanceof StatusRuntimeException status
            ? status
            : Status.fromThrowable(failure).asRuntimeException();
    if (!serverEnded) {
      gateway.refuses(close.getStatus());
    }
    onCompleted();
  }

  @Override
  public void onCompleted() {
    if (!serverEnded) {
      serverEnded = true;
      gateway.doors().ended(this);
      time.after(arrival(), () -> arrive(null));
    }
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
  public void request(int count) {}

  @Override
  public void setCompression(String compression) {}

  @Override
  public void disableAutoInboundFlowControl() {}

  @Override
  public void setMessageCompression(boolean enable) {}
}
