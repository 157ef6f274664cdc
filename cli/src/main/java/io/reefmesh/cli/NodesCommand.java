package io.reefmesh.cli;

import com.google.protobuf.Message;
import io.reefmesh.cli.output.Durations;
import io.reefmesh.cli.output.NodeText;
import io.reefmesh.cli.output.ProtoJson;
import io.reefmesh.cli.output.Terminal;
import io.reefmesh.client.MeshClient;
import io.reefmesh.client.MeshException;
import io.reefmesh.client.MeshTimeoutException;
import io.reefmesh.client.NodeListener;
import io.reefmesh.client.NodeWatch;
import io.reefmesh.v1.ListNodesRequest;
import io.reefmesh.v1.Node;
import io.reefmesh.v1.NodeEvent;
import io.reefmesh.v1.NodeState;
import io.reefmesh.v1.RemoveNodeResponse;
import io.reefmesh.v1.WatchNodesRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks at nodes, and takes them out of service and back. */
@Command(
    name = "nodes",
    description = "Lists nodes, shows or follows them, drains, resumes or removes one.",
    subcommands = {
      NodesCommand.ListNodes.class,
      NodesCommand.Get.class,
      NodesCommand.Watch.class,
      NodesCommand.Drain.class,
      NodesCommand.Resume.class,
      NodesCommand.Remove.class
    },
    footer = {
      "%nExamples:",
      "  reefmesh nodes list",
      "  reefmesh nodes get node-1 --json",
      "  reefmesh nodes drain node-1 --wait --reason 'new kernel'",
      "  reefmesh nodes resume node-1"
    })
final class NodesCommand {

  /** What every command about nodes can be told. */
  abstract static class OfNodes implements Callable<Integer> {

    @Spec CommandSpec spec = CommandSpec.create();
    @Mixin MeshOptions mesh = new MeshOptions();
    @Mixin OutputOptions.WithFlag output = new OutputOptions.WithFlag();

    final Terminal terminal() {
      return ReefmeshCommand.terminal(spec);
    }

    /** A message as a line of JSON, or the words for it. */
    final void print(Message message, String words) {
      terminal().line(output.json() ? ProtoJson.line(message) : words.stripTrailing());
    }
  }

  /** A command about one node. */
  abstract static class OfOneNode extends OfNodes {

    @Parameters(paramLabel = "ID", description = "The node's id.")
    String id = "";
  }

  /** Which nodes a command is about. */
  static final class Filter {

    @Option(
        names = "--capability",
        paramLabel = "NAME",
        description = "Offering this. May be repeated.")
    List<String> capabilities = new ArrayList<>();

    @Option(
        names = "--label",
        paramLabel = "KEY=VALUE",
        description = "With this label. May be repeated.")
    Map<String, String> labels = new LinkedHashMap<>();
  }

  /** All nodes. */
  @Command(
      name = "list",
      description = "Lists the nodes that the gateway knows, by id.",
      exitCodeList = {"0:ok", "2:usage", "3:no gateway answered", "5:refused", "70:internal error"},
      footer = {"%nExample:", "  reefmesh nodes list --capability llm --json"})
  static final class ListNodes extends OfNodes {

    @Mixin Filter filter = new Filter();

    @Option(
        names = "--state",
        paramLabel = "STATE",
        description = "online, busy, draining, suspect, unhealthy or offline. May be repeated.")
    List<String> states = new ArrayList<>();

    @Override
    public Integer call() throws InterruptedException {
      ListNodesRequest.Builder request =
          ListNodesRequest.newBuilder()
              .addAllCapabilities(filter.capabilities)
              .putAllLabels(filter.labels);
      states.forEach(word -> request.addStates(state(word)));
      List<Node> nodes = mesh.call(client -> client.fleet().listNodes(request.build()));
      terminal()
          .line(
              output.json()
                  ? ProtoJson.line("nodes", nodes, "")
                  : NodeText.table(nodes, Instant.now()).stripTrailing());
      return ExitCode.OK;
    }

    private static NodeState state(String word) {
      for (NodeState state : NodeState.values()) {
        if (state != NodeState.NODE_STATE_UNSPECIFIED
            && state != NodeState.UNRECOGNIZED
            && NodeText.name(state).equalsIgnoreCase(word)) {
          return state;
        }
      }
      throw new CommandException(
          ExitCode.USAGE,
          "--state is \""
              + word
              + "\": it must be online, busy, draining, suspect, unhealthy or offline");
    }
  }

  /** One node. */
  @Command(
      name = "get",
      description = "Shows a node: its state, what it offers, what it holds.",
      exitCodeList = {
        "0:ok",
        "2:usage",
        "3:no gateway answered",
        "4:no such node",
        "70:internal error"
      },
      footer = {"%nExample:", "  reefmesh nodes get node-1"})
  static final class Get extends OfOneNode {

    @Override
    public Integer call() throws InterruptedException {
      Node node = mesh.call(client -> client.fleet().getNode(id));
      print(node, NodeText.details(node, Instant.now()));
      return ExitCode.OK;
    }
  }

  /** Nodes until interrupted. */
  @Command(
      name = "watch",
      description = {
        "Shows all nodes, then a line for each change, until it is interrupted. With --json each",
        "line is an event."
      },
      exitCodeList = {"0:ok", "2:usage", "3:no gateway answered", "5:refused", "70:internal error"},
      footer = {"%nExample:", "  reefmesh nodes watch --label room=kitchen"})
  static final class Watch extends OfNodes {

