package io.reefmesh.helm;

import static io.reefmesh.helm.GatewayChartTest.assertProbe;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The nodes' Deployment, and the test pod that sends a task through them. */
final class NodeChartTest {

  @BeforeAll
  static void helm() {
    Chart.assumeHelm();
  }

  @Test
  void shouldDialTheReleasesOwnGatewayWhenNoneIsNamed() {
    Container container = Chart.render(ValueSets.DEFAULTS).nodeContainer();

    assertThat(container.getCommand()).containsExactly("reefmesh");
    assertThat(String.join(" ", container.getArgs()))
        .isEqualTo(
            "node --config /etc/reefmesh/node.yaml"
                + " --gateway dns:///reef-reefmesh-gateway-headless.mesh.svc:7420"
                + " --id $(POD_NAME) --health-port 7430");
    assertThat(container.getEnv()).extracting(EnvVar::getName).contains("POD_NAME");
  }

  @Test
  void shouldProbeTheHealthPortWhenRendered() {
    Container container = Chart.render(ValueSets.DEFAULTS).nodeContainer();

    assertProbe(container.getReadinessProbe(), 7430, null);
    assertProbe(container.getLivenessProbe(), 7430, "liveness");
    assertProbe(container.getStartupProbe(), 7430, "liveness");
  }

  @Test
  void shouldGrantMoreTimeThanTheDrainNeedsWhenDrainIsLong() {
    Manifests manifests = Chart.render(ValueSets.EVERYTHING);

    assertThat(
            manifests.node().getSpec().getTemplate().getSpec().getTerminationGracePeriodSeconds())
        .isGreaterThan(3600);
    assertThat(manifests.configuration("reef-mesh-node", "node.yaml"))
        .contains("stop:\n  timeout: 3600s")
        .contains("slots: 16")
        .contains("gpu: none");
  }

  @Test
  void shouldServeHealthWhereTheKubeletAsksWhenTheUserSaysOtherwise() {
    String configuration =
        Chart.render(ValueSets.EVERYTHING).configuration("reef-mesh-node", "node.yaml");

    assertThat(configuration)
        .contains("bind: 0.0.0.0")
        .doesNotContain("127.0.0.1")
        .contains("http-port: 7431");
  }

  @Test
  void shouldRefuseToRenderWhenTheStopTimeoutIsSetBehindTheChartsBack() {
    assertThatThrownBy(() -> Chart.render("node: {config: {stop: {timeout: 9h}}}"))
        .hasMessageContaining("node.stopTimeoutSeconds");
    assertThatThrownBy(() -> Chart.render("node: {config: {stop.timeout: 9h}}"))
        .hasMessageContaining("node.stopTimeoutSeconds");
  }

  @Test
  void shouldTakeModelAccessFromTheSecretWhenOneIsNamed() {
    Container container = Chart.render("node: {openai: {existingSecret: models}}").nodeContainer();

    EnvVar key = variable(container, "OPENAI_API_KEY");
    EnvVar url = variable(container, "OPENAI_BASE_URL");
    assertThat(key.getValue()).isNull();
    assertThat(key.getValueFrom().getSecretKeyRef().getName()).isEqualTo("models");
    assertThat(key.getValueFrom().getSecretKeyRef().getOptional()).isTrue();
    assertThat(url.getValueFrom().getSecretKeyRef().getOptional()).isNull();
  }

  @Test
  void shouldLetTheUsersVariableReplaceTheChartsWhenNamesAreEqual() {
    Container container = Chart.render(ValueSets.EXTRA_ENV).nodeContainer();

    EnvVar model = variable(container, "OPENAI_MODEL");
    assertThat(model.getValue()).isEqualTo("small-one");
    assertThat(model.getValueFrom()).isNull();
    assertThat(variable(container, "POD_NAME").getValueFrom().getFieldRef().getFieldPath())
        .isEqualTo("metadata.uid");
  }

  @Test
  void shouldLeaveNodesAndTestOutWhenNodesAreDisabled() {
    Manifests manifests = Chart.render(ValueSets.NODE_DISABLED);

    assertThat(manifests.each(Deployment.class)).isEmpty();
    assertThat(manifests.each(Pod.class)).isEmpty();
    assertThat(manifests.each(StatefulSet.class)).hasSize(1);
  }

  @Test
  void shouldDialElsewhereWhenOnlyNodesAreInstalled() {
    Manifests manifests = Chart.render(ValueSets.NODES_ONLY);

    assertThat(manifests.each(StatefulSet.class)).isEmpty();
    assertThat(manifests.nodeContainer().getArgs()).contains("dns:///gateway.example.org:7420");
  }

  @Test
  void shouldRefuseToRenderWhenNodesHaveNowhereToDial() {
    assertThatThrownBy(() -> Chart.render("gateway: {enabled: false}"))
        .hasMessageContaining("node.gatewayTarget");
  }

  @Test
  void shouldSendOneTaskThroughTheMeshWhenTested() {
    Pod test = Chart.render(ValueSets.DEFAULTS).only(Pod.class);

    assertThat(test.getMetadata().getAnnotations()).containsEntry(Chart.HOOK_ANNOTATION, "test");
    assertThat(test.getSpec().getRestartPolicy()).isEqualTo("Never");
    assertThat(String.join(" ", test.getSpec().getContainers().get(0).getArgs()))
        .isEqualTo(
            "submit --gateway dns:///reef-reefmesh-gateway-headless.mesh.svc:7420"
                + " --type ping --wait");
  }

  @Test
  void shouldTellOperatorsWorkingCommandsWhenInstalled() {
    String notes = Chart.notes(ValueSets.EVERYTHING);

    assertThat(notes)
        .contains("port-forward service/reef-mesh-gateway 7420:443")
        .contains("helm --namespace mesh test reef")
        .contains("dns:///reef-mesh-gateway-headless.mesh.svc:7420");
  }

  private static EnvVar variable(Container container, String name) {
    return container.getEnv().stream()
        .filter(variable -> variable.getName().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
