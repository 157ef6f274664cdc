package io.reefmesh.helm;

import java.util.Map;
import java.util.TreeMap;

/** Value sets, by name, that every general rule is checked against. */
final class ValueSets {

  static final String DEFAULTS = "{}";

  static final String PERSISTENCE_OFF =
      """
      gateway:
        persistence:
          enabled: false
      """;

  static final String EXISTING_CLAIM =
      """
      gateway:
        persistence:
          existingClaim: kept-by-someone
      """;

  static final String NODE_DISABLED =
      """
      node:
        enabled: false
      """;

  static final String NODES_ONLY =
      """
      gateway:
        enabled: false
      node:
        gatewayTarget: dns:///gateway.example.org:7420
      """;

  static final String DIGEST =
      """
      image:
        registry: registry.example.org
        repository: tools/reefmesh
        digest: sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      """;

  /** Overrides a variable of the chart's own, and names another one twice. */
  static final String EXTRA_ENV =
      """
      gateway:
        extraEnv:
          - name: JAVA_TOOL_OPTIONS
            value: -Xmx300m
          - name: LOG_LEVEL
            value: info
          - name: LOG_LEVEL
            value: debug
      node:
        openai:
          existingSecret: models
        extraEnv:
          - name: OPENAI_MODEL
            value: small-one
          - name: POD_NAME
            valueFrom:
              fieldRef:
                fieldPath: metadata.uid
      """;

  static final String EVERYTHING =
      """
      nameOverride: mesh
      commonLabels:
        team: deep-sea
        app.kubernetes.io/name: must-not-win
      imagePullSecrets:
        - name: pull
      serviceAccount:
        annotations:
          example.org/role: mesh
      gateway:
        config:
          strategy: consistent-hash
          limits:
            max-payload: 2MiB
        drainTimeoutSeconds: 300
        preStopSleepSeconds: 0
        persistence:
          storageClassName: fast
          size: 100Gi
          annotations:
            example.org/keep: "true"
        service:
          type: LoadBalancer
          grpcPort: 443
          annotations:
            example.org/internal: "true"
        podAnnotations:
          example.org/a: b
        podLabels:
          zone: reef
          app.kubernetes.io/component: must-not-win
        nodeSelector:
          disk: ssd
        tolerations:
          - key: mesh
            operator: Exists
            effect: NoSchedule
        affinity:
          nodeAffinity:
            requiredDuringSchedulingIgnoredDuringExecution:
              nodeSelectorTerms:
                - matchExpressions:
                    - key: disk
                      operator: In
                      values: [ssd]
      node:
        replicas: 7
        stopTimeoutSeconds: 3600
        config:
          slots: 16
          health:
            bind: 127.0.0.1
            http-port: 7431
          labels:
            gpu: none
        podLabels:
          zone: reef
        podAnnotations:
          example.org/a: b
        nodeSelector:
          disk: hdd
        tolerations:
          - operator: Exists
        affinity:
          podAntiAffinity:
            preferredDuringSchedulingIgnoredDuringExecution:
              - weight: 1
                podAffinityTerm:
                  topologyKey: kubernetes.io/hostname
                  labelSelector:
                    matchLabels:
                      zone: reef
      """;

  static final String LONG_NAMES =
      """
      fullnameOverride: a-name-that-somebody-thought-was-reasonable-for-a-release-of-this-chart
      """;

  private ValueSets() {}

  static Map<String, String> all() {
    Map<String, String> sets = new TreeMap<>();
    sets.put("defaults", DEFAULTS);
    sets.put("persistence off", PERSISTENCE_OFF);
    sets.put("existing claim", EXISTING_CLAIM);
    sets.put("node disabled", NODE_DISABLED);
    sets.put("nodes only", NODES_ONLY);
    sets.put("digest", DIGEST);
    sets.put("extra env", EXTRA_ENV);
    sets.put("everything", EVERYTHING);
    sets.put("long names", LONG_NAMES);
    return sets;
  }
}
