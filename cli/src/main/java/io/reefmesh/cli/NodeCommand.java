package io.reefmesh.cli;

import io.reefmesh.config.Settings;
import io.reefmesh.node.NodeConfig;
import io.reefmesh.node.NodeRunner;
import io.reefmesh.node.handler.HandlerSettings;
import io.reefmesh.node.handler.StandardHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a node until it is told to stop. */
@Command(
    name = "node",
    description = {
      "Runs a node: it dials its gateway and runs the tasks it is given.",
      "When its link is live it prints one line; its log goes to standard error. It never gives up",
      "on a gateway. TERM or INT lets running work finish, a second one cancels it."
    },
    exitCodeList = {
      "0:stopped in order",
      "2:the command line or a setting is wrong, or no handler can serve",
      "70:internal error"
    },
    footer = {
      "%nExamples:",
      "  reefmesh node --gateway gw.example:7420 --allow git --allow sha256sum",
      "  reefmesh node --gateway 127.0.0.1:7420 --handler upper='tr a-z A-Z' --slots 2",
      "  OPENAI_BASE_URL=http://localhost:11434/v1 reefmesh node --gateway 127.0.0.1:7420"
    })
final class NodeCommand implements Callable<Integer> {

  private static final Logger log = LoggerFactory.getLogger(NodeCommand.class);
  private static final Duration REMINDER = Duration.ofMinutes(1);

  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin SettingsOptions settingsOptions = new SettingsOptions();

  @Option(
      names = "--gateway",
      paramLabel = "TARGET",
      description =
          "The gateway, as host:port. Default: REEFMESH_GATEWAY in the environment, or 127.0.0.1:7420.")
  @Nullable String gateway;

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "Its id, unique in the mesh. Default: made from the host's name.")
  @Nullable String id;

  @Option(
      names = "--slots",
      paramLabel = "N",
      description = "How many tasks it runs at once. Default: twice the processors, at least 4.")
  @Nullable String slots;

  @Option(
      names = "--capability",
      paramLabel = "NAME",
      description = "What it offers beside what its handlers bring. May be repeated.")
  List<String> capabilities = new ArrayList<>();

  @Option(
      names = "--label",
      paramLabel = "KEY=VALUE",
      description = "A label that tasks can select by. May be repeated.")
  Map<String, String> labels = new LinkedHashMap<>();

  @Option(
      names = "--allow",
      paramLabel = "COMMAND",
      description = "A program that tool-execution may run. May be repeated.")
  List<String> allowed = new ArrayList<>();

  @Option(
      names = "--handler",
      paramLabel = "TYPE=COMMAND",
      description = {
        "A command that runs tasks of this type: payload on its stdin, result on its stdout,",
        "exit 0 is success, 75 is \"try again\". May be repeated."
      })
  Map<String, String> handlers = new LinkedHashMap<>();

  @Option(
      names = "--health-port",
      paramLabel = "PORT",
      description = "Serves gRPC health here; 0 picks a free port. Default: off.")
  @Nullable String healthPort;

  @Option(
      names = "--stop-with",
      paramLabel = "PID",
      hidden = true,
      description = "Stops when this process ends.")
  @Nullable Long stopWith;

  @Override
  public Integer call() throws InterruptedException {
    Settings settings = settingsOptions.read(System.getenv(), flags());
    ProcessLog.start("node", settings);
    NodeConfig config = NodeConfig.from(settings);
    HandlerSettings handlerSettings = HandlerSettings.from(settings, System.getenv());
    settings.finish();
    NodeRunner node = NodeRunner.start(config, StandardHandlers.from(handlerSettings));
    // Each call is one more step: finish the work, cancel it, leave.
    StopSignals signals = StopSignals.install(node::stop, node::stop);
    if (stopWith != null) {
      signals.askWhenGone(stopWith);
    }
    if (awaitLink(node, config)) {
      ReefmeshCommand.terminal(spec).line(readyLine(node, config).format());
    }
    node.awaitStop();
    signals.finished();
    return ExitCode.OK;
  }

  private Map<String, String> flags() {
    Map<String, @Nullable Object> flags = new LinkedHashMap<>();
    flags.put("gateway", gateway);
    flags.put("id", id);
    flags.put("slots", slots);
    flags.put("health.port", healthPort);
    flags.put("capabilities", joined("--capability", capabilities));
    flags.put("labels", joined("--label", pairs(labels)));
    flags.put("tool.allow", joined("--allow", allowed));
    flags.put("handlers", joined("--handler", pairs(handlers)));
    return SettingsOptions.given(flags);
  }

  private static List<String> pairs(Map<String, String> entries) {
    return entries.entrySet().stream()
        .map(entry -> entry.getKey() + "=" + entry.getValue())
        .collect(Collectors.toList());
  }

  /** Commas inside a part stay; null if there is nothing to set. */
  static @Nullable String joined(String option, List<String> parts) {
    for (String part : parts) {
      if (part.contains("\n")) {
        throw new CommandException(
            ExitCode.USAGE, option + ": a value cannot hold a line break; put it into a script");
      }
    }
    return parts.isEmpty() ? null : Settings.joined(parts);
  }

  private static boolean awaitLink(NodeRunner node, NodeConfig config) throws InterruptedException {
    while (!node.awaitLinked(REMINDER)) {
      if (node.awaitStop(Duration.ZERO)) {
        return false;
      }
      log.warn(
          "node {} has no link to {} yet: is a gateway there? It goes on trying",
          node.nodeId(),
          config.gateway());
    }
    return true;
  }

  private static ReadyLine readyLine(NodeRunner node, NodeConfig config) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("id", node.nodeId());
    facts.put("gateway", config.gateway());
    facts.put("slots", String.valueOf(config.slots()));
    facts.put("types", String.join(",", node.taskTypes()));
    facts.put("health", port(config, node.healthPort()));
    facts.put("http", port(config, node.healthHttpPort()));
    return new ReadyLine("node", facts);
  }

  private static String port(NodeConfig config, int port) {
    return port < 0 ? "off" : ReadyLine.address(config.healthBind(), port);
  }
}
