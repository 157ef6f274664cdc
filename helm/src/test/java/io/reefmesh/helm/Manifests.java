package io.reefmesh.helm;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What a rendering gave, as typed models. */
record Manifests(List<HasMetadata> all) {

  private static final KubernetesSerialization KUBERNETES = new KubernetesSerialization();

  /** Reads each YAML document; one of an unknown kind or with a value of the wrong type throws. */
  static Manifests parse(String yaml) {
    List<HasMetadata> resources = new ArrayList<>();
    for (String document : yaml.split("(?m)^---\\s*$", -1)) {
      boolean hasContent =
          document.lines().anyMatch(line -> !line.isBlank() && !line.startsWith("#"));
      if (hasContent) {
        resources.add(KUBERNETES.unmarshal(document));
      }
    }
    return new Manifests(List.copyOf(resources));
  }

  <T extends HasMetadata> List<T> each(Class<T> kind) {
    return all.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  <T extends HasMetadata> Optional<T> find(Class<T> kind, String name) {
    return each(kind).stream()
        .filter(resource -> resource.getMetadata().getName().equals(name))
        .findFirst();
  }

  /** The only resource of its kind. */
  <T extends HasMetadata> T only(Class<T> kind) {
    List<T> found = each(kind);
    if (found.size() != 1) {
      throw new AssertionError("expected one " + kind.getSimpleName() + ", found " + found.size());
    }
    return found.get(0);
  }

  StatefulSet gateway() {
    return only(StatefulSet.class);
  }

  Deployment node() {
    return only(Deployment.class);
  }

  Container gatewayContainer() {
    return gateway().getSpec().getTemplate().getSpec().getContainers().get(0);
  }

  Container nodeContainer() {
    return node().getSpec().getTemplate().getSpec().getContainers().get(0);
  }

  Service service(String name) {
    return find(Service.class, name).orElseThrow();
  }

  String configuration(String configMap, String key) {
    return find(ConfigMap.class, configMap).orElseThrow().getData().getOrDefault(key, "");
  }

  /** The pods of every workload, the test's pod included. */
  List<PodSpec> pods() {
    List<PodSpec> pods = new ArrayList<>();
    each(StatefulSet.class).forEach(set -> pods.add(set.getSpec().getTemplate().getSpec()));
    each(Deployment.class).forEach(set -> pods.add(set.getSpec().getTemplate().getSpec()));
    each(Pod.class).forEach(pod -> pods.add(pod.getSpec()));
    return pods;
  }

  /** The containers of every workload. */
  List<Container> containers() {
    return pods().stream().flatMap(pod -> pod.getContainers().stream()).toList();
  }
}
