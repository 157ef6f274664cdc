package io.reefmesh.cli;

import io.reefmesh.cli.output.NodeText;
import io.reefmesh.cli.output.ProtoJson;
import io.reefmesh.v1.ListNodesRequest;
import io.reefmesh.v1.Node;
import io.reefmesh.v1.NodeState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Looks at nodes. */
@Command(
    name = "nodes",
    description = "Lists nodes, or shows one.",
    subcommands = {NodesCommand.ListNodes.class, NodesCommand.Get.class},
    footer = {"%nExamples:", "  reefmesh nodes list", "  reefmesh nodes get node-1 --json"})
final class NodesCommand {

  /** All nodes. */
  @Command(
      name = "list",
      description = "Lists the nodes that the gateway knows, by id.",
      exitCodeList = {"0:ok", "2:usage", "3:no gateway answered", "5:refused", "70:internal error"},
      footer = {"%nExample:", "  reefmesh nodes list --capability llm --json"})
  static final class ListNodes implements Callable<Integer> {

    @Spec CommandSpec spec = CommandSpec.create();
    @Mixin MeshOptions mesh = new MeshOptions();
    @Mixin OutputOptions.WithFlag output = new OutputOptions.WithFlag();

    @Option(
        names = "--state",
        paramLabel = "STATE",
        description = "online, busy, draining, suspect, unhealthy or offline. May be repeated.")
    List<String> states = new ArrayList<>();

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

    @Override
    public Integer call() throws InterruptedException {
      ListNodesRequest.Builder filter =
          ListNodesRequest.newBuilder().addAllCapabilities(capabilities).putAllLabels(labels);
      states.forEach(word -> filter.addStates(state(word)));
      List<Node> nodes = mesh.call(client -> client.fleet().listNodes(filter.build()));
      ReefmeshCommand.terminal(spec)
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
  static final class Get implements Callable<Integer> {

    @Spec CommandSpec spec = CommandSpec.create();
    @Mixin MeshOptions mesh = new MeshOptions();
    @Mixin OutputOptions.WithFlag output = new OutputOptions.WithFlag();

    @Parameters(paramLabel = "ID", description = "The node's id.")
    String id = "";

    @Override
    public Integer call() throws InterruptedException {
      Node node = mesh.call(client -> client.fleet().getNode(id));
      ReefmeshCommand.terminal(spec)
          .line(
              output.json()
                  ? ProtoJson.line(node)
                  : NodeText.details(node, Instant.now()).stripTrailing());
      return ExitCode.OK;
    }
  }
}
