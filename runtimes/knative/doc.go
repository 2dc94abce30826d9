// Package knative runs chains on Knative, in a process whose role comes from
// its environment: "all" (adapter and steps, the inline shape), "adapter",
// "vertex", which runs some steps, "failure", the dead-letter sink of every Trigger,
// or "store", which keeps the replies of several adapters. One artefact serves every role.
//
// [FromEnv] reads a [Config] of the environment, and [New] creates the [Service]
// of a role, an http.Handler that can drain:
//
//	POST / -> event -> worker -> answer                 with the carrier http
//	                          -> broker, or the adapter with the carrier broker
//
// A vertex has brought the result on its way before it answers, since Knative
// may stop a process that has answered. An event that it works on behind its
// answer, as a function has ignored the deadline, is waited for by Drain.
package knative
