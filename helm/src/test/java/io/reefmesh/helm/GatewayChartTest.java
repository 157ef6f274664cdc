package io.reefmesh.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Probe;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The gateway's StatefulSet, its services, its store. */
final class GatewayChartTest {

  @BeforeAll
  static void helm() {
    Chart.assumeHelm();
  }

  @Test
  void shouldPassStrictLintWhenUntouched() {
    assertThat(Chart.lint().isFailed()).as(String.join("\n", Chart.lint().getMessages())).isFalse();
  }

  @Test
  void shouldStartTheDocumentedCommandWhenRendered() {
    Container container = Chart.render(ValueSets.DEFAULTS).gatewayContainer();

    assertThat(container.getCommand()).containsExactly("reefmesh");
    assertThat(String.join(" ", container.getArgs()))
        .isEqualTo(
            "gateway --config /etc/reefmesh/gateway.yaml --bind 0.0.0.0 --port 7420"
                + " --http-port 7421 --data-dir /var/lib/reefmesh");
  }

  @Test
  void shouldProbeWholeServerForReadinessAndLoopForLivenessWhenRendered() {
    Container container = Chart.render(ValueSets.DEFAULTS).gatewayContainer();

    assertProbe(container.getReadinessProbe(), 7420, null);
    assertProbe(container.getLivenessProbe(), 7420, "liveness");
    assertProbe(container.getStartupProbe(), 7420, "liveness");
  }

  static void assertProbe(Probe probe, int port, @Nullable String service) {
    assertThat(probe.getGrpc().getPort()).isEqualTo(port);
    assertThat(probe.getGrpc().getService()).isEqualTo(service);
    assertThat(probe.getHttpGet()).isNull();
    assertThat(probe.getTcpSocket()).isNull();
    assertThat(probe.getExec()).isNull();
  }

  @Test
  void shouldGrantMoreTimeThanSleepAndDrainNeedWhenDrainIsLong() {
    StatefulSet gateway = Chart.render(ValueSets.EVERYTHING).gateway();
    StatefulSet plain = Chart.render(ValueSets.DEFAULTS).gateway();

    assertThat(gateway.getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds())
        .isGreaterThan(300);
    assertThat(plain.getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds())
        .isGreaterThan(30 + 5);
    assertThat(
            Chart.render(ValueSets.EVERYTHING).configuration("reef-mesh-gateway", "gateway.yaml"))
        .contains("drain-timeout: 300s");
  }

  @Test
  void shouldClaimAVolumeForTheStoreWhenNothingElseIsSaid() {
    StatefulSet gateway = Chart.render(ValueSets.DEFAULTS).gateway();

    PersistentVolumeClaim claim = gateway.getSpec().getVolumeClaimTemplates().get(0);
    assertThat(claim.getMetadata().getName()).isEqualTo("data");
    assertThat(claim.getSpec().getResources().getRequests())
        .containsEntry("storage", new Quantity("8Gi"));
    assertThat(mountPathOf(gateway, "data")).isEqualTo("/var/lib/reefmesh");
    assertThat(gateway.getSpec().getServiceName()).isEqualTo("reef-reefmesh-gateway-headless");
  }

  @Test
  void shouldKeepTheStoreInThePodWhenPersistenceIsOff() {
    StatefulSet gateway = Chart.render(ValueSets.PERSISTENCE_OFF).gateway();

    assertThat(gateway.getSpec().getVolumeClaimTemplates()).isEmpty();
    assertThat(volume(gateway, "data").getEmptyDir()).isNotNull();
    assertThat(Chart.notes(ValueSets.PERSISTENCE_OFF)).contains("gateway.persistence.enabled=true");
  }

  @Test
  void shouldUseTheGivenClaimWhenOneExists() {
    StatefulSet gateway = Chart.render(ValueSets.EXISTING_CLAIM).gateway();

    assertThat(gateway.getSpec().getVolumeClaimTemplates()).isEmpty();
    assertThat(volume(gateway, "data").getPersistentVolumeClaim().getClaimName())
        .isEqualTo("kept-by-someone");
  }

