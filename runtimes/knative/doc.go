// Package knative runs chains on Knative, in a process whose role comes from
// its environment: "all" (adapter and steps, the inline shape), "adapter", or
// "vertex", which runs some steps and carries the event on or completes the
// reply. One artefact serves every role.
//
// A vertex has done its work before it answers, since Knative may stop a
// process that has answered.
package knative
