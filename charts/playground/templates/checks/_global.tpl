{{/*
`global` is open: charts around this one have their own keys there. What is one letter off a key of ours, or
differs in capitals or dashes only, is a slip all the same.
*/}}
{{- define "playground.checks.global" -}}
{{- $ours := list "imageRegistry" "imagePullSecrets" "storageClass" -}}
{{- range $key := keys (omit .Values.global "imageRegistry" "imagePullSecrets" "storageClass") | sortAlpha -}}
{{- $slips := include "playground.slips" $key | fromJsonArray -}}
{{- range $known := $ours -}}
{{- range $slip := include "playground.slips" $known | fromJsonArray -}}
{{- if has $slip $slips -}}
{{- include "playground.refuse" (list
  (printf "global.%s is nothing that this chart reads; it reads global.%s." $key $known)
  (printf "write global.%s instead" $known)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* A word's letters, and these without one of them: words that have one of them in common differ by a letter. */}}
{{- define "playground.slips" -}}
{{- $word := regexReplaceAll "[^a-z]" (lower .) "" -}}
{{- $slips := list $word -}}
{{- range $n := until (len $word) -}}
{{- $slips = append $slips (printf "%s%s" (substr 0 $n $word) (substr (int (add1 $n)) (len $word) $word)) -}}
{{- end -}}
{{- toJson $slips -}}
{{- end }}
