package io.reefmesh.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A gRPC server in this process, and clients of it whose timers the test moves. */
final class InProcessMesh {

  final ScriptedTaskService tasks = new ScriptedTaskService();
  final FakeTimers timers = new FakeTimers();
  final ManagedChannel channel;
  private final Server server;
  private final List<MeshClient> clients = new ArrayList<>();

  InProcessMesh(BindableService... more) {
    String name = InProcessServerBuilder.generateName();
    InProcessServerBuilder builder =
        InProcessServerBuilder.forName(name)
            .directExecutor()
            .intercept(tasks.headerNotes())
            .addService(tasks);
    for (BindableService service : more) {
      builder.addService(service);
    }
    try {
      server = builder.build().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    channel = InProcessChannelBuilder.forName(name).directExecutor().disableRetry().build();
  }

  /** A client with all defaults but channel and timers. */
  MeshClient client() {
    return client(builder());
  }

  MeshClient client(MeshClient.Builder builder) {
    MeshClient client = builder.build();
    clients.add(client);
    return client;
  }

  MeshClient.Builder builder() {
    return MeshClient.builder().channel(channel).timers(timers);
  }

  void close() throws InterruptedException {
    clients.forEach(MeshClient::close);
    channel.shutdownNow();
    server.shutdownNow();
    assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    assertThat(server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }
}
