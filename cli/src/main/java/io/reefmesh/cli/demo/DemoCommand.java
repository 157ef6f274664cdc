package io.reefmesh.cli.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.reefmesh.cli.ExitCode;
import io.reefmesh.cli.ReefmeshCommand;
import io.reefmesh.cli.StopSignals;
import io.reefmesh.cli.output.ProtoJson;
import io.reefmesh.cli.output.Terminal;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.TaskSpecs;
import io.reefmesh.v1.TaskSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the mesh at work, on this machine, with processes of its own. */
@Command(
    name = "demo",
    description = {
      "Starts a gateway and nodes as processes on this machine, and hashes every file below DIR",
      "through the mesh. One node is killed on the way and comes back. Every result is checked.",
      "With OPENAI_BASE_URL set it ends with a question to the model there."
    },
    exitCodeList = {
      "0:every result is right",
      "1:something is wrong, and it says what",
      "2:the command line is wrong, or sha256sum is missing",
      "130:stopped by Ctrl-C",
      "70:internal error"
    },
    footer = {
      "%nExamples:",
      "  reefmesh demo",
      "  reefmesh demo ~/Documents --tasks 2000",
      "  reefmesh demo --keep"
    })
public final class DemoCommand implements Callable<Integer> {

  private static final int MIN_TASKS = 300;

  /** Under way at once: enough that the nodes never wait for work. */
  private static final int TASKS_PER_SLOT = 4;

  private static final int MAX_FILES = 10_000;
  private static final int MAX_TASKS = 100_000;
  private static final int MAX_NODES = 16;
  private static final int MAX_FAULTS_SHOWN = 5;
  private static final int INTERRUPTED = 130;

  @Spec CommandSpec spec = CommandSpec.create();

  @Parameters(
      arity = "0..1",
      paramLabel = "DIR",
      description = "Files to hash. Default: the sources of reefmesh, or the current folder.")
  @Nullable Path folder;

  @Option(names = "--keep", description = "Leave the mesh up until Ctrl-C, with lines to try.")
  boolean keep;

  @Option(names = "--keep-data", description = "Leave data and logs in their temporary folder.")
  boolean keepData;

