package io.reefmesh.gateway;

import io.grpc.Server;
import io.reefmesh.balancer.BacklogLimits;
import io.reefmesh.balancer.BeatPace;
import io.reefmesh.balancer.CapabilityTable;
import io.reefmesh.balancer.Dispatcher;
import io.reefmesh.balancer.DispatcherConfig;
import io.reefmesh.balancer.Event;
import io.reefmesh.gateway.door.GrpcDoor;
import io.reefmesh.gateway.door.Refusals;
import io.reefmesh.gateway.door.SpecTerms;
import io.reefmesh.gateway.door.SubmissionReader;
import io.reefmesh.gateway.engine.Engine;
import io.reefmesh.gateway.engine.EngineClock;
import io.reefmesh.gateway.engine.PayloadBudget;
import io.reefmesh.gateway.engine.Restart;
import io.reefmesh.gateway.figures.TaskFigures;
import io.reefmesh.gateway.link.NodeLinks;
import io.reefmesh.gateway.metrics.GatewayMetrics;
import io.reefmesh.gateway.probe.HealthDoor;
import io.reefmesh.gateway.probe.HttpDoor;
import io.reefmesh.gateway.probe.LivenessCheck;
import io.reefmesh.gateway.service.Admission;
import io.reefmesh.gateway.service.FleetGrpcService;
import io.reefmesh.gateway.service.NodeFeed;
import io.reefmesh.gateway.service.StoreReads;
import io.reefmesh.gateway.service.TaskGrpcService;
import io.reefmesh.gateway.store.InMemoryTaskStore;
import io.reefmesh.gateway.store.SqliteTaskStore;
import io.reefmesh.gateway.store.StoreException;
import io.reefmesh.gateway.store.TaskStore;
import io.reefmesh.gateway.store.WriteLease;
import io.reefmesh.gateway.watch.Endings;
import io.reefmesh.gateway.watch.LeaseTable;
import io.reefmesh.gateway.watch.TaskFeeds;
import io.reefmesh.v1.FleetServiceGrpc;
import io.reefmesh.v1.GetMeshResponse;
import io.reefmesh.v1.NodeServiceGrpc;
import io.reefmesh.v1.TaskServiceGrpc;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A gateway: the list of its parts, how they are started, and in which order they stop.
 * Thread-safe.
 */
