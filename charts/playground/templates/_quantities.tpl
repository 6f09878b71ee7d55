{{/*
A quantity of Kubernetes as a whole number: dict "of" "200m" "times" 1000
*/}}
{{- define "playground.quantity" -}}
{{- $text := kindIs "string" .of | ternary (toString .of) (printf "%f" (float64 .of)) -}}
{{- $factors := dict "m" 0.001 "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "P" 1e15 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 "Pi" 1125899906842624.0 -}}
{{- mulf (regexFind "^[0-9.]+" $text | float64) (get $factors (regexFind "[A-Za-z]+$" $text) | default 1.0) .times | int64 -}}
{{- end }}

{{- define "playground.bytes" -}}{{ include "playground.quantity" (dict "of" . "times" 1) }}{{- end }}
{{- define "playground.mebibytes" -}}{{ div (include "playground.bytes" . | int64) 1048576 }}{{- end }}
{{- define "playground.millicores" -}}{{ include "playground.quantity" (dict "of" . "times" 1000) }}{{- end }}
