package io.reefmesh.chaos;

import io.reefmesh.chaos.client.CallCounter;
import io.reefmesh.chaos.client.Caller;
import io.reefmesh.chaos.client.Load;
import io.reefmesh.chaos.history.Checker;
import io.reefmesh.chaos.history.Evidence;
import io.reefmesh.chaos.history.Findings;
import io.reefmesh.chaos.history.History;
import io.reefmesh.chaos.mesh.ChaosMesh;
import io.reefmesh.chaos.mesh.MeshPlan;
import io.reefmesh.chaos.mesh.WallClock;
import io.reefmesh.chaos.nemesis.DiskVolume;
import io.reefmesh.chaos.nemesis.FaultLog;
import io.reefmesh.chaos.nemesis.Watchtower;
import io.reefmesh.chaos.work.Effect;
import io.reefmesh.chaos.work.EffectFile;
import io.reefmesh.v1.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * A mesh, its callers and what is kept of them, from the first process to the last check. Owned by
 * the thread of a command.
 */
final class ChaosRun implements AutoCloseable {

  /** How long callers run before the first fault, so that it meets a mesh at work. */
  private static final long CALM_SECONDS = 4;

  /**
   * What a run is made of.
   *
   * @param nodes how many
   * @param slots of each
   * @param gatewayHeapMegabytes its largest heap
   * @param nodeHeapMegabytes theirs
   * @param stopTimeout how long a node that is told to stop may finish its work
   * @param diskMegabytes of the gateway's own small disk; 0: the common one
   * @param clocks whether wall clocks are to be moved
   */
  record Shape(
      int nodes,
      int slots,
      int gatewayHeapMegabytes,
      int nodeHeapMegabytes,
      Duration stopTimeout,
      int diskMegabytes,
      boolean clocks) {}

  final RunFolder folder;
  final Findings findings = new Findings();
  final History history = new History();
  final CallCounter calls = new CallCounter();
  final SplittableRandom random;
  final FaultLog log;
  final Optional<DiskVolume> disk;
  final ChaosMesh mesh;
  final Watchtower tower;
  final Observer observer;
  final List<Caller> callers = new ArrayList<>();
  private final RunOptions options;
  private final Thread onExit = new Thread(this::endProcesses, "end-of-run");

  ChaosRun(RunOptions options, Shape shape) throws InterruptedException {
    this.options = options;
    this.folder = RunFolder.make();
    this.random = new SplittableRandom(options.seed());
    this.log = new FaultLog(folder.path().resolve("faults.log"), findings);
    this.disk =
        shape.diskMegabytes() > 0
            ? DiskVolume.mount(folder.path().resolve("disk"), shape.diskMegabytes())
            : Optional.empty();
    Path dataDir = disk.map(DiskVolume::dataDir).orElse(folder.path().resolve("data"));
    this.mesh =
        new ChaosMesh(
            new MeshPlan(
                options.gatewayJar.toAbsolutePath(),
                folder.path(),
                dataDir,
                shape.nodes(),
                shape.slots(),
                options.times(),
                shape.gatewayHeapMegabytes(),
                shape.nodeHeapMegabytes(),
                shape.stopTimeout(),
                shape.clocks() ? WallClock.library(folder.path()) : Optional.empty()),
            text -> findings.add("process", text));
    this.tower = new Watchtower(mesh, history, new Load("canary", random.split()));
    this.observer = new Observer(mesh.newProxy("observer"), history);
    Runtime.getRuntime().addShutdownHook(onExit);
  }

  /** Starts gateway and nodes. */
  void start() throws InterruptedException {
    say("seed " + options.seed() + "; logs and data in " + folder.path());
    mesh.start();
    say(mesh.nodes().size() + " nodes are linked; " + options.times());
  }

  /** Lets callers and nodes get to work: there is nothing to wait for but time. */
  void awaitWork() throws InterruptedException {
    TimeUnit.SECONDS.sleep(CALM_SECONDS);
  }

  /** Starts callers that together submit at this rate. */
  void startCallers(int count, double tasksPerSecond) {
    for (int i = 1; i <= count; i++) {
      String name = "caller-" + i;
      callers.add(
          new Caller(
              name, mesh.newProxy(name), history, calls, tasksPerSecond / count, random.split()));
    }
    callers.forEach(Caller::start);
  }

  /** The load ends; everything that was begun has to end, too. */
  void drain(Duration limit) throws InterruptedException {
    calls.phase("drain");
    say("draining");
    log.note("drain");
    for (Caller caller : callers) {
      caller.stopSubmitting();
    }
    long end = System.nanoTime() + limit.toNanos();
    observer.decideUnknown(end);
    observer.awaitAll(end);
    List<String> open = history.open();
    if (!open.isEmpty()) {
      findings.add(
          "drain",
          open.size()
              + " tasks have not ended "
              + limit.toSeconds()
              + " s after the last fault: "
              + observer.explain(open));
    }
    observer.readAll();
    awaitFollowers(end);
  }

  private void awaitFollowers(long endNanos) throws InterruptedException {
    // The last outcomes may be on their way.
    long end = Math.max(endNanos, System.nanoTime() + Duration.ofSeconds(10).toNanos());
    while (callers.stream().anyMatch(caller -> caller.open() > 0) && System.nanoTime() < end) {
      // Callers are driven by their own threads and tell nobody when they have all.
      TimeUnit.MILLISECONDS.sleep(20);
    }
    for (Caller caller : callers) {
      if (caller.open() > 0) {
        findings.add("follow", caller.name() + " still waits for " + caller.open() + " outcomes");
      }
    }
  }

  /** Everything that handlers did so far. */
  List<Effect> effects() {
    return EffectFile.readAll(mesh.plan().effects());
  }

  /** Looks for broken rules in what was recorded. */
  List<Effect> check() {
    List<Task> listed = observer.listAll();
    LogCheck.check(folder.path()).forEach(findings::add);
    List<Effect> effects = effects();
    Checker.check(new Evidence(history, effects, listed)).forEach(findings::add);
    return effects;
  }

  /** How busy this machine is, for whoever reads figures later. */
  static String machine() {
    String load;
    try {
      load = Files.readString(Path.of("/proc/loadavg")).split(" ", -1)[0];
    } catch (IOException e) {
      load = "?";
    }
    return Runtime.getRuntime().availableProcessors() + " cores, load " + load + " at the end";
  }

  /** Says something with the time. */
  static void say(String text) {
    System.out.printf("%tT %s%n", System.currentTimeMillis(), text);
  }

  /**
   * Ends all processes; data and logs are kept if something was found.
   *
   * @param failed whether something was found
   */
  void finish(boolean failed) {
    Runtime.getRuntime().removeShutdownHook(onExit);
    callers.forEach(Caller::close);
    observer.close();
    mesh.close();
    if (failed || options.keep) {
      disk.ifPresent(volume -> folder.keep(volume.dataDir()));
    }
    close();
    if (failed || options.keep) {
      say("data and logs are kept in " + folder.path());
    } else {
      folder.delete();
    }
  }

  @Override
  public void close() {
    endProcesses();
    log.close();
  }

  private void endProcesses() {
    mesh.close();
    disk.ifPresent(DiskVolume::close);
  }

  /** Writes a report where the options say. */
  void write(String json) {
    Path file = options.json;
    if (file != null) {
      try {
        Files.writeString(file, json + "\n");
      } catch (IOException e) {
        throw new UncheckedIOException("the report cannot be written to " + file, e);
      }
    }
  }
}
