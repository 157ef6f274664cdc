package io.reefmesh.gateway.service;

import com.google.protobuf.util.Timestamps;
import io.grpc.stub.ServerCallStreamObserver;
import io.reefmesh.balancer.NodeView;
import io.reefmesh.gateway.door.NodeRenderer;
import io.reefmesh.v1.NodeEvent;
import io.reefmesh.v1.WatchNodesRequest;
import io.reefmesh.v1.WatchNodesResponse;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream that follows nodes. It remembers only which nodes have news, so a slow caller gets the
 * newest state of each and holds nobody up. Whichever thread brings news, or room to write, drains;
 * one at a time.
 */
final class NodeWatch implements NodeFeed.Reader {

  private static final Logger log = LoggerFactory.getLogger(NodeWatch.class);

  private final WatchNodesRequest request;
  private final ServerCallStreamObserver<WatchNodesResponse> stream;
  private final NodeFeed feed;
  private final LongSupplier nowMillis;
  private final AtomicInteger drainers = new AtomicInteger();
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Nodes that have news; guarded by itself. */
  private final Set<String> pending = new LinkedHashSet<>();

  private volatile boolean begun;

  // Owned by whoever drains.
  private final Set<String> shown = new HashSet<>();
  private boolean synced;

  /** Sets the stream up; called before the service method returns. */
  NodeWatch(
      WatchNodesRequest request,
      ServerCallStreamObserver<WatchNodesResponse> stream,
      NodeFeed feed,
      LongSupplier nowMillis) {
    this.request = request;
    this.stream = stream;
    this.feed = feed;
    this.nowMillis = nowMillis;
    stream.setOnReadyHandler(this::drain);
    stream.setOnCancelHandler(this::close);
    stream.setOnCloseHandler(this::close);
  }

  /**
   * Begins to follow.
   *
   * @throws io.grpc.StatusRuntimeException RESOURCE_EXHAUSTED when too many do
   */
  void begin() {
    feed.join(this, NodeFeed.From.THE_BEGINNING);
    if (closed.get()) {
      feed.leave(this);
    }
  }

  @Override
  public void changed(Iterable<String> nodeIds) {
    synchronized (pending) {
      nodeIds.forEach(pending::add);
    }
    begun = true;
    drain();
  }

  private void drain() {
    if (drainers.getAndIncrement() != 0) {
      return;
    }
    int seen = 1;
    while (seen != 0) {
      try {
        write();
      } catch (RuntimeException e) {
        // The stream has ended under it: nobody else must suffer for that.
        log.debug("a watch of nodes ends", e);
        close();
      }
      seen = drainers.addAndGet(-seen);
    }
  }

  private void write() {
    while (!closed.get() && begun && stream.isReady()) {
      String id = next();
      if (id != null) {
        tell(id);
      } else if (!synced) {
        synced = true;
        send(event().setSynced(true));
      } else {
        return;
      }
    }
  }

  private @Nullable String next() {
    synchronized (pending) {
      Iterator<String> first = pending.iterator();
      if (!first.hasNext()) {
        return null;
      }
      String id = first.next();
      first.remove();
      return id;
    }
  }

  private void tell(String id) {
    NodeView node = feed.find(id);
    if (node != null && matches(node)) {
      shown.add(id);
      send(event().setNode(NodeRenderer.render(node)));
    } else if (shown.remove(id)) {
      send(event().setRemovedId(id));
    }
  }

  private boolean matches(NodeView node) {
    return (request.getNodeIdsCount() == 0 || request.getNodeIdsList().contains(node.id()))
        && node.profile().capabilities().containsAll(request.getCapabilitiesList())
        && node.profile().labels().entrySet().containsAll(request.getLabelsMap().entrySet());
  }

  private NodeEvent.Builder event() {
    return NodeEvent.newBuilder().setTime(Timestamps.fromMillis(nowMillis.getAsLong()));
  }

  private void send(NodeEvent.Builder event) {
    stream.onNext(WatchNodesResponse.newBuilder().setEvent(event).build());
  }

  private void close() {
    if (closed.compareAndSet(false, true)) {
      feed.leave(this);
    }
  }
}
