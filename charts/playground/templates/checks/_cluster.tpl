{{- define "playground.checks.cluster" -}}
{{- $sets := lookup "apps/v1" "StatefulSet" .Release.Namespace "" -}}
{{- if hasKey $sets "items" -}}
{{- range $set := $sets.items -}}
{{- include "playground.checks.alone" (dict "root" $ "set" $set) -}}
{{- include "playground.checks.unchanged" (dict "root" $ "set" $set) -}}
{{- end -}}
{{- include "playground.checks.secrets" . -}}
{{- if .Values.checks.nodeMemory -}}
{{- include "playground.checks.nodes" . -}}
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
