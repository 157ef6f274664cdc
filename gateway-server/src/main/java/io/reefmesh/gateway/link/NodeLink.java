package io.reefmesh.gateway.link;

import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.reefmesh.balancer.Effect;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.BeatReply;
import io.reefmesh.v1.Cancel;
import io.reefmesh.v1.Drain;
import io.reefmesh.v1.FinishedAck;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.NodeMessage;
import io.reefmesh.v1.Probe;
import io.reefmesh.v1.Welcome;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream of one node. Inbound messages come one at a time, on a gRPC thread, and are handed to
 * {@link LinkInbox}; outbound messages wait in the {@link Outbox} and are written by whichever
 * thread finds the stream ready, one at a time.
 */
final class NodeLink implements StreamObserver<LinkRequest> {

  private static final Logger log = LoggerFactory.getLogger(NodeLink.class);

  /** Messages a node may send before the engine has dealt with the first of them. */
  private static final int CREDIT = 32;

  private final long id;
  private final ServerCallStreamObserver<LinkResponse> stream;
  private final LinkInbox inbox;
  private final Outbox outbox = new Outbox();
  private final Runnable onEnd;
  private final AtomicBoolean ended = new AtomicBoolean();

  /** Writers that want to drain; whoever raises it from zero drains for all. */
  private final AtomicInteger writers = new AtomicInteger();

  private final AtomicBoolean awaitsWriter = new AtomicBoolean();

  private final AtomicReference<@Nullable StatusRuntimeException> closing = new AtomicReference<>();

  /** Owned by whoever drains. */
  private boolean closed;

  private volatile long receivedSequence;
  private volatile @Nullable Future<?> helloWait;

  NodeLink(
      long id, ServerCallStreamObserver<LinkResponse> stream, LinkInbox inbox, Runnable onEnd) {
    this.id = id;
    this.stream = stream;
    this.inbox = inbox;
    this.onEnd = onEnd;
  }

  /** Sets the stream up; called before the service method returns. */
  void open() {
    stream.disableAutoRequest();
    stream.setOnReadyHandler(this::drain);
    stream.setOnCancelHandler(this::end);
    stream.setOnCloseHandler(this::end);
    stream.request(CREDIT);
  }

  /** The link ends unless this wait is over before; it is given up when the link ends. */
  void waitForHello(Future<?> wait) {
    helloWait = wait;
    if (ended.get()) {
      wait.cancel(false);
    }
  }

  long id() {
    return id;
  }

  boolean hasEnded() {
    return ended.get();
  }

  Outbox outbox() {
    return outbox;
  }

  /** The node's id, once it has said Hello. */
  @Nullable String nodeId() {
    return inbox.nodeId();
  }

  boolean isIntroduced() {
    return inbox.isIntroduced();
  }

  @Override
  public void onNext(LinkRequest request) {
    if (closing.get() != null) {
      return;
    }
    try {
      long expected = receivedSequence + 1;
      if (request.getSequence() != expected) {
        throw Refusals.invalid(
            "sequence", "must be " + expected + " and not " + request.getSequence());
      }
      receivedSequence = expected;
      inbox.take(this, request);
    } catch (StatusRuntimeException refusal) {
      close(refusal);
    } catch (IllegalArgumentException e) {
      // Such as a duration out of its range.
      close(Refusals.invalid("message", String.valueOf(e.getMessage())));
    }
  }

  @Override
  public void onError(Throwable t) {
    end();
  }

  /** The node has nothing more to say: the link ends. */
  @Override
  public void onCompleted() {
    close(Refusals.linkEnded("the node closed its side"));
  }

  /** The engine has dealt with a message: the node may send another. */
  void processed() {
    stream.request(1);
  }

  void welcome(Welcome.Builder welcome) {
    send(LinkResponse.newBuilder().setWelcome(welcome));
  }

  void beatReply(BeatReply.Builder reply) {
    send(LinkResponse.newBuilder().setBeatReply(reply));
  }

  void draining(boolean draining) {
    send(LinkResponse.newBuilder().setDrain(Drain.newBuilder().setDraining(draining)));
  }

  void probe() {
    send(LinkResponse.newBuilder().setProbe(Probe.getDefaultInstance()));
  }

  void message(NodeMessage message) {
    send(LinkResponse.newBuilder().setNodeMessage(message));
  }

  void ack(FinishedAck ack) {
    keepOrClose(outbox.ack(ack));
  }

  void cancel(AttemptRef ref, String reason) {
    keepOrClose(outbox.cancel(Cancel.newBuilder().setRef(ref).setReason(reason).build()));
  }

  /** Ends the stream with a status, after what is being written now. */
  void close(StatusRuntimeException status) {
    closing.compareAndSet(null, status);
    drain();
  }

  /** Has it written by somebody else, soon. */
  void drain(Executor by) {
    if (awaitsWriter.compareAndSet(false, true)) {
      by.execute(
          () -> {
            awaitsWriter.set(false);
            drain();
          });
    }
  }

  /** Writes while the stream takes more. */
  void drain() {
    if (writers.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    while (seen != 0) {
      try {
        write();
      } catch (RuntimeException e) {
        // The engine writes to all links: one broken stream must not stop it.
        log.warn("link {} of node {} ends: {}", id, inbox.nodeId(), e.toString());
        abandon();
      }
      seen = writers.addAndGet(-seen);
    }
  }

  static StatusRuntimeException statusOf(Effect.CloseLink close, String nodeId) {
    return switch (close.reason()) {
      case REPLACED -> Refusals.linkReplaced();
      case DUPLICATE -> Refusals.nodeIdTaken(nodeId);
      case SILENT, LEFT, REMOVED -> Refusals.linkEnded(close.message());
    };
  }

  private void write() {
    if (closed) {
      return;
    }
    StatusRuntimeException status = closing.get();
    if (status != null) {
      closed = true;
      if (!stream.isCancelled()) {
        stream.onError(status);
      }
      end();
      return;
    }
    LinkResponse message;
    while (stream.isReady() && (message = outbox.next(receivedSequence)) != null) {
      stream.onNext(message);
    }
  }

  private void abandon() {
    closed = true;
    try {
      stream.onError(Refusals.linkEnded("the gateway could not write to this link"));
    } catch (RuntimeException e) {
      log.debug("link {} was over already", id, e);
    }
    end();
  }

  private void send(LinkResponse.Builder message) {
    keepOrClose(outbox.control(message));
  }

  private void keepOrClose(boolean kept) {
    if (!kept) {
      close(Refusals.readerTooSlow());
    }
  }

  private void end() {
    if (ended.compareAndSet(false, true)) {
      closing.compareAndSet(null, Refusals.linkEnded("the stream is gone"));
      Future<?> wait = helloWait;
      if (wait != null) {
        wait.cancel(false);
      }
      onEnd.run();
    }
  }
}
