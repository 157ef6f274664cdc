package io.reefmesh.helm;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds whatever the values are. */
final class ChartRulesTest {

  private static final int DNS_LABEL = 63;

  /** A StatefulSet's pods carry its name, '-' and a hash of ten characters in a label. */
  private static final int STATEFUL_SET_NAME = 52;

  @BeforeAll
  static void helm() {
    Chart.assumeHelm();
  }

  static Stream<String> valueSets() {
    return ValueSets.all().keySet().stream();
  }

  private static Manifests render(String valueSet) {
    return Chart.render(ValueSets.all().getOrDefault(valueSet, ValueSets.DEFAULTS));
  }

  @ParameterizedTest
  @MethodSource("valueSets")
  void shouldHoldOnlyKnownFieldsWhenRendered(String valueSet) {
    Manifests manifests = render(valueSet);

    assertThat(manifests.all()).isNotEmpty();
    assertThat(manifests.all())
        .allSatisfy(resource -> assertThat(UnknownFields.of(resource)).isEmpty());
  }

  @ParameterizedTest
  @MethodSource("valueSets")
  void shouldNameEachResourceOnceAndShortEnoughWhenRendered(String valueSet) {
    Manifests manifests = render(valueSet);

    List<String> names = new ArrayList<>();
    for (HasMetadata resource : manifests.all()) {
      names.add(resource.getKind() + "/" + resource.getMetadata().getName());
      assertThat(resource.getMetadata().getName())
          .hasSizeLessThanOrEqualTo(DNS_LABEL)
          .matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
      assertThat(resource.getMetadata().getNamespace()).isEqualTo(Chart.NAMESPACE);
      assertThat(resource.getMetadata().getLabels().values())
          .allSatisfy(value -> assertThat(value).hasSizeLessThanOrEqualTo(DNS_LABEL));
    }
    assertThat(names).doesNotHaveDuplicates();
    assertThat(manifests.each(StatefulSet.class))
        .allSatisfy(
            set ->
                assertThat(set.getMetadata().getName())
                    .hasSizeLessThanOrEqualTo(STATEFUL_SET_NAME));
  }

  @ParameterizedTest
  @MethodSource("valueSets")
  void shouldNameVariablesPortsVolumesAndMountsOnceWhenRendered(String valueSet) {
    Manifests manifests = render(valueSet);

    for (Container container : manifests.containers()) {
      List<ContainerPort> ports = container.getPorts();
      assertThat(container.getEnv()).extracting(EnvVar::getName).doesNotHaveDuplicates();
      assertThat(ports).extracting(ContainerPort::getName).doesNotHaveDuplicates();
      assertThat(ports).extracting(ContainerPort::getContainerPort).doesNotHaveDuplicates();
      assertThat(container.getVolumeMounts())
          .extracting(VolumeMount::getMountPath)
          .doesNotHaveDuplicates();
    }
    for (PodSpec pod : manifests.pods()) {
      assertThat(pod.getVolumes()).extracting(Volume::getName).doesNotHaveDuplicates();
    }
    for (Service service : manifests.each(Service.class)) {
      List<ServicePort> ports = service.getSpec().getPorts();
      assertThat(ports).extracting(ServicePort::getName).doesNotHaveDuplicates();
      assertThat(ports).extracting(ServicePort::getPort).doesNotHaveDuplicates();
    }
  }

  @ParameterizedTest
  @MethodSource("valueSets")
  void shouldMountOnlyVolumesThatExistWhenRendered(String valueSet) {
    Manifests manifests = render(valueSet);

    for (PodSpec pod : manifests.pods()) {
      Set<String> volumes = new HashSet<>();
      pod.getVolumes().forEach(volume -> volumes.add(volume.getName()));
      for (StatefulSet set : manifests.each(StatefulSet.class)) {
        if (set.getSpec().getTemplate().getSpec().equals(pod)) {
          set.getSpec()
              .getVolumeClaimTemplates()
              .forEach(claim -> volumes.add(claim.getMetadata().getName()));
        }
      }
      for (Container container : pod.getContainers()) {
        assertThat(container.getVolumeMounts())
            .extracting(VolumeMount::getName)
            .isSubsetOf(volumes)
            .contains("tmp");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("valueSets")
  void shouldRestrictEveryPodWhenRendered(String valueSet) {
    Manifests manifests = render(valueSet);

    for (PodSpec pod : manifests.pods()) {
      assertThat(pod.getAutomountServiceAccountToken()).isFalse();
      assertThat(pod.getEnableServiceLinks()).isFalse();
      assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
      assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(65532L);
      assertThat(pod.getSecurityContext().getSeccompProfile().getType())
          .isEqualTo("RuntimeDefault");
    }
    for (Container container : manifests.containers()) {
      SecurityContext security = container.getSecurityContext();
      assertThat(security.getAllowPrivilegeEscalation()).isFalse();
      assertThat(security.getReadOnlyRootFilesystem()).isTrue();
      assertThat(security.getCapabilities().getDrop()).containsExactly("ALL");
      assertThat(security.getCapabilities().getAdd()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("valueSets")
  void shouldSelectItsOwnPodsAndNoOthersWhenRendered(String valueSet) {
    Manifests manifests = render(valueSet);

    for (StatefulSet set : manifests.each(StatefulSet.class)) {
      assertSelects(set.getSpec().getSelector(), set.getSpec().getTemplate(), "gateway");
      for (Service service : manifests.each(Service.class)) {
        assertThat(service.getSpec().getSelector())
            .isEqualTo(set.getSpec().getSelector().getMatchLabels());
        assertThat(service.getSpec().getPorts())
            .allSatisfy(
                port ->
                    assertThat(
                            set.getSpec().getTemplate().getSpec().getContainers().get(0).getPorts())
                        .extracting(ContainerPort::getName)
                        .contains(port.getTargetPort().getStrVal()));
      }
    }
    for (Deployment set : manifests.each(Deployment.class)) {
      assertSelects(set.getSpec().getSelector(), set.getSpec().getTemplate(), "node");
    }
  }

  private static void assertSelects(
      LabelSelector selector, PodTemplateSpec template, String component) {
    Map<String, String> labels = template.getMetadata().getLabels();
    assertThat(selector.getMatchLabels())
        .containsOnlyKeys(
            "app.kubernetes.io/name", "app.kubernetes.io/instance", "app.kubernetes.io/component")
        .containsEntry("app.kubernetes.io/component", component);
    assertThat(labels).containsAllEntriesOf(selector.getMatchLabels());
  }
}
