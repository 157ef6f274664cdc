package io.reefmesh.client;

import static io.reefmesh.client.Events.output;
import static io.reefmesh.client.Events.succeeded;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.BindableService;
import io.grpc.Grpc;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.reefmesh.client.ScriptedTaskService.OpenWatch;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real connections, real time, gateways that come and go. */
final class GatewayRestartTest {

  private final ScriptedTaskService tasks = new ScriptedTaskService();
  private final List<Server> servers = new ArrayList<>();
  private final List<MeshClient> clients = new ArrayList<>();

  @AfterEach
  void stop() throws Exception {
    clients.forEach(MeshClient::close);
    for (Server server : servers) {
      stop(server);
    }
  }

  @Test
  void shouldFollowTheTaskWhenTheGatewayRestarts() throws Exception {
    // given
    Server before = start(0, tasks);
    int port = before.getPort();
    RecordingListener listener = new RecordingListener();
    TaskWatch watch = client(port).watch("task-1", listener);
    OpenWatch first = tasks.nextWatch();
    first.send(output("c1", 1, 0, "one "));
    Waits.until(() -> watch.cursor().equals("c1"));

    // when
    stop(before);
    start(port, tasks);

    // then
    OpenWatch second = tasks.nextWatch();
    assertThat(second.request.getCursor()).isEqualTo("c1");
    second.send(output("c2", 1, 4, "two"), succeeded("c3", "12"));
    second.complete();
    assertThat(watch.finished().get(10, TimeUnit.SECONDS).getId()).isEqualTo("task-1");
    assertThat(listener.heard).containsExactly("output 0 one ", "output 4 two", "finished 12");
  }

  @Test
  void shouldSubmitOnceWhenTheGatewayComesUpLater() throws Exception {
    // given: no gateway yet
    int port = portWhereNobodyListens();
    TaskHandle handle = client(port).submit(TaskSpecs.of("ping"));

    // when
    start(port, tasks);

    // then
    assertThat(handle.id().get(20, TimeUnit.SECONDS)).isEqualTo("task-1");
    assertThat(tasks.submits).hasSize(1);
  }

  @Test
  void shouldUseTheGatewayThatIsUpWhenTheFirstIsDown() throws Exception {
    int down = portWhereNobodyListens();
    Server up = start(0, tasks);

    TaskHandle handle = client(down, up.getPort()).submit(TaskSpecs.of("ping"));
    tasks.nextWatch().send(succeeded("1", "ok"));

    assertThat(Payloads.text(handle.result().get(10, TimeUnit.SECONDS))).isEqualTo("ok");
  }

  @Test
  void shouldSayWhereItTriedWhenThereIsNoGateway() throws Exception {
    int port = portWhereNobodyListens();
    MeshClient client =
        MeshClient.builder()
            .target("localhost:" + port)
            .retry(CallRetry.standard().withGiveUpAfter(Duration.ofSeconds(2)))
            .build();
    clients.add(client);

    assertThatThrownBy(() -> client.get("task-1"))
        .isInstanceOf(MeshUnavailableException.class)
        .hasMessageContainingAll("localhost:" + port, "attempt");
  }

  private MeshClient client(int... ports) {
    List<String> addresses = new ArrayList<>();
    for (int port : ports) {
      addresses.add("localhost:" + port);
    }
    MeshClient client = MeshClient.builder().target(addresses.toArray(String[]::new)).build();
    clients.add(client);
    return client;
  }

  private int portWhereNobodyListens() throws Exception {
    Server server = start(0, tasks);
    int port = server.getPort();
    stop(server);
    return port;
  }

  private Server start(int port, BindableService service) throws IOException {
    Server server =
        Grpc.newServerBuilderForPort(port, InsecureServerCredentials.create())
            .directExecutor()
            .addService(service)
            .build()
            .start();
    servers.add(server);
    return server;
  }

  private static void stop(Server server) throws InterruptedException {
    server.shutdownNow();
    assertThat(server.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }
}