    @Mixin Filter filter = new Filter();

    @Override
    public Integer call() throws InterruptedException {
      WatchNodesRequest request =
          WatchNodesRequest.newBuilder()
              .addAllCapabilities(filter.capabilities)
              .putAllLabels(filter.labels)
              .build();
      return mesh.call(
          client -> {
            // A watch waits long for its gateway; whether there is one at all shows here, and soon.
            client.fleet().mesh();
            CompletableFuture<Integer> end = new CompletableFuture<>();
            NodeWatch watch =
                client.fleet().watchNodes(request, new Printer(terminal(), output.json(), end));
            try {
              return MeshOptions.await(end);
            } finally {
              watch.close();
            }
          });
    }
  }

  /** Prints what happens to nodes, while it happens. */
  private static final class Printer implements NodeListener {

    private final Terminal terminal;
    private final boolean json;
    private final CompletableFuture<Integer> end;

    Printer(Terminal terminal, boolean json, CompletableFuture<Integer> end) {
      this.terminal = terminal;
      this.json = json;
      this.end = end;
    }

    @Override
    public void onNode(Node node) {
      terminal.line(
          json
              ? ProtoJson.line(NodeEvent.newBuilder().setNode(node).build())
              : NodeText.line(node));
    }

    @Override
    public void onRemoved(String nodeId) {
      terminal.line(
          json
              ? ProtoJson.line(NodeEvent.newBuilder().setRemovedId(nodeId).build())
              : nodeId + " removed");
    }

    @Override
    public void onSynced() {
      if (json) {
        terminal.line(ProtoJson.line(NodeEvent.newBuilder().setSynced(true).build()));
      } else {
        terminal.note("# these are all; changes follow");
      }
    }

    @Override
    public void onBroken(MeshException why) {
      end.completeExceptionally(why);
    }
  }

  /** A node gets nothing new. */
  @Command(
      name = "drain",
      description = {
        "Lets a node finish what it has and gives it nothing new, until \"nodes resume\". Outlives",
        "restarts of the node, not of the gateway."
      },
      exitCodeList = {
        "0:ok; with --wait: the node is empty",
        "1:with --wait: it was not empty in time, and goes on draining",
        "2:usage",
        "3:no gateway answered",
        "4:no such node",
        "5:refused, or resumed meanwhile",
        "70:internal error"
      },
      footer = {"%nExample:", "  reefmesh nodes drain node-1 --wait --reason 'new kernel'"})
  static final class Drain extends OfOneNode {

    @Option(names = "--wait", description = "Return when the node holds nothing any more.")
    boolean wait;

    @Option(
        names = "--timeout",
        paramLabel = "TIME",
        defaultValue = "1h",
        description = "How long to wait. Default: ${DEFAULT-VALUE}.")
    Duration timeout = Duration.ofHours(1);

    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        description = "Shown with the node, at most 256 characters.")
    String reason = "";

    @Override
    public Integer call() throws InterruptedException {
      Node node = mesh.call(client -> client.fleet().drain(id, reason));
      if (wait && node.getHeldCount() > 0) {
        node = mesh.call(this::untilEmpty);
      }
      print(node, NodeText.line(node));
      return ExitCode.OK;
    }

    private Node untilEmpty(MeshClient client) throws InterruptedException {
      try {
        return MeshOptions.await(client.fleet().drainUntilEmpty(id, reason, timeout));
      } catch (MeshTimeoutException e) {
        throw new CommandException(
            ExitCode.TASK_FAILED,
            "node "
                + id
                + " was not empty within "
                + Durations.show(timeout)
                + "; it goes on draining: look with \"reefmesh nodes get "
                + id
                + "\"",
            e);
      }
    }
  }

  /** A node gets work again. */
  @Command(
      name = "resume",
      description = "Gives a drained or unhealthy node work again.",
      exitCodeList = {
        "0:ok",
        "2:usage",
        "3:no gateway answered",
        "4:no such node",
        "70:internal error"
      },
      footer = {"%nExample:", "  reefmesh nodes resume node-1"})
  static final class Resume extends OfOneNode {

    @Override
    public Integer call() throws InterruptedException {
      Node node = mesh.call(client -> client.fleet().resume(id));
      print(node, NodeText.line(node));
      return ExitCode.OK;
    }
  }

  /** A node is forgotten. */
  @Command(
      name = "remove",
      description = {
        "Forgets a node. What it still runs moves to other nodes and counts as an attempt; a process",
        "that still runs may dial in again."
      },
      exitCodeList = {
        "0:ok",
        "2:usage",
        "3:no gateway answered",
        "4:no such node",
        "5:refused: it is at work, and --force was not given",
        "70:internal error"
      },
      footer = {"%nExample:", "  reefmesh nodes remove node-1"})
  static final class Remove extends OfOneNode {

    @Option(names = "--force", description = "Also when it is linked and holds tasks.")
    boolean force;

    @Override
    public Integer call() throws InterruptedException {
      int moved = mesh.call(client -> client.fleet().remove(id, force));
      print(
          RemoveNodeResponse.newBuilder().setMovedTasks(moved).build(),
          id + " removed, " + moved + (moved == 1 ? " task moved" : " tasks moved"));
      return ExitCode.OK;
    }
  }
}
