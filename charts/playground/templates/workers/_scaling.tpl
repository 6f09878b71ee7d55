{{/* The group that a worker joins: dict "name" its key in `workers` "worker" the merged entry */}}
{{- define "playground.workers.group" -}}
{{- $job := .worker.job | default .name -}}
{{- .worker.groupId | default (get (dict "processor" "order-processor" "analytics" "analytics") $job) -}}
{{- end }}

{{/* More replicas than partitions would idle: dict "root" $ "given" maxReplicas */}}
{{- define "playground.workers.maxReplicas" -}}
{{- .given | default .root.Values.topics.partitions -}}
{{- end }}
