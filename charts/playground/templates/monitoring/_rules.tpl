{{/*
The files of rules as this release has them, {name: text} in JSON. Without the exporter its rules would fire for
ever; and `absent` has to say whose target is not there, or one release hides that of another from a Prometheus
that both share.
*/}}
{{- define "playground.rules" -}}
{{- $files := dict -}}
{{- range $path, $content := .Files.Glob "files/monitoring/prometheus/rules/*.yaml" -}}
{{- if or $.Values.exporter.enabled (ne (base $path) "exporter.yaml") -}}
{{- $ours := printf "absent(up{namespace=%q, " $.Release.Namespace -}}
{{- $_ := set $files (base $path) (toString $content | replace "absent(up{" $ours) -}}
{{- end -}}
{{- end -}}
{{- toJson $files -}}
{{- end }}
