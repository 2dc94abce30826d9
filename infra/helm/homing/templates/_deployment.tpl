{{/* Each takes a dict of the root context ($), the name and the role of the process. */}}

{{- define "homing.selector" -}}
app.kubernetes.io/name: homing
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .role }}
{{- end }}

{{- define "homing.meta" -}}
metadata:
  name: {{ .name }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "homing.selector" . | nindent 4 }}
    app.kubernetes.io/managed-by: {{ .root.Release.Service }}
    helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "homing.fromSecret" }}
valueFrom:
  secretKeyRef:
    name: {{ .root.Values.secret | default .root.Release.Name }}
    key: {{ .key }}
{{- end }}

{{- /* The variable whose keys a process needs; "" for none. */}}
{{- define "homing.keys" -}}
{{- $v := .root.Values }}
{{- if $v.open }}
{{- else if ne .role "all" }}HOMING_REPLY_KEYS
{{- else if or $v.redis.url $v.redis.secretKey }}HOMING_LINK_KEYS
{{- end }}
{{- end }}

{{- define "homing.keysSecret" -}}
{{ .Values.keysSecret | default (printf "%s-keys" .Release.Name) }}
{{- end }}

{{- define "homing.env" -}}
{{- $v := .root.Values -}}
- name: HOMING_ROLE
  value: {{ .role }}
{{- with include "homing.keys" . }}
- name: {{ . }}
  valueFrom:
    secretKeyRef:
      name: {{ include "homing.keysSecret" $.root }}
      key: keys
{{- end }}
{{- if eq .role "adapter" }}
- name: HOMING_VERTEX_URL
  value: http://{{ .root.Release.Name }}-vertex
{{- end }}
{{- if ne .role "vertex" }}
{{- if $v.redis.secretKey }}
- name: HOMING_STORE
  {{- include "homing.fromSecret" (dict "root" .root "key" $v.redis.secretKey) | nindent 2 }}
{{- else if $v.redis.url }}
- name: HOMING_STORE
  value: {{ $v.redis.url | quote }}
{{- end }}
{{- with $v.ingress.proxies }}
- name: HOMING_TRUSTED_PROXIES
  value: {{ join "," . | quote }}
{{- end }}
{{- if not $v.open }}
- name: HOMING_TOKENS
  {{- include "homing.fromSecret" (dict "root" .root "key" "tokens") | nindent 2 }}
{{- end }}
{{- end }}
{{- if $v.chain }}
- name: HOMING_CHAIN
  value: /etc/homing/chain.yaml
{{- end }}
{{- range $name, $value := $v.env }}
- name: {{ $name }}
  value: {{ $value | toString | replace "$" "$$" | quote }}
{{- end }}
{{- if ne .role "adapter" }}
{{- range $v.secrets }}
- name: {{ . }}
  {{- include "homing.fromSecret" (dict "root" $.root "key" .) | nindent 2 }}
{{- end }}
{{- end }}
- name: HOMING_DRAIN
  value: {{ $v.drainSeconds }}s
{{- end }}

{{- define "homing.deployment" -}}
{{- $v := .root.Values -}}
{{- if gt (int $v.replicas.min) (int $v.replicas.max) }}{{ fail "replicas.min is greater than replicas.max" }}{{ end -}}
{{- if and $v.redis.url $v.redis.secretKey }}{{ fail "redis.url and redis.secretKey: only one of them can be" }}{{ end -}}
{{- $several := or (eq .role "vertex") $v.redis.url $v.redis.secretKey -}}
apiVersion: apps/v1
kind: Deployment
{{ include "homing.meta" . }}
spec:
  {{- if not $several }}
  replicas: 1
  {{- end }}
  # A new pod is ready before an old one ends.
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  selector:
    matchLabels:
      {{- include "homing.selector" . | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "homing.selector" . | nindent 8 }}
      {{- if or $v.chain $v.podAnnotations }}
      annotations:
        {{- if $v.chain }}
        homing.dev/chain: {{ sha256sum $v.chain }}
        {{- end }}
        {{- with $v.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
    spec:
      # What runs is finished, and most pods end at once.
      terminationGracePeriodSeconds: {{ add $v.drainSeconds 10 }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        seccompProfile:
          type: RuntimeDefault
      {{- with $v.imagePullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $v.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with $v.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- if $several }}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "homing.selector" . | nindent 14 }}
      {{- end }}
      containers:
        - name: homing
          image: {{ required "image is missing: --set image=REGISTRY/NAME@DIGEST" $v.image | quote }}
          {{- with $v.args }}
          args:
            {{- toYaml . | nindent 12 }}
          {{- end }}
          ports:
            - name: http
              containerPort: 8080
          env:
            {{- include "homing.env" . | nindent 12 }}
          {{- if $v.chain }}
          volumeMounts:
            - name: chain
              mountPath: /etc/homing
              readOnly: true
          {{- end }}
          readinessProbe:
            httpGet:
              path: /health/readiness
              port: http
            periodSeconds: 5
          livenessProbe:
            httpGet:
              path: /health/liveness
              port: http
          lifecycle:
            preStop:
              sleep:
                seconds: 5
          resources:
            {{- toYaml (eq .role "vertex" | ternary $v.resources.vertex $v.resources.adapter) | nindent 12 }}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities:
              drop:
                - ALL
      {{- if $v.chain }}
      volumes:
        - name: chain
          configMap:
            name: {{ .root.Release.Name }}-chain
      {{- end }}
---
apiVersion: v1
kind: Service
{{ include "homing.meta" . }}
spec:
  selector:
    {{- include "homing.selector" . | nindent 4 }}
  ports:
    - name: http
      port: 80
      targetPort: http
{{- if $several }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
{{ include "homing.meta" . }}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {{ .name }}
  minReplicas: {{ $v.replicas.min }}
  maxReplicas: {{ $v.replicas.max }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: {{ $v.replicas.cpu }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
{{ include "homing.meta" . }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "homing.selector" . | nindent 6 }}
{{- end }}
{{- end }}
