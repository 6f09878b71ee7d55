{{/*
How clients in Java reach Kafka, ours or an external one: Kafka UI, ksqlDB.

The password is never part of a ConfigMap: Kubernetes puts it into the variable that refers to it.
*/}}

{{/* The password of an external Kafka as KAFKA_PASSWORD; nothing where there is none. */}}
{{- define "playground.kafkaClient.password" -}}
{{- $kafka := .Values.externalKafka -}}
{{- if and (not .Values.kafka.enabled) $kafka.sasl.existingSecret -}}
- name: KAFKA_PASSWORD
  valueFrom:
    secretKeyRef:
      name: {{ $kafka.sasl.existingSecret }}
      key: {{ $kafka.sasl.passwordKey }}
{{- end -}}
{{- end }}

{{/* The value of sasl.jaas.config; Kubernetes replaces $(KAFKA_PASSWORD). */}}
{{- define "playground.kafkaClient.jaas" -}}
{{- $sasl := .Values.externalKafka.sasl -}}
{{- $module := ternary "plain.PlainLoginModule" "scram.ScramLoginModule" (eq $sasl.mechanism "PLAIN") -}}
org.apache.kafka.common.security.{{ $module }} required username="{{ $sasl.username }}" password="$(KAFKA_PASSWORD)";
{{- end }}

{{/* Properties of a client, by their names, as YAML; without the password. */}}
{{- define "playground.kafkaClient.properties" -}}
bootstrap.servers: {{ include "playground.bootstrapServers" . | quote }}
{{- $kafka := .Values.externalKafka }}
{{- if not .Values.kafka.enabled }}
security.protocol: {{ $kafka.securityProtocol }}
{{- if $kafka.sasl.existingSecret }}
sasl.mechanism: {{ $kafka.sasl.mechanism }}
{{- end }}
{{- if $kafka.tls.existingSecret }}
ssl.truststore.type: PEM
ssl.truststore.location: /etc/playground/kafka-secrets/{{ $kafka.tls.caKey }}
{{- end }}
{{- end }}
{{- end }}
