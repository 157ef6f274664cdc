package io.reefmesh.client;

import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Context.CancellableContext;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.reefmesh.v1.FleetServiceGrpc;
import io.reefmesh.v1.NodeEvent;
import io.reefmesh.v1.WatchNodesRequest;
import io.reefmesh.v1.WatchNodesResponse;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A watch of nodes that outlives its streams. Each stream begins with all nodes there are; those
 * that the one before had shown and this one does not are told to be gone. At any time there is one
 * stream, or a timer before the next one, or the watch is over.
 */
final class ResumingNodeWatch implements NodeWatch, OpenOperations.Operation {

  private static final MethodDescriptor<WatchNodesRequest, WatchNodesResponse> METHOD =
      FleetServiceGrpc.getWatchNodesMethod();

  private final GatewayCalls calls;
  private final WatchNodesRequest request;
  private final NodeListener listener;
  private final Context origin = Context.current().fork();

  // Owned by the stream under way, then by the timer before the next one.
  private final Set<String> shown = new HashSet<>();
  private final Set<String> unconfirmed = new HashSet<>();
  private final Backoff backoff;
  private boolean broken;
  private long brokenNanos;

  // Guarded by this.
  private boolean over;
  private @Nullable CancellableContext stream;
  private Timers.@Nullable Timer timer;

  ResumingNodeWatch(GatewayCalls calls, WatchNodesRequest request, NodeListener listener) {
    this.calls = calls;
    this.request = request;
    this.listener = listener;
    this.backoff = calls.newBackoff();
  }

  /** Opens the first stream. Called once. */
  ResumingNodeWatch start() {
    if (calls.open().add(this)) {
      open();
    } else {
      abort(Failures.closed());
    }
    return this;
  }

  @Override
  public void close() {
    end();
  }

  @Override
  public void abort(MeshException cause) {
    if (end()) {
      listener.onBroken(cause);
    }
  }

  /** Marks the end; false if it was over already. */
  private boolean end() {
    CancellableContext running;
    synchronized (this) {
      if (over) {
        return false;
      }
      over = true;
      running = stream;
      if (timer != null) {
        timer.cancel();
        timer = null;
      }
    }
    calls.open().remove(this);
    if (running != null) {
      running.cancel(null);
    }
    return true;
  }

  private void open() {
    CancellableContext context = origin.withCancellation();
    synchronized (this) {
      timer = null;
      if (over) {
        return;
      }
      stream = context;
    }
    unconfirmed.clear();
    unconfirmed.addAll(shown);
    context.run(() -> send(context));
  }

  private void send(CancellableContext context) {
    try {
      ClientCall<WatchNodesRequest, WatchNodesResponse> call = calls.newWatchCall(METHOD);
      call.start(new Stream(call, context), new Metadata());
      call.request(1);
      call.sendMessage(request);
      call.halfClose();
    } catch (RuntimeException e) {
      context.cancel(e);
      abort(Failures.of(METHOD, Status.fromThrowable(e), null));
    }
  }

  private void tell(NodeEvent event) {
    switch (event.getEventCase()) {
      case NODE -> {
        String id = event.getNode().getId();
        shown.add(id);
        unconfirmed.remove(id);
        listener.onNode(event.getNode());
      }
      case REMOVED_ID -> removed(event.getRemovedId());
      case SYNCED -> {
        List.copyOf(unconfirmed).forEach(this::removed);
        backoff.reset();
        listener.onSynced();
      }
      case EVENT_NOT_SET -> {
        // Of a newer gateway.
      }
    }
  }

  private void removed(String id) {
    unconfirmed.remove(id);
    if (shown.remove(id)) {
      listener.onRemoved(id);
    }
  }

  private void broke(Status status, Metadata trailers) {
    MeshException failure = Failures.of(METHOD, status, trailers);
    long now = calls.nanoTime();
    if (!broken) {
      broken = true;
      brokenNanos = now;
    }
    Duration away = Duration.ofNanos(now - brokenNanos);
    if (!mayResume(failure) || away.compareTo(calls.settings().followFor()) >= 0) {
      abort(failure);
      return;
    }
    Duration wait = backoff.next().plus(failure.retryAfter().orElse(Duration.ZERO));
    synchronized (this) {
      stream = null;
      if (!over) {
        timer = calls.retryAfter(wait, this::open);
      }
    }
  }

  private static boolean mayResume(MeshException failure) {
    return switch (failure.code()) {
      case UNAVAILABLE, ABORTED, INTERNAL, UNKNOWN, DEADLINE_EXCEEDED, CANCELLED -> true;
      case RESOURCE_EXHAUSTED -> failure.retryAfter().isPresent();
      default -> false;
    };
  }

  private synchronized boolean isOver() {
    return over;
  }

  /** What one stream hears. */
  private final class Stream extends ClientCall.Listener<WatchNodesResponse> {
    private final ClientCall<WatchNodesRequest, WatchNodesResponse> call;
    private final CancellableContext context;

    Stream(ClientCall<WatchNodesRequest, WatchNodesResponse> call, CancellableContext context) {
      this.call = call;
      this.context = context;
    }

    @Override
    public void onMessage(WatchNodesResponse response) {
      if (isOver()) {
        return;
      }
      broken = false;
      try {
        tell(response.getEvent());
      } catch (RuntimeException e) {
        abort(
            new MeshException(
                FailureDetails.local(
                    Status.Code.CANCELLED, "the listener of the watch threw " + e)));
        return;
      }
      call.request(1);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      context.cancel(null);
      if (!isOver()) {
        broke(
            status.isOk()
                ? Status.UNAVAILABLE.withDescription("the gateway ended the watch")
                : status,
            trailers);
      }
    }
  }
}
