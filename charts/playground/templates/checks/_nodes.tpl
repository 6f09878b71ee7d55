{{/* What the pods of the release ask for, against what the cluster's nodes have. */}}

{{/* What runs, as a list in JSON of component, pods, and what each of them asks for: memory in MiB, cpu in thousandths. */}}
{{- define "playground.asked" -}}
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
{{- $requests := dig "requests" dict (index $part 2).resources -}}
{{- $told = append $told (dict "name" (index $part 0) "pods" (int (index $part 1)) "memory" (include "playground.mebibytes" ($requests.memory | default 0) | int) "cpu" (include "playground.millicores" ($requests.cpu | default 0) | int)) -}}
{{- end -}}
{{- toJson $told -}}
{{- end }}

{{/* The nodes that take pods, as a list in JSON of what each has and what of it pods may ask for. */}}
{{- define "playground.open" -}}
{{- $open := list -}}
{{- range $node := (lookup "v1" "Node" "" "").items -}}
{{- $closed := $node.spec.unschedulable | default false -}}
{{- range $taint := $node.spec.taints -}}
{{- if and (ne $taint.effect "PreferNoSchedule") (not $.Values.podDefaults.tolerations) -}}
{{- $closed = true -}}
{{- end -}}
{{- end -}}
{{- if not $closed -}}
{{- $open = append $open (dict "capacity" $node.status.capacity "allocatable" $node.status.allocatable) -}}
{{- end -}}
{{- end -}}
{{- toJson $open -}}
{{- end }}

{{/*
A node runs the kubelet, the network and often the control plane itself: 700 MiB and half a CPU of each are left to
it, among which counts what the kubelet already sets aside (capacity without allocatable).
*/}}
{{- define "playground.checks.nodes" -}}
{{- $asked := include "playground.asked" . | fromJsonArray -}}
{{- $open := include "playground.open" . | fromJsonArray -}}
{{- $next := "a larger node, fewer components, -f values-tiny.yaml of the chart, or --set checks.nodeMemory=false if you know better" -}}
{{- $kinds := dict "memory" (dict "count" "playground.mebibytes" "name" "memory" "unit" " MiB" "left" 700) "cpu" (dict "count" "playground.millicores" "name" "CPU" "unit" "m" "left" 500) -}}
{{- range $kind, $told := $kinds -}}
{{- $needed := 0 -}}
{{- $largest := dict $kind 0 -}}
{{- range $part := $asked -}}
{{- $needed = add $needed (mul $part.pods (get $part $kind)) | int -}}
{{- if and (gt (int $part.pods) 0) (gt (get $part $kind | int) (get $largest $kind | int)) -}}
{{- $largest = $part -}}
{{- end -}}
{{- end -}}
{{- $room := 0 -}}
{{- $biggest := 0 -}}
{{- range $node := $open -}}
{{- $there := sub (include $told.count (get $node.capacity $kind) | int64) $told.left -}}
{{- $there = max 0 (min $there (include $told.count (get $node.allocatable $kind) | int64)) -}}
{{- $room = add $room $there | int -}}
{{- $biggest = max $biggest $there | int -}}
{{- end -}}
{{- $besides := printf "besides the %d%s that a node needs for itself" $told.left $told.unit -}}
{{- if and $open (gt $needed $room) -}}
{{- include "playground.refuse" (list
  (printf "The pods of this release ask for %d%s of %s, and the %d nodes that take pods have %d%s for them, %s." $needed $told.unit $told.name (len $open) $room $told.unit $besides)
  $next) -}}
{{- end -}}
{{- $asks := get $largest $kind | int -}}
{{- if and $open (gt $asks $biggest) -}}
{{- include "playground.refuse" (list
  (printf "A pod of %s asks for %d%s of %s, and the largest node that takes pods has %d%s for it, %s." $largest.name $asks $told.unit $told.name $biggest $told.unit $besides)
  $next) -}}
{{- end -}}
{{- end -}}
{{- end }}
