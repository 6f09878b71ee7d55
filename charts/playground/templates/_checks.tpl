{{/*
What cannot work is refused before anything is made. Each message names the value and the next step.

Those here look at values only. Those of checks/_cluster.tpl look at the cluster, and are silent where there is none
(`helm template`).
*/}}

{{/* list what, next */}}
{{- define "playground.refuse" -}}
{{- fail (printf "\n\n%s\nNext: %s\n" (index . 0) (index . 1)) -}}
{{- end }}

{{- define "playground.checks.values" -}}
{{- if and (not .Values.database.enabled) (not .Values.externalDatabase.existingSecret) -}}
{{- include "playground.refuse" (list
  "database.enabled is false, so externalDatabase.existingSecret must name a Secret with the address of another database."
  (printf "kubectl -n %s create secret generic orders-address --from-literal %s=postgresql://USER:PASSWORD@HOST:5432/DATABASE, and --set externalDatabase.existingSecret=orders-address" .Release.Namespace .Values.externalDatabase.urlKey)) -}}
{{- end -}}
{{- $kafka := .Values.externalKafka -}}
{{- if and (not .Values.kafka.enabled) (hasPrefix "SASL" $kafka.securityProtocol) (not (and $kafka.sasl.existingSecret $kafka.sasl.username)) -}}
{{- include "playground.refuse" (list
  (printf "externalKafka.securityProtocol is %s, so externalKafka.sasl.username must say who logs in, and externalKafka.sasl.existingSecret which Secret has the password." $kafka.securityProtocol)
  (printf "kubectl -n %s create secret generic broker-login --from-literal %s=PASSWORD, and --set externalKafka.sasl.existingSecret=broker-login" .Release.Namespace $kafka.sasl.passwordKey)) -}}
{{- end -}}
{{- $copies := int .Values.topics.replicationFactor -}}
{{- if and .Values.kafka.enabled (gt $copies (int .Values.kafka.nodes)) -}}
{{- include "playground.refuse" (list
  (printf "topics.replicationFactor is %d, but there are only %d brokers." $copies (int .Values.kafka.nodes))
  "leave it out, or --set kafka.nodes=3") -}}
{{- end -}}
{{- if and .Values.kafka.enabled (not .Values.kafka.external.host) -}}
{{- include "playground.refuse" (list
  "kafka.external.host is empty, so brokers could not tell clients outside of the cluster where to find them."
  "--set kafka.external.host=localhost, or the name by which clients reach the node") -}}
{{- end -}}
{{- if and .Values.experiments.signals (not .Values.experiments.enabled) -}}
{{- include "playground.refuse" (list
  "experiments.signals is true, but experiments.enabled is false: there is no Role that it could add to."
  "--set experiments.enabled=true, or --set experiments.signals=false") -}}
{{- end -}}
{{- include "playground.checks.global" . -}}
{{- include "playground.checks.heaps" . -}}
{{- include "playground.checks.retention" . -}}
{{- end }}
