{{/* What the chart tells workers of one kind: dict "root" $ "worker" the merged entry */}}
{{- define "playground.workers.settings" -}}
PLAYGROUND_WORKER_HTTP_HOST: 0.0.0.0
PLAYGROUND_WORKER_HTTP_PORT: "9400"
# Where the load generator sends its orders.
PLAYGROUND_API_HOST: {{ include "playground.api.name" .root }}
PLAYGROUND_API_PORT: {{ .root.Values.api.service.port | quote }}
{{- with .worker.groupId }}
PLAYGROUND_CONSUMER_GROUP_ID: {{ . | quote }}
{{- end }}
PLAYGROUND_CONSUMER_GROUP_PROTOCOL: {{ .worker.groupProtocol }}
{{- with .worker.assignor }}
PLAYGROUND_CONSUMER_ASSIGNOR: {{ . }}
{{- end }}
{{- if .worker.staticMembership }}
PLAYGROUND_CONSUMER_GROUP_INSTANCE_ID: "{worker}"
{{- end }}
PLAYGROUND_CONSUMER_SESSION_TIMEOUT_MS: {{ .worker.sessionTimeoutMs | int64 | quote }}
PLAYGROUND_CONSUMER_MAX_POLL_INTERVAL_MS: {{ .worker.maxPollIntervalMs | int64 | quote }}
PLAYGROUND_CONSUMER_AUTO_OFFSET_RESET: {{ .worker.autoOffsetReset }}
PLAYGROUND_CONSUMER_BATCH_SIZE: {{ .worker.batchSize | int64 | quote }}
{{- with .worker.faults }}
PLAYGROUND_FAULT_PROCESSING_DELAY_MS: {{ .processingDelayMs | int64 | quote }}
PLAYGROUND_FAULT_FAILURE_RATIO: {{ .failureRatio | quote }}
PLAYGROUND_FAULT_CRASH_AFTER_RECORDS: {{ .crashAfterRecords | int64 | quote }}
{{- end }}
{{- include "playground.extraEnv" .worker }}
{{- end }}
