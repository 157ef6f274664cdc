package io.reefmesh.cli;

import io.reefmesh.config.Settings;
import io.reefmesh.gateway.Gateway;
import io.reefmesh.gateway.GatewayConfig;
import io.reefmesh.gateway.GatewayConfig.StoreKind;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a gateway until it is told to stop. */
@Command(
    name = "gateway",
    description = {
      "Runs a gateway: it keeps tasks, chooses nodes, and streams output back.",
      "When it is ready it prints one line with its ports; its log goes to standard error.",
      "TERM or INT stops it in order, a second one at once."
    },
    exitCodeList = {
      "0:stopped in order",
      "2:the command line or a setting is wrong",
      "69:a port is taken",
      "74:the data folder or the store is not usable, or broke while running",
      "75:another gateway has the data folder open",
      "77:this user may not listen on the port",
      "78:the address to bind to is wrong",
      "70:internal error",
      "143:stopped at once by a second signal; tasks are safe"
    },
    footer = {
      "%nExamples:",
      "  reefmesh gateway",
      "  reefmesh gateway --bind 0.0.0.0 --data-dir /var/lib/reefmesh",
      "  reefmesh gateway --config gateway.yaml --set node.grace=1m --set limits.payload=4MiB"
    })
final class GatewayCommand implements Callable<Integer> {

  @Spec CommandSpec spec = CommandSpec.create();

  @Mixin SettingsOptions settingsOptions = new SettingsOptions();

  @Option(names = "--id", paramLabel = "ID", description = "Its name. Default: the host's name.")
  @Nullable String id;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      description = "The address to listen on. Default: 127.0.0.1, this machine only.")
  @Nullable String bind;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "The gRPC port; 0 picks a free one. Default: 7420.")
  @Nullable String port;

  @Option(
      names = "--http-port",
      paramLabel = "PORT",
      description = "The HTTP port; 0 picks a free one, -1 is none. Default: 7421.")
  @Nullable String httpPort;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "Where tasks are kept. Made if absent. Default: ./data.")
  @Nullable String dataDir;

  @Option(
      names = "--strategy",
      paramLabel = "NAME",
      description = {
        "How nodes are chosen: round-robin, least-connections (default), least-load, weighted",
        "or consistent-hash."
      })
  @Nullable String strategy;

  @Option(
      names = "--stop-with",
      paramLabel = "PID",
      hidden = true,
      description = "Stops when this process ends.")
  @Nullable Long stopWith;

  @Override
  public Integer call() throws InterruptedException {
    Map<String, String> environment = new LinkedHashMap<>(System.getenv());
    environment.remove(MeshOptions.GATEWAY_VARIABLE);
    Settings settings = settingsOptions.read(environment, flags());
    ProcessLog.start("gateway", settings);
    GatewayConfig config = GatewayConfig.from(settings);
    Gateway gateway = Gateway.start(config);
    StopSignals signals =
        StopSignals.install(gateway::stop, () -> Runtime.getRuntime().halt(StopSignals.HALT_CODE));
    if (stopWith != null) {
      signals.askWhenGone(stopWith);
    }
    ReefmeshCommand.terminal(spec).line(readyLine(gateway, config).format());
    int code = gateway.awaitTermination();
    signals.finished();
    return code;
  }

  private Map<String, String> flags() {
    Map<String, @Nullable Object> flags = new LinkedHashMap<>();
    flags.put("id", id);
    flags.put("bind", bind);
    flags.put("port", port);
    flags.put("http-port", httpPort);
    flags.put("data-dir", dataDir);
    flags.put("strategy", strategy);
    return SettingsOptions.given(flags);
  }

  private static ReadyLine readyLine(Gateway gateway, GatewayConfig config) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("id", gateway.id());
    facts.put("grpc", ReadyLine.address(config.bind(), gateway.grpcPort()));
    facts.put(
        "http",
        config.httpPort() == GatewayConfig.HTTP_OFF
            ? "off"
            : ReadyLine.address(config.bind(), gateway.httpPort()));
    facts.put("store", config.store().name().toLowerCase(Locale.ROOT));
    facts.put(
        "data",
        config.store() == StoreKind.MEMORY ? "none" : config.dataDir().toAbsolutePath().toString());
    return new ReadyLine("gateway", facts);
  }
}
