package io.reefmesh.gateway.link;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.ByteString;
import com.google.protobuf.util.Durations;
import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.reefmesh.balancer.Answer;
import io.reefmesh.balancer.Effect;
import io.reefmesh.balancer.Event;
import io.reefmesh.balancer.TaskId;
import io.reefmesh.balancer.TaskTerms;
import io.reefmesh.gateway.GatewayConfig;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.ReplyTo;
import io.reefmesh.gateway.store.TaskBody;
import io.reefmesh.gateway.watch.LeaseTable;
import io.reefmesh.gateway.watch.TaskFeeds;
import io.reefmesh.v1.AckStatus;
import io.reefmesh.v1.Assign;
import io.reefmesh.v1.AttemptRef;
import io.reefmesh.v1.BeatReply;
import io.reefmesh.v1.FinishedAck;
import io.reefmesh.v1.LinkLimits;
import io.reefmesh.v1.LinkRequest;
import io.reefmesh.v1.LinkResponse;
import io.reefmesh.v1.NodeMessage;
import io.reefmesh.v1.NodeServiceGrpc;
import io.reefmesh.v1.OutputReceived;
import io.reefmesh.v1.Payload;
import io.reefmesh.v1.SessionContext;
import io.reefmesh.v1.TaskSpec;
import io.reefmesh.v1.Welcome;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All links of this gateway. Nodes come in by {@link #service}; what the engine decides goes out by
 * {@link #release} and {@link #flush}.
 *
 * <p>{@code release} and {@code flush} are called on the engine's thread; the rest is thread-safe.
 */
public final class NodeLinks {

  private static final Logger log = LoggerFactory.getLogger(NodeLinks.class);

  private static final long HELLO_SECONDS = 10;
  private static final long REPLAY_BYTES = 1L << 20;

  private final GatewayConfig config;
  private final long epoch;
  private final TaskFeeds feeds;
  private final LeaseTable leases;
  private final ScheduledExecutorService timers;
  private final PayloadLoads loads;
  private final AtomicLong lastLink = new AtomicLong();
  private final Map<Long, NodeLink> links = new ConcurrentHashMap<>();

  /** Nodes that were welcomed, by id: where messages between nodes go. */
  private final Map<String, NodeLink> byNode = new ConcurrentHashMap<>();

  private final Map<Long, String> nodeOfLink = new ConcurrentHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile @Nullable Engine engine;

  /** Owned by the engine's thread: links that something was released to since the last flush. */
  private final Set<NodeLink> touched = new HashSet<>();

  /** Links whose stale news was logged already. */
  private final Set<Long> staleLogged = ConcurrentHashMap.newKeySet();

  private final AtomicLong staleOutputs = new AtomicLong();
  private final LinkFigures figures = new LinkFigures();

  /**
   * @param epoch of this gateway life
   * @param timers for the wait for Hello
   * @param payloads where those are that tasks do not have with them
   * @param payloadReader reads them, one turn's after the other
   */
  public NodeLinks(
      GatewayConfig config,
      long epoch,
      TaskFeeds feeds,
      LeaseTable leases,
      ScheduledExecutorService timers,
      PayloadSource payloads,
      Executor payloadReader) {
    this.config = config;
    this.epoch = epoch;
    this.feeds = feeds;
    this.leases = leases;
    this.timers = timers;
    this.loads = new PayloadLoads(payloads, payloadReader, new LoadNews());
  }

  /** What becomes of pushes whose payloads cannot be had. */
  private final class LoadNews implements PayloadLoads.Listener {

    @Override
    public void unreadable(long link, TaskId id, int attempt, String why) {
      Engine present = engine;
      if (present != null) {
        present.post(new Event.Unreadable(link, id, attempt, why));
      }
    }

    /** The store is broken, and the engine goes with it, as it does when it cannot write. */
    @Override
    public void failed(RuntimeException failure) {
      Engine present = engine;
      if (present != null) {
        present.post(
            new Event.Tick(),
            () -> {
              throw failure;
            });
      }
    }
  }

  /** Names the engine that news goes to; before the first link comes. */
  public void attach(Engine newEngine) {
    engine = newEngine;
  }

  /** The gRPC service that nodes call. */
  public BindableService service() {
    BindableService service =
        new NodeServiceGrpc.NodeServiceImplBase() {
          @Override
          public StreamObserver<LinkRequest> link(StreamObserver<LinkResponse> out) {
            return accept((ServerCallStreamObserver<LinkResponse>) out);
          }
        };
    return () -> ServerInterceptors.intercept(service, new PeerAddress());
  }

  /** How many streams are open. */
  public int count() {
    return links.size();
  }

  /** How the links fare. */
  public LinkFigures figures() {
    return figures;
  }

  /** Ends all links, and refuses new ones. */
  public void closeAll() {
    closed.set(true);
    links.values().forEach(link -> link.close(Refusals.unavailable(Refusals.Absence.DRAINING)));
  }

  /**
   * Sends one effect on its way. Effects for links that are gone are dropped: the engine will hear.
   */
  public void release(Effect effect) {
    if (effect instanceof Effect.Push push) {
      withLink(push.link(), link -> push(link, push));
    } else if (effect instanceof Effect.StopAttempt stop) {
      withLink(stop.link(), link -> stop(link, stop));
    } else if (effect instanceof Effect.Ack ack) {
      withLink(ack.link(), link -> link.ack(ackOf(ack)));
    } else if (effect instanceof Effect.Welcome welcome) {
      withLink(welcome.link(), link -> welcome(link, welcome));
    } else if (effect instanceof Effect.BeatReply reply) {
      withLink(reply.link(), link -> beatReply(link, reply));
    } else if (effect instanceof Effect.Recall recall) {
      withLink(recall.link(), link -> recall(link, recall));
    } else if (effect instanceof Effect.Drain drain) {
      withLink(drain.link(), link -> link.draining(drain.draining()));
    } else if (effect instanceof Effect.Probe probe) {
      withLink(probe.link(), NodeLink::probe);
    } else if (effect instanceof Effect.CloseLink close) {
      withLink(close.link(), link -> close(link, close));
    } else if (effect instanceof Effect.Stale stale) {
      stale(stale);
    } else if (!(effect instanceof Effect.NodeForgotten)) {
      throw new IllegalArgumentException("not for a link: " + effect);
    }
  }

  /** Writes what was released, before it returns. */
  public void flush() {
    flush(Runnable::run);
  }

  /**
   * Has what was released written.
   *
   * @param by who writes; each link has no more than one piece of work waiting there
   */
  public void flush(Executor by) {
    touched.forEach(link -> link.drain(by));
    touched.clear();
    loads.flush();
  }

  TaskFeeds feeds() {
    return feeds;
  }

  /** Whether output of this attempt counts; what does not is counted, and logged once a link. */
  boolean outputCounts(TaskId id, int attempt, long link) {
    boolean counts = leases.counts(id, attempt, link);
    if (!counts) {
      staleOutputs.incrementAndGet();
      stale(new Effect.Stale(link, id, attempt, "output"));
    }
    return counts;
  }

  /**
   * Output was handed to the watchers. If its attempt ended meanwhile, the task may have ended with
   * it, and its feed with the task: the engine knows.
   */
  void outputTaken(TaskId id, int attempt, long link) {
    Engine present = engine;
    if (present != null && !leases.counts(id, attempt, link)) {
      ReplyTo ifEnded =
          answer -> {
            if (((Answer.Views) answer).tasks().isEmpty()) {
              feeds.over(id);
            }
          };
      present.post(new Event.Look(ifEnded, ImmutableList.of(id)));
    }
  }

  /** Pieces of output that came for attempts that did not count. */
  public long staleOutputs() {
    return staleOutputs.get();
  }

  /** Hands a node's words to the node they are for, or to all others. */
  void relay(String from, NodeMessage message) {
    if (message.getToNodeId().isEmpty()) {
      byNode.forEach(
          (node, link) -> {
            if (!node.equals(from)) {
              tell(link, message);
            }
          });
    } else {
      NodeLink link = byNode.get(message.getToNodeId());
      if (link != null) {
        tell(link, message);
      }
    }
  }

  private static void tell(NodeLink link, NodeMessage message) {
    link.message(message);
    link.drain();
  }

  /**
   * Takes in one stream, whatever carries it: what {@link #service} does with each call.
   *
   * @return where the node's words go
   */
  public StreamObserver<LinkRequest> accept(ServerCallStreamObserver<LinkResponse> stream) {
    Engine present = engine;
    if (present == null || closed.get()) {
      return refused(stream, Refusals.unavailable(Refusals.Absence.STARTING));
    }
    if (links.size() >= config.nodes().maxLinks()) {
      return refused(
          stream,
          Refusals.overloaded(
              Refusals.Limit.LINKS, config.nodes().maxLinks(), Duration.ofSeconds(10)));
    }
    long id = lastLink.incrementAndGet();
    LinkInbox inbox =
        new LinkInbox(id, PeerAddress.current(), config.limits().payloadBytes(), present, this);
    NodeLink link = new NodeLink(id, stream, inbox, () -> ended(id, inbox, present));
    links.put(id, link);
    link.open();
    link.waitForHello(timers.schedule(() -> expectHello(link), HELLO_SECONDS, TimeUnit.SECONDS));
    return link;
  }

  private static void expectHello(NodeLink link) {
    if (!link.isIntroduced()) {
      link.close(Refusals.invalid("hello", "must come within " + HELLO_SECONDS + " s"));
    }
  }

  private static StreamObserver<LinkRequest> refused(
      ServerCallStreamObserver<LinkResponse> stream, StatusRuntimeException refusal) {
    stream.setOnCancelHandler(() -> {});
    stream.onError(refusal);
    return new StreamObserver<>() {
      @Override
      public void onNext(LinkRequest request) {}

      @Override
      public void onError(Throwable t) {}

      @Override
      public void onCompleted() {}
    };
  }

  private void ended(long id, LinkInbox inbox, Engine present) {
    NodeLink link = links.remove(id);
    String node = inbox.nodeId();
    if (node != null) {
      nodeOfLink.remove(id);
      if (link != null) {
        byNode.remove(node, link);
        // What never left is known not to have arrived.
        link.outbox()
            .withdrawAll()
            .forEach(
                ref -> withdrawn(id, HelloReader.taskId(ref.getTaskId(), "ref"), ref.getAttempt()));
      }
      present.post(new Event.LinkClosed(id));
    }
  }

  private void withLink(long id, java.util.function.Consumer<NodeLink> action) {
    NodeLink link = links.get(id);
    if (link != null) {
      action.accept(link);
      touched.add(link);
    }
  }

  private void push(NodeLink link, Effect.Push push) {
    TaskBody body = (TaskBody) push.body();
    ByteString payload = body.payload();
    boolean taken =
        payload != null
            ? link.outbox().assign(assignOf(push, body, payload), push.ordinal())
            : pushLater(link, push, body);
    if (!taken) {
      figures.assignmentRefused();
      withdrawn(push.link(), push.id(), push.attempt());
    }
  }

  private boolean pushLater(NodeLink link, Effect.Push push, TaskBody body) {
    Assign bare = assignOf(push, body, ByteString.EMPTY);
    Outbox.Waiting place = link.outbox().assignLater(bare, push.ordinal(), body.payloadBytes());
    if (place != null) {
      loads.want(
          new PayloadLoads.Wanted(link, place, push.id(), bare.getRef(), body.payloadBytes()));
    }
    return place != null;
  }

  private void stop(NodeLink link, Effect.StopAttempt stop) {
    AttemptRef ref = refOf(stop.id(), stop.attempt());
    if (link.outbox().withdraw(ref)) {
      withdrawn(stop.link(), stop.id(), stop.attempt());
    } else {
      link.cancel(ref, stop.reason());
    }
  }

  private void recall(NodeLink link, Effect.Recall recall) {
    if (link.outbox().withdraw(refOf(recall.id(), recall.attempt()))) {
      withdrawn(recall.link(), recall.id(), recall.attempt());
    }
  }

  private void withdrawn(long link, TaskId id, int attempt) {
    Engine present = engine;
    if (present != null) {
      present.post(new Event.Withdrawn(link, id, attempt));
    }
  }

  private void welcome(NodeLink link, Effect.Welcome welcome) {
    Welcome.Builder message =
        Welcome.newBuilder()
            .setGatewayId(config.id())
            .setEpoch(epoch)
            .setBeatInterval(Durations.fromMillis(welcome.rhythm().beatMillis()))
            .setFirstBeat(Durations.fromMillis(welcome.firstBeatMillis()))
            .setLease(Durations.fromMillis(welcome.rhythm().leaseMillis()))
            .setGrace(Durations.fromMillis(config.nodes().grace().toMillis()))
            .setDraining(welcome.draining())
            .setLimits(
                LinkLimits.newBuilder()
                    .setMaxPayloadBytes(config.limits().payloadBytes())
                    .setOutputReplayBytes(REPLAY_BYTES)
                    .setOutputCreditBytes(REPLAY_BYTES));
    for (Effect.AttemptRef kept : welcome.keep()) {
      AttemptRef ref = refOf(kept.id(), kept.attempt());
      message.addKeep(ref);
      message.addOutputReceived(
          OutputReceived.newBuilder()
              .setRef(ref)
              .setOffset(feeds.receivedBytes(kept.id(), kept.attempt())));
    }
    welcome.drop().forEach(dropped -> message.addDrop(refOf(dropped.id(), dropped.attempt())));
    link.welcome(message);
    String node = link.nodeId();
    if (node != null) {
      figures.welcomed(node);
      byNode.put(node, link);
      nodeOfLink.put(link.id(), node);
      if (link.hasEnded()) {
        // Its end may have come before these.
        byNode.remove(node, link);
        nodeOfLink.remove(link.id());
      }
    }
  }

  private void beatReply(NodeLink link, Effect.BeatReply reply) {
    BeatReply.Builder message =
        BeatReply.newBuilder().setBeatInterval(Durations.fromMillis(reply.rhythm().beatMillis()));
    reply.drop().forEach(dropped -> message.addDrop(refOf(dropped.id(), dropped.attempt())));
    link.beatReply(message);
  }

  private void close(NodeLink link, Effect.CloseLink close) {
    String node = link.nodeId();
    log.info("link {} of node {} ends: {}", close.link(), node, close.message());
    link.close(NodeLink.statusOf(close, node == null ? "" : node));
  }

  private void stale(Effect.Stale stale) {
    figures.stale(stale.what());
    if (staleLogged.size() > config.nodes().maxLinks()) {
      staleLogged.clear();
    }
    if (staleLogged.add(stale.link())) {
      log.warn(
          "node {} reported \"{}\" for task {} attempt {}, which does not count here;"
              + " more of this on its link is not logged",
          nodeOfLink.getOrDefault(stale.link(), "?"),
          stale.what(),
          stale.id(),
          stale.attempt());
    }
  }

  private static FinishedAck ackOf(Effect.Ack ack) {
    AckStatus status =
        switch (ack.status()) {
          case RECORDED -> AckStatus.ACK_STATUS_RECORDED;
          case STALE -> AckStatus.ACK_STATUS_STALE;
          case UNKNOWN -> AckStatus.ACK_STATUS_UNKNOWN;
        };
    return FinishedAck.newBuilder()
        .setRef(refOf(ack.id(), ack.attempt()))
        .setStatus(status)
        .build();
  }

  private static Assign assignOf(Effect.Push push, TaskBody body, ByteString payload) {
    TaskTerms terms = push.terms();
    TaskSpec spec = body.spec();
    Assign.Builder assign =
        Assign.newBuilder()
            .setRef(refOf(push.id(), push.attempt()))
            .setType(terms.requirement().type())
            .setPayload(Payload.newBuilder().setContentType(body.contentType()).setData(payload))
            .setRunTimeout(Durations.fromMillis(terms.runTimeoutMillis()))
            .setTotalRemaining(Durations.fromMillis(push.totalRemainingMillis()))
            .setTraceparent(spec.getTraceparent())
            .setProject(terms.project())
            .putAllLabels(spec.getLabelsMap())
            .setAttemptsLeft(push.attemptsLeft());
    if (terms.session() != null) {
      assign.setSession(SessionContext.newBuilder().setSessionId(terms.session()));
    }
    return assign.build();
  }

  private static AttemptRef refOf(TaskId id, int attempt) {
    return AttemptRef.newBuilder().setTaskId(id.toString()).setAttempt(attempt).build();
  }
}