  @Option(
      names = "--tasks",
      paramLabel = "N",
      description = "How many tasks. Default: one per file, at least 300 in whole rounds.")
  @Nullable Integer tasks;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "3",
      description = "How many nodes, 1 to 16. Default: ${DEFAULT-VALUE}.")
  int nodes = 3;

  @Option(
      names = "--time-limit",
      paramLabel = "TIME",
      defaultValue = "15m",
      description = "Tasks without an outcome by then are faults. Default: ${DEFAULT-VALUE}.")
  Duration timeLimit = Duration.ofMinutes(15);

  @Option(names = "--json", description = "Print the report as one line of JSON.")
  boolean json;

  /** For picocli. */
  public DemoCommand() {}

  @Override
  public Integer call() throws InterruptedException {
    checkNumbers();
    Terminal terminal = ReefmeshCommand.terminal(spec);
    Sha256Program program = Sha256Program.find(System.getenv().getOrDefault("PATH", ""));
    DemoMesh mesh = new DemoMesh(JavaCommand.likeThis(ReefmeshCommand.class), program);
    Thread main = Thread.currentThread();
    StopSignals signals = StopSignals.install(main::interrupt, mesh::killAll);
    Runtime.getRuntime().addShutdownHook(new Thread(mesh::killAll, "demo-clean-up"));
    boolean clean = false;
    try {
      int code = run(mesh, program, terminal);
      clean = code == ExitCode.OK;
      return code;
    } catch (InterruptedException | MeshException e) {
      if (e instanceof MeshException failure && !Thread.currentThread().isInterrupted()) {
        throw failure;
      }
      terminal.note("interrupted: stopping the mesh");
      clean = true;
      return INTERRUPTED;
    } finally {
      // An interrupt has done its work; the clean-up waits for processes.
      Thread.interrupted();
      mesh.close();
      signals.finished();
      if (clean && !keepData) {
        mesh.deleteFolder();
      } else {
        terminal.note("data and logs are in " + mesh.folder());
      }
    }
  }

  private int run(DemoMesh mesh, Sha256Program program, Terminal terminal)
      throws InterruptedException {
    terminal.note("starting a gateway and " + nodes + " nodes; logs are in " + mesh.folder());
    mesh.startGateway();
    FileTree tree = FileTree.below(folder(), MAX_FILES);
    List<HashedFile> work = work(tree.files());
    terminal.note(describe(tree, work.size()));
    mesh.awaitGateway();
    List<String> ids = startNodes(mesh);
    terminal.note("the mesh is up: gateway " + mesh.address() + ", nodes " + String.join(" ", ids));
    try (MeshClient client = MeshClient.builder().target(mesh.address()).build()) {
      DemoRun run =
          new DemoRun(
              mesh,
              client,
              work,
              file -> task(program, file),
              victim(ids),
              TASKS_PER_SLOT * nodes * DemoMesh.SLOTS,
              terminal);
      DemoReport report = run.run(timeLimit);
      Optional<String> modelFault =
          System.getenv().getOrDefault("OPENAI_BASE_URL", "").isBlank()
              ? Optional.empty()
              : AgentTurn.ask(client, terminal);
      print(report, modelFault, terminal);
      if (keep) {
        keepUp(mesh, program, tree.files(), run.lastTaskId().orElse(""), terminal);
      }
      return report.allRight() && modelFault.isEmpty() ? ExitCode.OK : ExitCode.TASK_FAILED;
    }
  }

  private void checkNumbers() {
    if (nodes < 1 || nodes > MAX_NODES) {
      throw new ParameterException(
          spec.commandLine(), "--nodes is " + nodes + ": it must be 1 to " + MAX_NODES);
    }
    if (tasks != null && (tasks < 3 || tasks > MAX_TASKS)) {
      throw new ParameterException(
          spec.commandLine(), "--tasks is " + tasks + ": it must be 3 to " + MAX_TASKS);
    }
  }

  private Path folder() {
    if (folder != null) {
      return folder;
    }
    Path home = Path.of(System.getProperty("reefmesh.home", ""));
    return Files.isRegularFile(home.resolve("pom.xml")) ? home : Path.of("");
  }

  /** The files, round after round, as many as tasks are wanted. */
  private List<HashedFile> work(List<HashedFile> files) {
    int rounds = (MIN_TASKS + files.size() - 1) / files.size();
    int wanted = tasks != null ? tasks : rounds * files.size();
    List<HashedFile> work = new ArrayList<>(wanted);
    for (int i = 0; i < wanted; i++) {
      work.add(files.get(i % files.size()));
    }
    return work;
  }

  private static String describe(FileTree tree, int count) {
    return count
        + " tasks for "
        + tree.files().size()
        + " files"
        + (tree.truncated() ? " (more are there: the limit is " + MAX_FILES + ")" : "")
        + (tree.skipped() > 0 ? ", " + tree.skipped() + " not readable" : "");
  }

  private List<String> startNodes(DemoMesh mesh) throws InterruptedException {
    List<String> ids = new ArrayList<>();
    for (int i = 1; i <= nodes; i++) {
      ids.add("node-" + i);
    }
    ids.forEach(mesh::startNode);
    for (String id : ids) {
      mesh.awaitNode(id);
    }
    return ids;
  }

  /** One in the middle, to show that it is not the first or the last that matters. */
  private static String victim(List<String> ids) {
    return ids.get(ids.size() / 2);
  }

  private static TaskSpec task(Sha256Program program, HashedFile file) {
    ArrayNode argv = JsonNodeFactory.instance.arrayNode();
    program.arguments(file.path()).forEach(argv::add);
    return TaskSpecs.json(
        "tool-execution", JsonNodeFactory.instance.objectNode().set("argv", argv).toString());
  }

  private void print(DemoReport report, Optional<String> modelFault, Terminal terminal) {
    terminal.line(
        json ? ProtoJson.line(report.facts()) : "\n" + report.table().stripTrailing() + "\n");
    report.faults().stream()
        .limit(MAX_FAULTS_SHOWN)
        .forEach(fault -> terminal.note("wrong: " + fault));
    if (report.faults().size() > MAX_FAULTS_SHOWN) {
      terminal.note("wrong: and " + (report.faults().size() - MAX_FAULTS_SHOWN) + " more");
    }
    modelFault.ifPresent(fault -> terminal.note("wrong: " + fault));
    if (report.allRight() && modelFault.isEmpty()) {
      terminal.note("every result is right");
    }
  }

  private static void keepUp(
      DemoMesh mesh,
      Sha256Program program,
      List<HashedFile> files,
      String taskId,
      Terminal terminal) {
    terminal.note("the mesh stays up until Ctrl-C; try:");
    GrpcurlLines.of(mesh.address(), program, files, taskId)
        .forEach(line -> terminal.note("  " + line));
    terminal.note("  reefmesh nodes list --gateway " + mesh.address());
    try {
      mesh.awaitGatewayEnd();
      terminal.note("the gateway has ended: stopping the rest");
    } catch (InterruptedException e) {
      terminal.note("stopping the mesh");
    }
  }
}
