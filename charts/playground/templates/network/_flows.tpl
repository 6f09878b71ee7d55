{{/*
Who talks to whom, said once: the policies let a connection out at one end and in at the other from this table.
Ports are those of the pods.
*/}}
{{- define "playground.network.flows" -}}
{{- $clients := list "kafka" "topics" "api" "workers" "exporter" "kafka-ui" "ksqldb" "ksql" -}}
flows:
  - {to: kafka, port: 9092, from: {{ toJson $clients }}}
  - {to: kafka, port: 9093, from: [kafka]}
  - {to: kafka, port: 9404, from: [prometheus]}
  # The load generator is a worker.
  - {to: api, port: 8000, from: [workers, prometheus, tests]}
  - {to: database, port: 5432, from: [topics, api, workers, ksqldb]}
  - {to: exporter, port: 9308, from: [prometheus, tests]}
  - {to: workers, port: 9400, from: [prometheus]}
  - {to: ksqldb, port: 8088, from: [api, kafka-ui, ksql, tests]}
  - {to: kafka-ui, port: 8080, from: [tests]}
  - {to: prometheus, port: 9090, from: [grafana, tests]}
  - {to: grafana, port: 3000, from: [tests]}
{{- end }}

{{/* Components that have pods, and whether this release has them. */}}
{{- define "playground.network.components" -}}
kafka: {{ .Values.kafka.enabled }}
database: {{ .Values.database.enabled }}
topics: true
api: true
workers: true
exporter: {{ .Values.exporter.enabled }}
kafka-ui: {{ .Values.kafkaUi.enabled }}
ksqldb: {{ .Values.ksqldb.enabled }}
ksql: {{ .Values.ksqldb.enabled }}
prometheus: {{ .Values.prometheus.enabled }}
grafana: {{ .Values.grafana.enabled }}
tests: true
{{- end }}

{{/* What a component is reached by from outside of the release: dict "root" $ "component" "api", as a list in JSON. */}}
{{- define "playground.network.fromOutside" -}}
{{- $values := .root.Values -}}
{{- $network := $values.networkPolicy -}}
{{- $everyNamespace := list (dict "namespaceSelector" dict) -}}
{{- $rules := list -}}
{{- if eq .component "kafka" -}}
{{- if eq $values.kafka.external.type "NodePort" -}}
{{- range $n := until (int $values.kafka.nodes) -}}
{{- $rules = append $rules (dict "port" (add $values.kafka.external.port $n)) -}}
{{- end -}}
{{- end -}}
{{- if include "playground.network.keda" .root -}}
{{- $keda := dict "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" $network.kedaNamespace)) -}}
{{- $rules = append $rules (dict "port" 9092 "from" (list $keda)) -}}
{{- end -}}
{{- end -}}
{{- if eq .component "api" -}}
{{- if ne $values.api.service.type "ClusterIP" -}}
{{- $rules = append $rules (dict "port" 8000) -}}
{{- else if or $values.api.ingress.enabled $values.api.httpRoute.enabled -}}
{{- $rules = append $rules (dict "port" 8000 "from" ($network.ingressFrom | default $everyNamespace)) -}}
{{- end -}}
{{- end -}}
{{- if and (eq .component "kafka-ui") (ne $values.kafkaUi.service.type "ClusterIP") -}}
{{- $rules = append $rules (dict "port" 8080) -}}
{{- end -}}
{{- $scraped := get (dict "kafka" 9404 "api" 8000 "exporter" 9308 "workers" 9400) .component -}}
{{- if and $scraped (or $values.monitoring.serviceMonitor.enabled $network.metricsFrom) -}}
{{- $rules = append $rules (dict "port" $scraped "from" ($network.metricsFrom | default $everyNamespace)) -}}
{{- end -}}
{{- toJson $rules -}}
{{- end }}

{{/* Whether KEDA asks Kafka for the lag of a group. */}}
{{- define "playground.network.keda" -}}
{{- range $given := .Values.workers -}}
{{- if (mergeOverwrite (deepCopy $.Values.workerDefaults) $given).keda.enabled }}yes{{ end -}}
{{- end -}}
{{- end }}

{{/* Ports outside of the release that a component needs: dict "root" $ "component" "api", as a list in JSON. */}}
{{- define "playground.network.toOutside" -}}
{{- $values := .root.Values -}}
{{- $ports := list -}}
{{- range $flow := (include "playground.network.flows" .root | fromYaml).flows -}}
{{- if has $.component $flow.from -}}
{{- if and (eq $flow.to "kafka") (eq (int $flow.port) 9092) (not $values.kafka.enabled) -}}
{{- range splitList "," $values.externalKafka.bootstrapServers -}}
{{- $ports = append $ports (regexFind ":[0-9]+$" (trim .) | trimPrefix ":" | default "9092" | int) -}}
{{- end -}}
{{- else if and (eq $flow.to "database") (not $values.database.enabled) -}}
{{- $ports = append $ports (int $values.externalDatabase.port) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and (eq .component "api") $values.experiments.enabled -}}
{{- $ports = concat $ports (list 443 6443) -}}
{{- end -}}
{{- if and (eq .component "grafana") $values.grafana.prometheusUrl -}}
{{- $url := urlParse $values.grafana.prometheusUrl -}}
{{- $ports = append $ports (regexFind ":[0-9]+$" $url.host | trimPrefix ":" | default (ternary "443" "80" (eq $url.scheme "https")) | int) -}}
{{- end -}}
{{- uniq $ports | toJson -}}
{{- end }}
