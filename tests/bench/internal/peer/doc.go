// Package peer holds the servers that are measured side by side, each one over
// the same work:
//
//   - [Echo]: net/http alone, which writes the body back. Nothing over net/http
//     is faster, so it is the ceiling.
//   - [Plain]: what a Go programmer writes by hand to call the functions in
//     turn, with no deadline, no request id, no metrics and no limits.
//   - [Homing]: the inline shape behind the server of runtimes/local, with all
//     that it does by default.
//   - [SDKHops]: a handler over net/http that sends an event to each step in
//     turn by the client of the CloudEvents SDK; every step is a process
//     [SDKStep] with the receiver of the SDK.
//   - [HomingHops]: the same by steps with a URL; every step is a process
//     [HomingStep], a vertex of runtimes/knative.
package peer
