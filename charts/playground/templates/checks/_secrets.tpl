{{/*
Secrets that others make must be there before the pods that read them. Not those of `api.ingress.tls`: cert-manager
makes them when it sees the Ingress.
*/}}
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
{{- range $secret := $values.global.imagePullSecrets -}}
{{- if not (lookup "v1" "Secret" $.Release.Namespace $secret.name) -}}
{{- include "playground.refuse" (list
  (printf "global.imagePullSecrets: there is no Secret %s in namespace %s." $secret.name $.Release.Namespace)
  (printf "kubectl -n %s create secret docker-registry %s --docker-server=REGISTRY --docker-username=USER --docker-password=PASSWORD" $.Release.Namespace $secret.name)) -}}
{{- end -}}
{{- end -}}
{{- end }}
