package io.reefmesh.gateway.door;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last net below the handlers: an exception that nobody expected ends its call with INTERNAL
 * and an incident id, and is logged whole under that id; its message never reaches the caller. A
 * {@link StatusRuntimeException} is an answer, not a defect: it ends the call as it says.
 */
final class DefectInterceptor implements ServerInterceptor {

  private static final Logger log = LoggerFactory.getLogger(DefectInterceptor.class);

  @Override
  public <Q, A> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
    GuardedCall<Q, A> guarded = new GuardedCall<>(call);
    try {
      return new GuardedListener<>(next.startCall(guarded, headers), guarded);
    } catch (RuntimeException e) {
      guarded.fail(e);
      return new ServerCall.Listener<>() {};
    }
  }

  /**
   * A call that is closed once, and never with the words of a defect. Once it is closed here, what
   * its handler still sends is dropped: the handler may not know yet.
   */
  private static final class GuardedCall<Q, A> extends SimpleForwardingServerCall<Q, A> {

    /** A call may be written to by one thread while its listener fails on another. */
    private final Object lock = new Object();

    private boolean closed;

    GuardedCall(ServerCall<Q, A> call) {
      super(call);
    }

    @Override
    public void sendHeaders(Metadata headers) {
      synchronized (lock) {
        if (!closed) {
          super.sendHeaders(headers);
        }
      }
    }

    @Override
    public void sendMessage(A message) {
      synchronized (lock) {
        if (!closed) {
          super.sendMessage(message);
        }
      }
    }

    /** A handler may report its defect itself: then its status is UNKNOWN and has a cause. */
    @Override
    public void close(Status status, Metadata trailers) {
      Throwable cause = status.getCause();
      if (status.getCode() == Status.Code.UNKNOWN && cause != null && !isAnswer(cause)) {
        fail(cause);
      } else {
        closeOnce(status, trailers);
      }
    }

    void fail(Throwable failure) {
      StatusRuntimeException answer =
          failure instanceof StatusRuntimeException status ? status : incident(failure);
      Metadata trailers = answer.getTrailers();
      closeOnce(answer.getStatus(), trailers == null ? new Metadata() : trailers);
    }

    private void closeOnce(Status status, Metadata trailers) {
      synchronized (lock) {
        if (!closed) {
          closed = true;
          super.close(status, trailers);
        }
      }
    }

    private StatusRuntimeException incident(Throwable failure) {
      String id = String.format("%08x", ThreadLocalRandom.current().nextInt());
      log.error("{}: incident {}", name(), id, failure);
      return Refusals.internal(id);
    }

    private String name() {
      return getMethodDescriptor().getFullMethodName();
    }

    private static boolean isAnswer(Throwable cause) {
      return cause instanceof StatusException || cause instanceof StatusRuntimeException;
    }
  }

  /** A listener whose exceptions end the call. */
  private static final class GuardedListener<Q> extends SimpleForwardingServerCallListener<Q> {

    private final GuardedCall<Q, ?> call;

    /** Callbacks of one call never overlap. */
    private boolean failed;

    GuardedListener(ServerCall.Listener<Q> listener, GuardedCall<Q, ?> call) {
      super(listener);
      this.call = call;
    }

    @Override
    public void onMessage(Q message) {
      guard(() -> super.onMessage(message));
    }

    @Override
    public void onHalfClose() {
      guard(super::onHalfClose);
    }

    @Override
    public void onReady() {
      guard(super::onReady);
    }

    @Override
    public void onCancel() {
      finish(super::onCancel);
    }

    @Override
    public void onComplete() {
      finish(super::onComplete);
    }

    /** A handler that failed hears no more, except of the end. */
    private void guard(Runnable callback) {
      if (failed) {
        return;
      }
      try {
        callback.run();
      } catch (RuntimeException e) {
        failed = true;
        call.fail(e);
      }
    }

    private void finish(Runnable callback) {
      try {
        callback.run();
      } catch (RuntimeException e) {
        call.fail(e);
      }
    }
  }
}