public final class Gateway implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Gateway.class);

  /** Exit code after an orderly stop. */
  public static final int EXIT_STOPPED = 0;

  /** The part of the heap that request ids may take unless configured, and what one takes. */
  private static final int REQUEST_IDS_HEAP_PART = 4;

  private static final int REQUEST_ID_BYTES = 64;

  private static final Duration LIVENESS_LIMIT = Duration.ofSeconds(10);
  private static final Duration LIVENESS_STEP = Duration.ofSeconds(1);
  private static final long DRAIN_LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long STREAMS_END_MILLIS = 2_000;
  private static final long ENGINE_END_MILLIS = 10_000;

  private final GatewayConfig config;
  private final TaskStore store;
  private final Engine engine;
  private final NodeLinks links;
  private final EffectRouter router;
  private final StoreReads reads;
  private final NodeFeed nodeFeed;
  private final TaskGrpcService tasks;
  private final GatewayMetrics metrics;
  private final Admission admission = new Admission();
  private final HealthDoor health =
      new HealthDoor(
          List.of(
              TaskServiceGrpc.SERVICE_NAME,
              NodeServiceGrpc.SERVICE_NAME,
              FleetServiceGrpc.SERVICE_NAME));
  private final ScheduledExecutorService timers;
  private final ExecutorService payloadReader = payloadReader();
  private final CompletableFuture<Integer> exitCode = new CompletableFuture<>();
  private final AtomicBoolean stopping = new AtomicBoolean();
  private @Nullable Server server;
  private @Nullable HttpDoor http;
  private @Nullable Future<?> livenessWatch;

  private Gateway(GatewayConfig config, TaskStore store, WriteLease lease) {
    this.config = config;
    this.store = store;
    this.timers = timers();
    EngineClock clock = new EngineClock(System.currentTimeMillis(), System::nanoTime);
    TaskFeeds feeds =
        new TaskFeeds(
            lease.epoch(),
            config.limits().outputPerTaskBytes(),
            config.limits().outputTotalBytes(),
            clock::nowMillis);
    LeaseTable leases = new LeaseTable();
    Endings endings = new Endings();
    this.links =
        new NodeLinks(config, lease.epoch(), feeds, leases, timers, store::payloads, payloadReader);
    DispatcherConfig rules =
        DispatcherConfig.of(
                config.strategy(),
                config.nodes().silentAfter().toMillis(),
                config.nodes().grace().toMillis(),
                config.limits().queuedTasks())
            .withQueue(config.queue().rules())
            .withBacklog(backlogLimits(config.limits()))
            .withPace(
                new BeatPace(config.nodes().beat().toMillis(), config.nodes().maxBeatsPerSecond()))
            .withHealth(config.health().circuit())
            .withPoisonLives(config.health().poisonAfter());
    this.nodeFeed = new NodeFeed(timers, config.nodes().watchers());
    TaskFigures taskFigures = new TaskFigures();
    this.router =
        new EffectRouter(feeds, endings, leases, links, nodeFeed, taskFigures, clock::nowMillis);
    // Not a guessable seed: what callers choose is kept by hashes whose key comes from it.
    Dispatcher dispatcher = new Dispatcher(rules, new SecureRandom().nextLong());
    PayloadBudget payloads = new PayloadBudget(config.limits().payloadMemoryBytes());
    this.engine =
        new Engine(
            dispatcher, store, lease, clock, config.retention(), payloads, router, this::failed);
    nodeFeed.attach(engine::post);
    this.reads = new StoreReads(store);
    CapabilityTable capabilities = CapabilityTable.DEFAULT.with(config.capabilities());
    SpecTerms terms = new SpecTerms(capabilities::of);
    this.tasks =
        new TaskGrpcService(
            engine,
            new SubmissionReader(config, terms),
            feeds,
            reads,
            endings,
            admission,
            config.limits().watchers(),
            config.limits().watchersPerTask(),
            config.limits().listPage());
    this.metrics =
        new GatewayMetrics(
            new GatewayMetrics.Parts(
                engine, taskFigures, feeds, links, tasks, nodeFeed, health, constants(lease)));
    openPorts(lease);
    load(
        new Restart(terms, payloads, dispatcher, clock),
        lease,
        clock.nowMillis() - rules.requestIdMillis());
    feeds.begin(clock.nowMillis());
  }

  /**
   * Starts a gateway and returns when it serves.
   *
   * @throws GatewayStartException saying what is wrong and what to do; nothing is left running
   */
  public static Gateway start(GatewayConfig config) {
    TaskStore store = openStore(config);
    Gateway gateway;
    try {
      gateway = new Gateway(config, store, store.acquire());
    } catch (StoreException e) {
      store.close();
      throw GatewayStartException.of(e);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
    gateway.serve();
    return gateway;
  }

  /** The gateway's name. */
  public String id() {
    return config.id();
  }

  /** The gRPC port it got. */
  public int grpcPort() {
    return server == null ? -1 : server.getPort();
  }

  /** The HTTP port it got; -1: none. */
  public int httpPort() {
    return http == null ? -1 : http.port();
  }

  /** How many node links are open. */
  public int linkCount() {
    return links.count();
  }

  /** The version of this software. */
  public static String version() {
    String version = Gateway.class.getPackage().getImplementationVersion();
    return version == null ? "dev" : version;
  }

  /**
   * Stops in order: says so to probes and callers, lets running work finish for the drain timeout,
   * then ends links and streams. What still runs goes on in its nodes, and is adopted by the next
   * start.
   */
  public void stop() {
    stop(config.drainTimeout());
  }

  /** The same with another drain timeout; zero: at once. */
  public void stop(Duration drainTimeout) {
    if (!stopping.compareAndSet(false, true)) {
      return;
    }
    log.info("stopping: running work may take {} s to finish", drainTimeout.toSeconds());
    health.draining();
    admission.close(Refusals.Absence.DRAINING);
    CountDownLatch placingEnded = new CountDownLatch(1);
    engine.post(new Event.StopPlacing(), placingEnded::countDown);
    drain(placingEnded, drainTimeout);
    shutDown();
    exitCode.complete(EXIT_STOPPED);
  }

  @Override
  public void close() {
    stop(Duration.ZERO);
  }

  /**
   * Waits until the gateway has stopped, in order or because its store failed.
   *
   * @return what the process should exit with
   */
  public int awaitTermination() throws InterruptedException {
    try {
      return exitCode.get();
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static BacklogLimits backlogLimits(GatewayConfig.Limits limits) {
    long heapForRequestIds = Runtime.getRuntime().maxMemory() / REQUEST_IDS_HEAP_PART;
    return new BacklogLimits(
        limits.queuedTasks(),
        limits.queuedTasksPerProject() > 0 ? limits.queuedTasksPerProject() : limits.queuedTasks(),
        limits.requestIds() > 0
            ? limits.requestIds()
            : (int) Math.min(Integer.MAX_VALUE, heapForRequestIds / REQUEST_ID_BYTES));
  }

  private static TaskStore openStore(GatewayConfig config) {
    try {
      return switch (config.store()) {
        case SQLITE -> SqliteTaskStore.open(config.dataDir());
        case MEMORY -> new InMemoryTaskStore();
      };
    } catch (StoreException e) {
      throw GatewayStartException.of(e);
    }
  }

  private void openPorts(WriteLease lease) {
    try {
      server =
          GrpcDoor.open(
              config,
              List.of(
                  health.service(),
                  tasks,
                  new FleetGrpcService(
                      engine, nodeFeed, constants(lease), config.limits().listPage()),
                  links.service()),
              metrics.calls());
      if (config.httpPort() != GatewayConfig.HTTP_OFF) {
        http = HttpDoor.open(config.bind(), config.httpPort(), health, metrics);
      }
    } catch (RuntimeException e) {
      closePorts();
      reads.close();
      payloadReader.shutdownNow();
      nodeFeed.close();
      timers.shutdownNow();
      throw e;
    }
  }

  private void load(Restart restart, WriteLease lease, long requestIdsFromMillis) {
    try {
      long began = System.nanoTime();
      int tasks = restart.load(store, lease, requestIdsFromMillis);
      log.info(
          "loaded {} tasks without an outcome in {} ms",
          tasks,
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began));
    } catch (RuntimeException e) {
      closePorts();
      reads.close();
      payloadReader.shutdownNow();
      nodeFeed.close();
      timers.shutdownNow();
      throw e;
    }
  }

  private void serve() {
    engine.start();
    links.attach(engine);
    admission.open();
    health.serving();
    LivenessCheck check =
        new LivenessCheck(
            () -> TimeUnit.MILLISECONDS.toNanos(engine.lastTickMillis()),
            () -> TimeUnit.MILLISECONDS.toNanos(engine.clock().nowMillis()),
            LIVENESS_LIMIT);
    livenessWatch = health.follow(check, timers, LIVENESS_STEP);
  }

  private GetMeshResponse constants(WriteLease lease) {
    return GetMeshResponse.newBuilder()
        .setGatewayId(config.id())
        .setSoftwareVersion(version())
        .setEpoch(lease.epoch())
        .setStrategy(config.strategy().label())
        .setStore(store.name())
        .build();
  }

  /** The engine has stopped for good: nothing can be promised any more. On the engine's thread. */
  private void failed(Throwable failure) {
    if (stopping.compareAndSet(false, true)) {
      health.failed();
      admission.close(Refusals.Absence.STORE_FAILED);
      int code =
          failure instanceof StoreException
              ? GatewayStartException.Kind.STORE.exitCode()
              : GatewayStartException.Kind.INTERNAL.exitCode();
      Thread stopper =
          new Thread(
              () -> {
                shutDown();
                exitCode.complete(code);
              },
              "reefmesh-stop");
      stopper.start();
    }
  }

  /** Waits, at most so long, until nothing is placed any more and nothing runs. */
  private void drain(CountDownLatch placingEnded, Duration timeout) {
    long until = System.nanoTime() + timeout.toNanos();
    try {
      if (!placingEnded.await(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    while (engine.leasedTasks() > 0 && System.nanoTime() - until < 0) {
      LockSupport.parkNanos(DRAIN_LOOK_NANOS);
    }
  }

  private void shutDown() {
    Future<?> watch = livenessWatch;
    if (watch != null) {
      watch.cancel(false);
    }
    // The engine first: a node whose link ends because the gateway goes must not be taken for lost.
    try {
      engine.stop(ENGINE_END_MILLIS);
      router.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    tasks.endStreams(Refusals.Absence.DRAINING);
    links.closeAll();
    closePorts();
    reads.close();
    payloadReader.shutdownNow();
    nodeFeed.close();
    timers.shutdownNow();
    store.close();
  }

  private void closePorts() {
    Server running = server;
    if (running != null) {
      running.shutdown();
      try {
        // Watchers and health watches never end by themselves.
        if (!running.awaitTermination(STREAMS_END_MILLIS, TimeUnit.MILLISECONDS)) {
          running.shutdownNow();
          running.awaitTermination(STREAMS_END_MILLIS, TimeUnit.MILLISECONDS);
        }
      } catch (InterruptedException e) {
        running.shutdownNow();
        Thread.currentThread().interrupt();
      }
    }
    if (http != null) {
      http.close();
    }
  }

  /** What waits for it is bounded by what the links' outboxes take. */
  private static ExecutorService payloadReader() {
    return Executors.newSingleThreadExecutor(
        work -> {
          Thread thread = new Thread(work, "reefmesh-payload-read");
          thread.setDaemon(true);
          return thread;
        });
  }

  private static ScheduledExecutorService timers() {
    return Executors.newSingleThreadScheduledExecutor(
        work -> {
          Thread thread = new Thread(work, "reefmesh-timers");
          thread.setDaemon(true);
          return thread;
        });
  }
}
