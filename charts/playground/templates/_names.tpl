{{/*
Names of resources, one definition each. Nobody types a resource's name in a template.

A worker's pods are called RELEASE-WORKER-N, and a StatefulSet's name also becomes a label's value with a hash
behind it: 52 characters are left, of which a worker's name takes up to 16 (values.schema.json).
*/}}
{{- define "playground.fullname" -}}
{{- $name := .Values.fullnameOverride | default (contains "playground" .Release.Name | ternary .Release.Name (printf "%s-playground" .Release.Name)) -}}
{{- if gt (len $name) 35 -}}
{{- fail (printf "\n\nThe name %q is too long: %d characters, at most 35 leave room for the names of pods.\nNext: choose a shorter release name, or set fullnameOverride." $name (len $name)) -}}
{{- end -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $name) -}}
{{- fail (printf "\n\nThe name %q cannot be part of the names of Services: a letter first, then letters, digits and dashes, all small.\nNext: set fullnameOverride, such as --set fullnameOverride=%s" $name (regexReplaceAll "[^a-z0-9]+" (lower $name) "-" | trimAll "-" | printf "play-%s" | trunc 35 | trimSuffix "-")) -}}
{{- end -}}
{{- $name -}}
{{- end }}

{{- define "playground.kafka.name" -}}{{ include "playground.fullname" . }}-kafka{{- end }}
{{- define "playground.kafka.headless" -}}{{ include "playground.kafka.name" . }}-nodes{{- end }}
{{- define "playground.database.name" -}}{{ include "playground.fullname" . }}-database{{- end }}
{{- define "playground.api.name" -}}{{ include "playground.fullname" . }}-api{{- end }}
{{- define "playground.api.pods" -}}{{ include "playground.api.name" . }}-pods{{- end }}
{{- define "playground.workers.name" -}}{{ include "playground.fullname" . }}-workers{{- end }}
{{- define "playground.exporter.name" -}}{{ include "playground.fullname" . }}-exporter{{- end }}
{{- define "playground.prometheus.name" -}}{{ include "playground.fullname" . }}-prometheus{{- end }}
{{- define "playground.grafana.name" -}}{{ include "playground.fullname" . }}-grafana{{- end }}
{{- define "playground.grafana.provisioning" -}}{{ include "playground.grafana.name" . }}-provisioning{{- end }}
{{- define "playground.dashboards.name" -}}{{ include "playground.fullname" . }}-dashboards{{- end }}
{{- define "playground.kafka-ui.name" -}}{{ include "playground.fullname" . }}-kafka-ui{{- end }}
{{- define "playground.ksqldb.name" -}}{{ include "playground.fullname" . }}-ksqldb{{- end }}
{{- define "playground.ksql.name" -}}{{ include "playground.fullname" . }}-ksql{{- end }}
{{- define "playground.topics.name" -}}{{ include "playground.fullname" . }}-topics{{- end }}
{{- define "playground.settings.name" -}}{{ include "playground.fullname" . }}-settings{{- end }}

{{/* The Secret with the database's address, and its key. */}}
{{- define "playground.database.secret" -}}
{{- if .Values.database.enabled -}}
{{- .Values.database.auth.existingSecret | default (include "playground.database.name" .) -}}
{{- else -}}
{{- .Values.externalDatabase.existingSecret -}}
{{- end -}}
{{- end }}
{{- define "playground.database.secretKey" -}}
{{- .Values.database.enabled | ternary "url" .Values.externalDatabase.urlKey -}}
{{- end }}
