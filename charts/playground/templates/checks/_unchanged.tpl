{{/*
What Kafka and Kubernetes do not let change after the install. Kubernetes' own answer to it is "Forbidden", and a
list of other fields.

dict "root" $ "set" a StatefulSet of the namespace
*/}}
{{- define "playground.checks.unchanged" -}}
{{- range $key := list "kafka" "database" "prometheus" -}}
{{- $part := get $.root.Values $key -}}
{{- if and $part.enabled (eq $.set.metadata.name (include (printf "playground.%s.name" $key) $.root)) -}}
{{- if and (hasKey $part "nodes") (ne (int $part.nodes) (int $.set.spec.replicas)) -}}
{{- include "playground.refuse" (list
  (printf "kafka.nodes is %d, but this release was installed with %d; the controllers' quorum is fixed at the first start." (int $part.nodes) (int $.set.spec.replicas))
  (printf "--set kafka.nodes=%d, or install another release into another namespace" (int $.set.spec.replicas))) -}}
{{- end -}}
{{- include "playground.checks.sameVolumes" (dict "root" $.root "path" (printf "%s.persistence" $key) "persistence" $part.persistence "claims" ($.set.spec.volumeClaimTemplates | default list)) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* dict "root" $ "path" "kafka.persistence" "persistence" its values "claims" those of the installed StatefulSet */}}
{{- define "playground.checks.sameVolumes" -}}
{{- $path := .path -}}
{{- $installed := not (empty .claims) -}}
{{- if ne $installed .persistence.enabled -}}
{{- include "playground.refuse" (list
  (printf "%s.enabled is %t, but this release was installed %s; Kubernetes cannot change that here." $path .persistence.enabled (ternary "with a volume" "without a volume" $installed))
  (printf "--set %s.enabled=%t, or install another release into another namespace" $path $installed)) -}}
{{- end -}}
{{- $global := .root.Values.global.storageClass -}}
{{- $class := .persistence.storageClass | default $global -}}
{{- $from := ternary "global.storageClass" (printf "%s.storageClass" $path) (and (not .persistence.storageClass) (ne $global "")) -}}
{{- range $claim := .claims -}}
{{- $size := $claim.spec.resources.requests.storage -}}
{{- if ne (include "playground.bytes" $size) (include "playground.bytes" $.persistence.size) -}}
{{- include "playground.refuse" (list
  (printf "%s.size is %s, but the volume was made with %s; Kubernetes cannot change that here." $path $.persistence.size $size)
  (printf "--set %s.size=%s" $path $size)) -}}
{{- end -}}
{{- $made := $claim.spec.storageClassName | default "" -}}
{{- if ne $made $class -}}
{{- include "playground.refuse" (list
  (printf "%s is %s, but the volume was made with %s; Kubernetes cannot change that here." $from ($class | default "empty") ($made | default "the cluster's default"))
  (printf "--set %s=%s, or install another release into another namespace" (ternary (printf "%s.storageClass" $path) $from (ne $made "")) $made)) -}}
{{- end -}}
{{- end -}}
{{- end }}
