// Package knative writes the manifests that deploy chains on Knative, in each
// of the shapes that a chain can have. [Manifests] is all there is to call;
// `homing generate knative` calls it and writes what it returns. The texts
// are in the folder template, one for each file and one for what all Services share.
//
//   - inline: one Service runs the adapter and all steps;
//   - vertex: a Service for the adapter and one for each chain, between them a
//     Broker and one Trigger for each chain;
//   - split: the same with a Service and a Trigger for each step.
//
// The manifests of this project's own chain.yaml are checked in under
// infra/knative; a test holds them to be what would be written today. Files are numbered
// so that `kubectl apply -f FOLDER` applies them in an order that works.
//
// The same chains and options produce the same bytes.
package knative
