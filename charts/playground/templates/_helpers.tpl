{{/*
What templates share. Every definition takes the root context, or a dict with `root` in it:

  playground.component       the component: the name of the template's folder
  playground.labels          labels of a resource
  playground.selector        labels that select a component's pods; they never change between versions
  playground.podMetadata     labels and annotations of a workload's pods
  playground.image           an image's full name
  playground.pod             what every pod has in common: no links, no token, the security context
  playground.container       a container's security context
  playground.environment     settings of every program of ours
  playground.databaseClient  environment of a client of the orders database
  playground.waitForTopics   an init container that waits for broker, topics and database
  playground.mounts, .volumes  what every program of ours has mounted
  playground.rollOn          annotation that restarts pods when what it is given changes
*/}}

{{- define "playground.component" -}}{{ base (dir .Template.Name) }}{{- end }}

{{- define "playground.labels" -}}
{{ include "playground.selector" . }}
app.kubernetes.io/part-of: kafka-streaming-playground
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "playground.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: {{ include "playground.component" . }}
{{- end }}

{{/*
Labels and annotations of pods. A chart's version is not among them: a new chart alone restarts nothing.
dict "root" $ "spec" .Values.x, "worker" its name, "config" what the pods read at their start
*/}}
{{- define "playground.podMetadata" -}}
labels:
  {{- include "playground.selector" .root | nindent 2 }}
  {{- with .worker }}
  worker: {{ . }}
  {{- end }}
  {{- with merge (dict) (.spec.podLabels | default dict) .root.Values.podDefaults.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- $annotations := merge (dict) (.spec.podAnnotations | default dict) .root.Values.podDefaults.podAnnotations }}
{{- if or .config $annotations }}
annotations:
  {{- with .config }}
  {{- include "playground.rollOn" . | nindent 2 }}
  {{- end }}
  {{- with $annotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{/* The data of a ConfigMap of this chart: dict "root" $ "file" "api/configmap.yaml" */}}
{{- define "playground.dataOf" -}}
{{- (include (printf "%s/%s" .root.Template.BasePath .file) .root | fromYaml).data | toJson -}}
{{- end }}

{{/* dict "root" $ "image" .Values.x.image */}}
{{- define "playground.image" -}}
{{- with .root.Values.global.imageRegistry | default .image.registry }}{{ . }}/{{ end -}}
{{- .image.repository -}}
{{- if .image.digest }}@{{ .image.digest }}{{ else }}:{{ .image.tag | default .root.Chart.AppVersion }}{{ end -}}
{{- end }}

{{/*
dict "root" $ "user" 10001, "token" true for a pod that talks to Kubernetes,
and "spec" with the component's own nodeSelector, tolerations, affinity ...; what it leaves out is in podDefaults;
"worker" its name
*/}}
{{- define "playground.pod" -}}
automountServiceAccountToken: {{ .token | default false }}
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ .user }}
  runAsGroup: {{ .user }}
  fsGroup: {{ .user }}
  seccompProfile:
    type: RuntimeDefault
{{- with .root.Values.global.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- range $key := list "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "priorityClassName" }}
{{- with index $.spec $key | default (index $.root.Values.podDefaults $key) }}
{{ $key }}:
  {{- if eq $key "topologySpreadConstraints" }}
  {{- /* Of which pods: of these, unless it says otherwise. */}}
  {{- $pods := include "playground.selector" $.root | fromYaml }}
  {{- with $.worker }}
  {{- $pods = set $pods "worker" . }}
  {{- end }}
  {{- $spread := list }}
  {{- range $constraint := . }}
  {{- $spread = append $spread (merge (dict) $constraint (dict "labelSelector" (dict "matchLabels" $pods))) }}
  {{- end }}
  {{- toYaml $spread | nindent 2 }}
  {{- else }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "playground.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{- define "playground.bootstrapServers" -}}
{{- if .Values.kafka.enabled -}}
{{- printf "%s:9092" (include "playground.kafka.name" .) -}}
{{- else -}}
{{- required "\n\nkafka.enabled is false, so externalKafka.bootstrapServers must name a broker.\nNext: --set externalKafka.bootstrapServers=HOST:9092" .Values.externalKafka.bootstrapServers -}}
{{- end -}}
{{- end }}

{{/* The same as clients in other namespaces write it. */}}
{{- define "playground.bootstrapServersOutside" -}}
{{- if .Values.kafka.enabled -}}
{{- printf "%s.%s.svc:9092" (include "playground.kafka.name" .) .Release.Namespace -}}
{{- else -}}
{{- include "playground.bootstrapServers" . -}}
{{- end -}}
{{- end }}

{{/* Variables of every program of ours. Literal values in `env` are left to those who change a running worker. */}}
{{- define "playground.environment" -}}
envFrom:
  - configMapRef:
      name: {{ include "playground.settings.name" .root }}
{{- with .more }}
  - configMapRef:
      name: {{ . }}
{{- end }}
{{- end }}

{{/* Whether whoever reaches the API is in control: yes, where only this release and kubectl reach it. */}}
{{- define "playground.api.control" -}}
{{- $api := .Values.api -}}
{{- if kindIs "bool" $api.control -}}
{{- $api.control -}}
{{- else -}}
{{- and (eq $api.service.type "ClusterIP") (not $api.ingress.enabled) (not $api.httpRoute.enabled) -}}
{{- end -}}
{{- end }}

{{/* More variables of a component, into its ConfigMap: its values. */}}
{{- define "playground.extraEnv" -}}
{{- range $name, $value := .extraEnv }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}

{{/* Origins of pages that may write: those given, and the names under which the chart itself publishes the API. */}}
{{- define "playground.api.allowedOrigins" -}}
{{- $origins := .Values.api.allowedOrigins -}}
{{- range list .Values.api.ingress .Values.api.httpRoute -}}
{{- if .enabled -}}
{{- range .hosts -}}
{{- $origins = concat $origins (list (printf "https://%s" .) (printf "http://%s" .)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $origins | uniq | join " " -}}
{{- end }}

{{- define "playground.databaseClient" -}}
- name: PLAYGROUND_DATABASE_URL
  valueFrom:
    secretKeyRef:
      name: {{ include "playground.database.secret" . }}
      key: {{ include "playground.database.secretKey" . }}
{{- end }}

{{/* Files that a client of an external broker needs; empty for our own. */}}
{{- define "playground.kafkaSecrets.names" -}}
{{- if not .Values.kafka.enabled -}}
{{- compact (list .Values.externalKafka.sasl.existingSecret .Values.externalKafka.tls.existingSecret) | uniq | join "," -}}
{{- end -}}
{{- end }}
{{- define "playground.mounts" -}}
- name: tmp
  mountPath: /tmp
{{- if include "playground.kafkaSecrets.names" . }}
- name: kafka-secrets
  mountPath: /etc/playground/kafka-secrets
  readOnly: true
{{- end }}
{{- end }}
{{/*
Development (api.editableFiles): skaffold writes a changed file into every pod of the image, and stops at one where
it cannot. Only the API reads them, so elsewhere they have an empty place.
*/}}
{{- define "playground.unread.mounts" -}}
{{- if .Values.api.editableFiles -}}
- {name: unread-dashboard, mountPath: /app/dashboard}
- {name: unread-ksql, mountPath: /app/ksql}
{{- end }}
{{- end }}
{{- define "playground.unread.volumes" -}}
{{- if .Values.api.editableFiles -}}
- {name: unread-dashboard, emptyDir: {}}
- {name: unread-ksql, emptyDir: {}}
{{- end }}
{{- end }}

{{- define "playground.volumes" -}}
- name: tmp
  emptyDir: {}
{{- with include "playground.kafkaSecrets.names" . }}
- name: kafka-secrets
  projected:
    sources:
      {{- range splitList "," . }}
      - secret:
          name: {{ . }}
      {{- end }}
{{- end }}
{{- end }}

{{- define "playground.waitForTopics" -}}
- name: wait
  image: {{ include "playground.image" (dict "root" . "image" .Values.image) }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  args: [playground.cli, prepare, --wait-only, --timeout, "600"]
  {{- include "playground.environment" (dict "root" .) | nindent 2 }}
  env:
    {{- include "playground.databaseClient" . | nindent 4 }}
  {{- include "playground.container" . | nindent 2 }}
  resources:
    {{- toYaml .Values.topics.resources | nindent 4 }}
  volumeMounts:
    {{- include "playground.mounts" . | nindent 4 }}
{{- end }}

{{- define "playground.rollOn" -}}
checksum/config: {{ toJson . | sha256sum | trunc 16 }}
{{- end }}
