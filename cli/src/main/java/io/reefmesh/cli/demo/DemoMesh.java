package io.reefmesh.cli.demo;

import io.reefmesh.cli.CommandException;
import io.reefmesh.cli.ExitCode;
import io.reefmesh.cli.ReadyLine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A gateway and some nodes, each a process of its own on the loopback address, with data and logs
 * in a temporary folder. They end with this process, however that ends. Thread-safe.
 */
final class DemoMesh implements AutoCloseable {

  private static final Duration START_LIMIT = Duration.ofSeconds(60);
  private static final Duration STOP_LIMIT = Duration.ofSeconds(10);
  private static final int GATEWAY_HEAP_MEGABYTES = 256;
  private static final int NODE_HEAP_MEGABYTES = 96;
  static final int SLOTS = 8;

  private final JavaCommand java;
  private final Sha256Program program;
  private final Path folder;

  // Guarded by this.
  private final Map<String, MeshProcess> processes = new LinkedHashMap<>();
  private boolean closed;
  private @Nullable String address;

  DemoMesh(JavaCommand java, Sha256Program program) {
    this.java = java;
    this.program = program;
    try {
      this.folder = Files.createTempDirectory("reefmesh-demo-");
    } catch (IOException e) {
      throw new CommandException(
          ExitCode.INTERNAL, "no temporary folder can be made: " + e.getMessage(), e);
    }
  }

  /** Where data and logs are. */
  Path folder() {
    return folder;
  }

  /** The gateway's gRPC address, once it is ready. */
  synchronized String address() {
    if (address == null) {
      throw new IllegalStateException("the gateway is not ready");
    }
    return address;
  }

  /** Starts the gateway's process; it is not ready yet. */
  void startGateway() {
    // Short times, so that the loss of a node heals while somebody looks.
    start(
        "gateway",
        GATEWAY_HEAP_MEGABYTES,
        List.of(
            "gateway",
            "--id=demo",
            "--port=0",
            "--http-port=0",
            "--data-dir=" + folder.resolve("data"),
            "--set=node.beat=1s",
            "--set=node.silent-after=10s",
            "--set=node.grace=2s",
            "--set=drain-timeout=1s"));
  }

  /** Waits for the gateway. */
  void awaitGateway() throws InterruptedException {
    ReadyLine ready = process("gateway").awaitReady(START_LIMIT);
    String grpc = ready.facts().get("grpc");
    if (grpc == null) {
      throw new CommandException(ExitCode.INTERNAL, "the gateway did not say its port: " + ready);
    }
    synchronized (this) {
      address = grpc;
    }
  }

  /** Starts a node's process, for the first time or again; it is not ready yet. */
  void startNode(String id) {
    start(
        id,
        NODE_HEAP_MEGABYTES,
        List.of(
            "node",
            "--gateway=" + address(),
            "--id=" + id,
            "--slots=" + SLOTS,
            "--allow=" + program.name(),
            "--set=stop.timeout=1s"));
  }

  /** Waits until a node's link is live. */
  void awaitNode(String id) throws InterruptedException {
    process(id).awaitReady(START_LIMIT);
  }

  /** SIGKILL: the node's process is gone when this returns. */
  void killNode(String id) throws InterruptedException {
    process(id).kill();
  }

  /** Waits until the gateway's process ends, which it does when somebody ends it. */
  void awaitGatewayEnd() throws InterruptedException {
    process("gateway").awaitEnd();
  }

  /** The names of processes that ended although nobody asked them to. */
  synchronized List<String> ended() {
    return processes.values().stream()
        .filter(process -> !process.isAlive())
        .map(MeshProcess::name)
        .toList();
  }

  /** Stops all processes: nodes first, then the gateway. Nothing is left of them afterwards. */
  @Override
  public void close() {
    List<MeshProcess> nodes = new ArrayList<>(all());
    MeshProcess gateway = nodes.isEmpty() ? null : nodes.remove(0);
    nodes.forEach(MeshProcess::terminate);
    nodes.forEach(node -> node.awaitEnd(STOP_LIMIT));
    if (gateway != null) {
      gateway.terminate();
      gateway.awaitEnd(STOP_LIMIT);
    }
  }

  /** Ends all processes where they stand. */
  void killAll() {
    all().forEach(MeshProcess::destroy);
  }

  /** Removes the folder with data and logs. */
  void deleteFolder() {
    try (Stream<Path> paths = Files.walk(folder)) {
      paths.sorted(Comparator.reverseOrder()).forEach(DemoMesh::delete);
    } catch (IOException | UncheckedIOException e) {
      throw new CommandException(
          ExitCode.INTERNAL, "the temporary folder " + folder + " cannot be removed: " + e, e);
    }
  }

  private void start(String name, int heapMegabytes, List<String> arguments) {
    List<String> all = new ArrayList<>(arguments);
    all.add("--stop-with=" + ProcessHandle.current().pid());
    synchronized (this) {
      if (closed) {
        throw new IllegalStateException("the mesh is closed");
      }
      processes.put(
          name,
          MeshProcess.start(name, java.with(heapMegabytes, all), folder.resolve(name + ".log")));
    }
  }

  private synchronized MeshProcess process(String name) {
    MeshProcess process = processes.get(name);
    if (process == null) {
      throw new IllegalStateException(name + " was not started");
    }
    return process;
  }

  /** The gateway first; from now on none is started any more. */
  private synchronized List<MeshProcess> all() {
    closed = true;
    return List.copyOf(processes.values());
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
