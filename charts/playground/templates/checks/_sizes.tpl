{{/* Sizes that must fit into one another. */}}

{{/*
Java takes memory besides its heap: at the very least 128 MiB; what its work takes under load, as values.yaml says
beside each heap, is what the next step names.
*/}}
{{- define "playground.checks.heaps" -}}
{{- range $key, $besides := dict "kafka" 300 "kafkaUi" 250 "ksqldb" 500 -}}
{{- $part := get $.Values $key -}}
{{- $limit := dig "limits" "memory" "" ($part.resources | default dict) -}}
{{- $heap := include "playground.mebibytes" (printf "%si" (upper $part.heap)) | int -}}
{{- if and $part.enabled $limit (gt (add $heap 128) (include "playground.mebibytes" $limit | int64)) -}}
{{- include "playground.refuse" (list
  (printf "%s.heap is %s and %s.resources.limits.memory %s: Java needs at least 128 MiB besides its heap, and would be killed." $key $part.heap $key (toJson $limit | trimAll "\""))
  (printf "--set %s.resources.limits.memory=%dMi, or a smaller %s.heap" $key (add $heap $besides) $key)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Prometheus deletes what is more than its retention.size, which a smaller volume never holds. */}}
{{- define "playground.checks.retention" -}}
{{- $prometheus := .Values.prometheus -}}
{{- $kept := trimSuffix "B" $prometheus.retention.size | printf "%si" -}}
{{- if and $prometheus.enabled $prometheus.persistence.enabled (gt (include "playground.bytes" $kept | int64) (include "playground.bytes" $prometheus.persistence.size | int64)) -}}
{{- include "playground.refuse" (list
  (printf "prometheus.retention.size is %s, but prometheus.persistence.size is %s: the volume would be full before anything is deleted." $prometheus.retention.size $prometheus.persistence.size)
  (printf "--set prometheus.persistence.size=%dMi, or a smaller prometheus.retention.size" (div (mul (include "playground.mebibytes" $kept | int64) 3) 2))) -}}
{{- end -}}
{{- end }}
