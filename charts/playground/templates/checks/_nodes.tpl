{{/* The memory that the release asks for, against the memory that the cluster's nodes have. */}}

{{/* What runs, as a list in JSON of component, pods, and memory of each in MiB. */}}
{{- define "playground.memory" -}}
{{- $values := .Values -}}
{{- $parts := list (list "topics" 1 $values.topics) (list "api" $values.api.replicas $values.api) -}}
{{- if $values.kafka.enabled -}}
{{- $parts = append $parts (list "kafka" $values.kafka.nodes $values.kafka) -}}
{{- end -}}
{{- range $key, $name := dict "database" "database" "exporter" "exporter" "kafkaUi" "kafka-ui" "ksqldb" "ksqldb" "prometheus" "prometheus" "grafana" "grafana" -}}
{{- $part := get $values $key -}}
{{- if $part.enabled -}}
{{- $parts = append $parts (list $name 1 $part) -}}
{{- end -}}
{{- end -}}
{{- range $name, $given := $values.workers -}}
{{- $worker := mergeOverwrite (deepCopy $values.workerDefaults) $given -}}
{{- $parts = append $parts (list $name (kindIs "invalid" $worker.replicas | ternary 1 $worker.replicas) $worker) -}}
{{- end -}}
{{- $told := list -}}
{{- range $part := $parts -}}
{{- $memory := dig "requests" "memory" "0" (index $part 2).resources -}}
{{- $told = append $told (dict "name" (index $part 0) "pods" (int (index $part 1)) "mebibytes" (include "playground.mebibytes" $memory | int)) -}}
{{- end -}}
{{- toJson $told -}}
{{- end }}

{{- define "playground.checks.nodeMemory" -}}
{{- $needed := 0 -}}
{{- $largest := dict "mebibytes" 0 -}}
{{- range $part := include "playground.memory" . | fromJsonArray -}}
{{- $needed = add $needed (mul $part.pods $part.mebibytes) -}}
{{- if and (gt (int $part.pods) 0) (gt (int $part.mebibytes) (int $largest.mebibytes)) -}}
{{- $largest = $part -}}
{{- end -}}
{{- end -}}
{{- $there := 0 -}}
{{- $biggest := 0 -}}
{{- $nodes := 0 -}}
{{- range $node := (lookup "v1" "Node" "" "").items -}}
{{- $open := not $node.spec.unschedulable -}}
{{- range $taint := $node.spec.taints -}}
{{- if and (ne $taint.effect "PreferNoSchedule") (not $.Values.podDefaults.tolerations) -}}
{{- $open = false -}}
{{- end -}}
{{- end -}}
{{- if $open -}}
{{- $memory := include "playground.mebibytes" $node.status.allocatable.memory | int -}}
{{- $nodes = add1 $nodes -}}
{{- $there = add $there $memory -}}
{{- $biggest = max $biggest $memory -}}
{{- end -}}
{{- end -}}
{{- $next := "a larger node, fewer components, -f values-tiny.yaml of the chart, or --set checks.nodeMemory=false if you know better" -}}
{{- if and $nodes (gt (int $needed) (int $there)) -}}
{{- include "playground.refuse" (list (printf "The pods of this release ask for %d MiB of memory, and the %d nodes that take pods have %d MiB." (int $needed) (int $nodes) (int $there)) $next) -}}
{{- end -}}
{{- if and $nodes (gt (int $largest.mebibytes) (int $biggest)) -}}
{{- include "playground.refuse" (list (printf "A pod of %s asks for %d MiB of memory, and the largest node that takes pods has %d MiB." $largest.name (int $largest.mebibytes) (int $biggest)) $next) -}}
{{- end -}}
{{- end }}
