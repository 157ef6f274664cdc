package io.reefmesh.helm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.HasMetadata;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is refused before anything reaches a cluster. */
final class ValuesSchemaTest {

  @BeforeAll
  static void helm() {
    Chart.assumeHelm();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          gateway: {replica: 1}                          | replica
          gateway: {persistence: {storageClass: fast}}   | storageClass
          gateway: {service: {grpcport: 1}}              | grpcport
          gateway: {drainTimeout: 30}                    | drainTimeout
          node: {openai: {apiKey: secret}}               | apiKey
          node: {extraEnv: [{nam: A, value: b}]}         | nam
          image: {pullpolicy: Always}                    | pullpolicy
          nodes: {replicas: 1}                           | nodes
          gateway: {replicas: many}                      | replicas
          gateway: {replicas: -1}                        | replicas
          gateway: {service: {grpcPort: "7420"}}         | grpcPort
          gateway: {service: {type: Headless}}           | type
          gateway: {persistence: {enabled: "yes"}}       | enabled
          gateway: {persistence: {size: lots}}           | size
          gateway: {drainTimeoutSeconds: 0}              | drainTimeoutSeconds
          gateway: {config: strategy}                    | config
          image: {digest: latest}                        | digest
          image: {registry: "host/path/"}                | registry
          node: {extraEnv: [{name: A, value: 1}]}        | value
          """)
  void shouldRefuseValuesWhenAKeyOrTypeIsWrong(String values, String named) {
    assertThatThrownBy(() -> Chart.render(values))
        .hasMessageContaining("don't meet the specifications of the schema")
        .hasMessageContaining(named);
  }

  @Test
  void shouldFindUnknownFieldsWhenAManifestHasATypo() {
    HasMetadata typo =
        Manifests.parse(
                """
                apiVersion: apps/v1
                kind: StatefulSet
                metadata:
                  name: typo
                spec:
                  replica: 1
                  template:
                    spec:
                      terminationGracePeriodSecond: 5
                      containers:
                        - name: a
                          livenessProbe:
                            grpc:
                              servce: liveness
                """)
            .all()
            .get(0);

    assertThat(UnknownFields.of(typo))
        .containsExactlyInAnyOrder(
            "StatefulSet/typo.spec.replica",
            "StatefulSet/typo.spec.template.spec.terminationGracePeriodSecond",
            "StatefulSet/typo.spec.template.spec.containers[0].livenessProbe.grpc.servce");
  }

  @Test
  void shouldRefuseAManifestWhenAValueHasTheWrongType() {
    assertThatThrownBy(
            () ->
                Manifests.parse(
                    """
                    apiVersion: v1
                    kind: Service
                    metadata:
                      name: wrong
                    spec:
                      ports:
                        - port: abc
                    """))
        .hasMessageContaining("abc");
  }
}