  @Test
  void shouldOfferOneNormalAndOneHeadlessServiceWhenRendered() {
    Manifests manifests = Chart.render(ValueSets.EVERYTHING);
    Service normal = manifests.service("reef-mesh-gateway");
    Service headless = manifests.service("reef-mesh-gateway-headless");

    assertThat(normal.getSpec().getType()).isEqualTo("LoadBalancer");
    assertThat(normal.getSpec().getClusterIP()).isNull();
    assertThat(normal.getSpec().getPorts().get(0).getPort()).isEqualTo(443);
    assertThat(headless.getSpec().getClusterIP()).isEqualTo("None");
    assertThat(headless.getSpec().getPorts().get(0).getPort()).isEqualTo(7420);
    for (Service service : manifests.each(Service.class)) {
      assertThat(service.getSpec().getPorts().get(0).getAppProtocol())
          .isEqualTo("kubernetes.io/h2c");
    }
  }

  @Test
  void shouldRollThePodsWhenTheConfigurationChanges() {
    String before = checksum(Chart.render(ValueSets.DEFAULTS));
    String same = checksum(Chart.render("gateway: {podLabels: {a: b}}"));
    String after = checksum(Chart.render("gateway: {config: {strategy: weighted}}"));

    assertThat(same).isEqualTo(before);
    assertThat(after).isNotEqualTo(before);
  }

  @Test
  void shouldLetTheUsersVariableReplaceTheChartsWhenNamesAreEqual() {
    Container container = Chart.render(ValueSets.EXTRA_ENV).gatewayContainer();

    assertThat(container.getEnv())
        .extracting(EnvVar::getName, EnvVar::getValue)
        .containsExactly(tuple("JAVA_TOOL_OPTIONS", "-Xmx300m"), tuple("LOG_LEVEL", "debug"));
  }

  @Test
  void shouldPinTheImageWhenADigestIsGiven() {
    assertThat(Chart.render(ValueSets.DIGEST).gatewayContainer().getImage())
        .isEqualTo("registry.example.org/tools/reefmesh@sha256:" + "a".repeat(64));
    assertThat(Chart.render("image: {tag: '2.0'}").gatewayContainer().getImage())
        .isEqualTo("reefmesh/reefmesh:2.0");
  }

  @Test
  void shouldRefuseToRenderWhenTwoGatewaysWouldShareAStore() {
    assertThatThrownBy(() -> Chart.render("gateway: {replicas: 2}"))
        .hasMessageContaining("the sqlite store belongs to one gateway");
  }

  @Test
  void shouldRefuseToRenderWhenTheDrainTimeoutIsSetBehindTheChartsBack() {
    assertThatThrownBy(() -> Chart.render("gateway: {config: {drain-timeout: 9h}}"))
        .hasMessageContaining("gateway.drainTimeoutSeconds");
  }

  @Test
  void shouldKeepTwoLongReleasesApartWhenTheirNamesAreCut() {
    String start = "a-release-name-that-is-as-long-as-helm-lets-it-be-";

    String first =
        Chart.render(start + "one", ValueSets.DEFAULTS).gateway().getMetadata().getName();
    String second =
        Chart.render(start + "two", ValueSets.DEFAULTS).gateway().getMetadata().getName();

    assertThat(first).isNotEqualTo(second).startsWith("a-release-name-that-is-as-long");
  }

  private static String checksum(Manifests manifests) {
    var annotations = manifests.gateway().getSpec().getTemplate().getMetadata().getAnnotations();
    assertThat(annotations).containsKey("checksum/config");
    return annotations.getOrDefault("checksum/config", "");
  }

  private static Volume volume(StatefulSet set, String name) {
    return set.getSpec().getTemplate().getSpec().getVolumes().stream()
        .filter(volume -> volume.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String mountPathOf(StatefulSet set, String name) {
    return set.getSpec().getTemplate().getSpec().getContainers().get(0).getVolumeMounts().stream()
        .filter(mount -> mount.getName().equals(name))
        .findFirst()
        .orElseThrow()
        .getMountPath();
  }
}
