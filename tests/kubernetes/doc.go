// Package kubernetes holds no code: its tests read what deploys Homing in containers
// without Knative by the types of its readers, and start it as processes. These are the
// manifests that `homing generate kubernetes` writes (by Kubernetes' own types and by
// kustomize), the chart in infra/helm (by helm itself) and infra/compose (by Compose's
// own loader). They are a module of their own, so that these libraries are no
// dependencies of Homing.
package kubernetes
