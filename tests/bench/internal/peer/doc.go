// Package peer holds the servers that are measured side by side, each one over
// the same work:
//
//   - [Echo]: net/http alone, which writes the body back. Nothing over net/http
//     is faster, so it is the ceiling.
//   - [Plain]: what a Go programmer writes by hand to call the functions in
//     turn, with no deadline, no request id, no metrics and no limits.
//   - [Homing]: the inline shape behind the server of runtimes/local, with all
//     that it does by default.
package peer
