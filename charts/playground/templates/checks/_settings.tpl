{{/*
Settings under `extraEnv` that the chart gives already: in the same ConfigMap they would stand twice, and a variable
in the pod's `env` stands above every ConfigMap.
*/}}

{{/* dict "path" "api.extraEnv" "extra" its content "told" what is rendered, as text */}}
{{- define "playground.checks.extraEnv" -}}
{{- range $name := keys (.extra | default dict) | sortAlpha -}}
{{- if gt (len (regexFindAll (printf "(?m)^ *(- name: )?%s(:|$)" $name) $.told -1)) 1 -}}
{{- include "playground.refuse" (list
  (printf "%s.%s: the chart gives this setting already." $.path $name)
  "leave it out there, and change the value that it is made from (the table in the chart's README.md)") -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "playground.checks.settings" -}}
{{- range $key := list "api" "exporter" -}}
{{- $told := list -}}
{{- range $file := list "configmap.yaml" "deployment.yaml" -}}
{{- $told = append $told (include (printf "%s/%s/%s" $.Template.BasePath $key $file) $) -}}
{{- end -}}
{{- include "playground.checks.extraEnv" (dict "path" (printf "%s.extraEnv" $key) "extra" (get $.Values $key).extraEnv "told" (join "\n" $told)) -}}
{{- end -}}
{{- $sets := include (printf "%s/workers/statefulset.yaml" .Template.BasePath) . -}}
{{- range $name, $given := .Values.workers -}}
{{- $worker := mergeOverwrite (deepCopy $.Values.workerDefaults) $given -}}
{{- $told := printf "%s\n%s" (include "playground.workers.settings" (dict "root" $ "worker" $worker)) $sets -}}
{{- include "playground.checks.extraEnv" (dict "path" (printf "workers.%s.extraEnv" $name) "extra" $given.extraEnv "told" $told) -}}
{{- include "playground.checks.extraEnv" (dict "path" "workerDefaults.extraEnv" "extra" $.Values.workerDefaults.extraEnv "told" $told) -}}
{{- end -}}
{{- end }}
