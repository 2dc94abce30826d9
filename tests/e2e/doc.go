// Package e2e holds the tests of Homing from end to end: the real command in
// real processes on loopback, with a small broker between them, in every shape
// that a chain can have. What must hold is in the names of the files: the
// same call gets the same reply in every shape, a step may be written in
// another language, and whatever is killed, late, doubled or lost, the caller
// gets one honest answer before the deadline.
//
// The broker is a double, written after Knative's data plane contract. Nothing
// here has run on a cluster.
package e2e
