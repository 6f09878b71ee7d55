{{/*
What cannot work is refused before anything is made. Each message names the value and the next step.

The first ones look at values only. Those under "playground.checks.cluster" look at the cluster, and are silent
where there is none (`helm template`); whoever may not list nodes switches off `checks.nodeMemory`.
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
{{- end }}

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
{{- end }}

{{- define "playground.checks.cluster" -}}
{{- $sets := lookup "apps/v1" "StatefulSet" .Release.Namespace "" -}}
{{- if hasKey $sets "items" -}}
{{- range $set := $sets.items -}}
{{- include "playground.checks.alone" (dict "root" $ "set" $set) -}}
{{- include "playground.checks.unchanged" (dict "root" $ "set" $set) -}}
{{- end -}}
{{- include "playground.checks.secrets" . -}}
{{- if .Values.checks.nodeMemory -}}
{{- include "playground.checks.nodeMemory" . -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* One release per namespace: the command line names a release by its namespace. */}}
{{- define "playground.checks.alone" -}}
{{- $labels := .set.metadata.labels | default dict -}}
{{- $other := get $labels "app.kubernetes.io/instance" -}}
{{- if and (eq (get $labels "app.kubernetes.io/name") .root.Chart.Name) (ne $other .root.Release.Name) -}}
{{- include "playground.refuse" (list
  (printf "Release %s of this chart is already in namespace %s; a namespace holds one." $other .root.Release.Namespace)
  (printf "helm upgrade %s ..., or install into a namespace of its own: -n ANOTHER --create-namespace" $other)) -}}
{{- end -}}
{{- end }}

{{/* What Kafka and Kubernetes do not let change. */}}
{{- define "playground.checks.unchanged" -}}
{{- $values := .root.Values -}}
{{- $ours := dict (include "playground.kafka.name" .root) $values.kafka (include "playground.database.name" .root) $values.database -}}
{{- $part := get $ours .set.metadata.name -}}
{{- if and $part $part.enabled -}}
{{- if and $part.nodes (ne (int $part.nodes) (int .set.spec.replicas)) -}}
{{- include "playground.refuse" (list
  (printf "kafka.nodes is %d, but this release was installed with %d; the controllers' quorum is fixed at the first start." (int $part.nodes) (int .set.spec.replicas))
  (printf "--set kafka.nodes=%d, or install another release into another namespace" (int .set.spec.replicas))) -}}
{{- end -}}
{{- range $claim := .set.spec.volumeClaimTemplates -}}
{{- $size := $claim.spec.resources.requests.storage -}}
{{- if and $part.persistence.enabled (ne (include "playground.bytes" $size) (include "playground.bytes" $part.persistence.size)) -}}
{{- include "playground.refuse" (list
  (printf "%s.persistence.size is %s, but the volume was made with %s; Kubernetes cannot change that here." (ternary "kafka" "database" (hasKey $part "nodes")) $part.persistence.size $size)
  (printf "--set %s.persistence.size=%s" (ternary "kafka" "database" (hasKey $part "nodes")) $size)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "playground.checks.secrets" -}}
{{- $values := .Values -}}
{{- $wanted := list -}}
{{- if $values.database.enabled -}}
{{- $wanted = append $wanted (list "database.auth.existingSecret" $values.database.auth.existingSecret (list "password" "url")) -}}
{{- else -}}
{{- $wanted = append $wanted (list "externalDatabase.existingSecret" $values.externalDatabase.existingSecret (list $values.externalDatabase.urlKey)) -}}
{{- end -}}
{{- if not $values.kafka.enabled -}}
{{- $wanted = append $wanted (list "externalKafka.sasl.existingSecret" $values.externalKafka.sasl.existingSecret (list $values.externalKafka.sasl.passwordKey)) -}}
{{- $wanted = append $wanted (list "externalKafka.tls.existingSecret" $values.externalKafka.tls.existingSecret (list $values.externalKafka.tls.caKey)) -}}
{{- end -}}
{{- if $values.grafana.enabled -}}
{{- $wanted = append $wanted (list "grafana.auth.existingSecret" $values.grafana.auth.existingSecret (list $values.grafana.auth.passwordKey)) -}}
{{- end -}}
{{- range $wanted -}}
{{- $path := index . 0 -}}
{{- $name := index . 1 -}}
{{- if $name -}}
{{- $found := lookup "v1" "Secret" $.Release.Namespace $name -}}
{{- if not $found -}}
{{- include "playground.refuse" (list
  (printf "%s: there is no Secret %s in namespace %s." $path $name $.Release.Namespace)
  (printf "kubectl -n %s create secret generic %s --from-literal %s=VALUE" $.Release.Namespace $name (join "=VALUE --from-literal " (index . 2)))) -}}
{{- end -}}
{{- range $key := index . 2 -}}
{{- if not (hasKey ($found.data | default dict) $key) -}}
{{- include "playground.refuse" (list
  (printf "%s: the Secret %s has no key %s; it has %s." $path $name $key (keys ($found.data | default dict) | sortAlpha | join ", " | default "none"))
  (printf "kubectl -n %s edit secret %s, or name another key in the values" $.Release.Namespace $name)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
