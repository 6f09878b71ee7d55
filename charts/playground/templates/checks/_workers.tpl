{{/* dict "root" $ "name" its key in workers "worker" the merged entry */}}
{{- define "playground.checks.worker" -}}
{{- $worker := .worker -}}
{{- $path := printf "workers.%s" .name -}}
{{- if or (has .name (list "settings" "default" "nodes" "dashboards" "workers")) (hasKey (include "playground.network.components" .root | fromYaml) .name) (regexMatch "^(kafka|api|grafana|topics|ksql|test)-" .name) -}}
{{- include "playground.refuse" (list
  (printf "%s: a part of the release itself is called %s." $path .name)
  (printf "choose another name, such as my-%s; `job: %s` says what it does" (trunc 13 .name) (.worker.job | default "processor"))) -}}
{{- end -}}
{{- if not (has ($worker.job | default .name) (list "processor" "analytics" "load")) -}}
{{- include "playground.refuse" (list
  (printf "%s: there is no job called %s, and %s.job does not say another." $path .name $path)
  (printf "--set %s.job=processor, or analytics" $path)) -}}
{{- end -}}
{{- $needed := get (dict "uniform" "consumer" "roundrobin" "classic" "cooperative-sticky" "classic") $worker.assignor -}}
{{- if and $needed (ne $needed $worker.groupProtocol) -}}
{{- include "playground.refuse" (list
  (printf "%s.assignor: %s does not exist under the protocol %s." $path $worker.assignor $worker.groupProtocol)
  (printf "--set %s.groupProtocol=%s, or an assignor of %s: %s" $path $needed $worker.groupProtocol (get (dict "consumer" "uniform, range" "classic" "range, roundrobin, cooperative-sticky") $worker.groupProtocol))) -}}
{{- end -}}
{{- if and (eq $worker.groupProtocol "classic") (lt (int $worker.maxPollIntervalMs) (int $worker.sessionTimeoutMs)) -}}
{{- include "playground.refuse" (list
  (printf "%s.maxPollIntervalMs (%d) must not be below sessionTimeoutMs (%d)." $path (int $worker.maxPollIntervalMs) (int $worker.sessionTimeoutMs))
  (printf "--set %s.maxPollIntervalMs=%d" $path (int $worker.sessionTimeoutMs))) -}}
{{- end -}}
{{- if and $worker.autoscaling.enabled $worker.keda.enabled -}}
{{- include "playground.refuse" (list
  (printf "%s: autoscaling and keda would both own the number of replicas." $path)
  (printf "--set %s.autoscaling.enabled=false, or the same of keda" $path)) -}}
{{- end -}}
{{- if and $worker.keda.enabled (not (include "playground.workers.group" (dict "name" .name "worker" $worker))) -}}
{{- include "playground.refuse" (list
  (printf "%s.keda: a %s joins no group, so there is no lag to scale it by." $path ($worker.job | default .name))
  (printf "--set %s.keda.enabled=false" $path)) -}}
{{- end -}}
{{- range $owner := list "autoscaling" "keda" -}}
{{- $scaling := get $worker $owner -}}
{{- $most := include "playground.workers.maxReplicas" (dict "root" $.root "given" $scaling.maxReplicas) | int -}}
{{- if and $scaling.enabled (gt (int $scaling.minReplicas) $most) -}}
{{- include "playground.refuse" (list
  (printf "%s.%s.minReplicas is %d, but maxReplicas is %d%s." $path $owner (int $scaling.minReplicas) $most (ternary "" ", as topics.partitions" (not (empty $scaling.maxReplicas))))
  (printf "--set %s.%s.maxReplicas=%d, or a smaller minReplicas" $path $owner (int $scaling.minReplicas))) -}}
{{- end -}}
{{- end -}}
{{- end }}
