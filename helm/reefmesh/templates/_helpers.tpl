{{/* The chart's name in labels. */}}
{{- define "reefmesh.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/*
Prefix of all resource names, at most 40 characters: "-gateway-headless" must fit into a DNS label, and a
StatefulSet's name plus a revision hash into a label value. A longer one keeps its start and gets a hash,
so that two long names stay different.
*/}}
{{- define "reefmesh.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- $full := .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name)) -}}
{{- if gt (len $full) 40 -}}
{{- printf "%s-%s" ($full | trunc 31 | trimSuffix "-") (sha256sum $full | trunc 8) -}}
{{- else -}}
{{- $full | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What selects a component's pods; immutable, so nothing else belongs here. Takes root and component. */}}
{{- define "reefmesh.selectorLabels" -}}
app.kubernetes.io/name: {{ include "reefmesh.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of a resource. The chart's own win over commonLabels. Takes root and component. */}}
{{- define "reefmesh.labels" -}}
{{- $own := include "reefmesh.selectorLabels" . | fromYaml -}}
{{- $_ := set $own "app.kubernetes.io/version" (.root.Chart.AppVersion | trunc 63) -}}
{{- $_ := set $own "app.kubernetes.io/part-of" "reefmesh" -}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .root.Release.Service -}}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63) -}}
{{- merge $own .root.Values.commonLabels | toYaml -}}
{{- end -}}

{{- define "reefmesh.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- .Values.serviceAccount.name | default (include "reefmesh.fullname" .) -}}
{{- else -}}
{{- .Values.serviceAccount.name | default "default" -}}
{{- end -}}
{{- end -}}

{{- define "reefmesh.image" -}}
{{- $repository := .Values.image.repository -}}
{{- if .Values.image.registry -}}
{{- $repository = printf "%s/%s" .Values.image.registry .Values.image.repository -}}
{{- end -}}
{{- if .Values.image.digest -}}
{{- printf "%s@%s" $repository .Values.image.digest -}}
{{- else -}}
{{- printf "%s:%s" $repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end -}}
{{- end -}}

{{/*
Environment, each name once: a later entry replaces an earlier one of the same name in its place. Helm 4
applies server-side, where a repeated name is an error. Takes base and extra, two lists.
*/}}
{{- define "reefmesh.env" -}}
{{- $order := list -}}
{{- $byName := dict -}}
{{- range concat .base .extra -}}
{{- if not (hasKey $byName .name) -}}
{{- $order = append $order .name -}}
{{- end -}}
{{- $_ := set $byName .name . -}}
{{- end -}}
{{- $env := list -}}
{{- range $order -}}
{{- $env = append $env (get $byName .) -}}
{{- end -}}
{{- toYaml $env -}}
{{- end -}}

{{- define "reefmesh.jvmOptions" -}}
-XX:MaxRAMPercentage=75 -XX:+ExitOnOutOfMemoryError -Djava.io.tmpdir=/tmp
{{- end -}}

{{/* This release's gateway, for whoever dials inside the cluster. */}}
{{- define "reefmesh.ownGateway" -}}
{{- printf "dns:///%s-gateway-headless.%s.svc:7420" (include "reefmesh.fullname" .) .Release.Namespace -}}
{{- end -}}

{{/* Where this release's nodes dial. */}}
{{- define "reefmesh.gatewayTarget" -}}
{{- if .Values.node.gatewayTarget -}}
{{- .Values.node.gatewayTarget -}}
{{- else if .Values.gateway.enabled -}}
{{- include "reefmesh.ownGateway" . -}}
{{- else -}}
{{- fail "gateway.enabled is false, so node.gatewayTarget must say where the nodes dial, such as dns:///gateway.example.org:7420" -}}
{{- end -}}
{{- end -}}

{{- define "reefmesh.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "reefmesh.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop:
    - ALL
{{- end -}}

{{/*
gateway.yaml: the user's settings under the chart's own. Setting the same thing in two places is refused,
because the pod's grace period follows the chart's value.
*/}}
{{- define "reefmesh.gatewayConfig" -}}
{{- if hasKey .Values.gateway.config "drain-timeout" -}}
{{- fail "gateway.config.drain-timeout: set gateway.drainTimeoutSeconds instead, the pod's grace period is computed from it" -}}
{{- end -}}
{{- $own := dict "drain-timeout" (printf "%ds" (int .Values.gateway.drainTimeoutSeconds)) -}}
{{- mergeOverwrite (deepCopy .Values.gateway.config) $own | toYaml -}}
{{- end -}}

{{/* node.yaml, in the same way. Health must be heard on the pod's own address: the kubelet asks there. */}}
{{- define "reefmesh.nodeConfig" -}}
{{- if or (hasKey .Values.node.config "stop") (hasKey .Values.node.config "stop.timeout") -}}
{{- fail "node.config.stop.timeout: set node.stopTimeoutSeconds instead, the pod's grace period is computed from it" -}}
{{- end -}}
{{- $stop := dict "timeout" (printf "%ds" (int .Values.node.stopTimeoutSeconds)) -}}
{{- $own := dict "stop" $stop "health" (dict "bind" "0.0.0.0") -}}
{{- mergeOverwrite (deepCopy .Values.node.config) $own | toYaml -}}
{{- end -}}
