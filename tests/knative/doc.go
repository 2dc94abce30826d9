// Package knative holds Homing to what Knative expects of it, without a
// cluster:
//
//   - the root package runs under the HTTP service of knative.dev/func-go, the
//     one that `func` builds into an image: calls, health, drain, SIGTERM;
//   - func.yaml has only keys that `func` knows, and agrees with the code;
//   - the manifests of infra/knative are read strictly into the types of
//     Kubernetes, Knative Serving and Knative Eventing, and pass the validation
//     that Knative's webhooks run.
//
// What only a cluster can show, such as scaling and the delivery of a broker,
// is not tested here.
//
// It is a module of its own, so that nothing of Knative is in the module graph
// of a deployment.
package knative
