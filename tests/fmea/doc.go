// Package fmea holds the tests of how the adapter fails: failure mode and
// effects analysis. Each file treats it as one kind of hostile stranger
// would, over real loopback sockets: clients that cancel, race, dribble, lie
// about lengths, never read, or call while the server goes down; functions
// that hang, panic or answer badly. What must hold is always the same: one
// honest answer per request, nothing left behind, and a server that still
// answers.
package fmea
