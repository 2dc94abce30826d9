// Command ledger keeps account of every call that it makes while it kills,
// stops and cuts everything that could answer it.
//
// It starts the built command as real processes on loopback: two adapters that
// share a store, vertices of the shapes vertex and split, and in its own process
// a broker that refuses, delays, reorders and duplicates, and the remote steps
// of the chains. Callers make every kind of call at once, a schedule of faults
// runs beside them, and each call is judged by all that its callers saw of it:
//
//	system.go     the processes and the links between them
//	broker.go     delivers at least once, as badly as Knative's contract lets it
//	faults.go     kill -9, SIGSTOP and torn connections, by seed
//	caller.go     one HTTP exchange, with a bound; modes.go: whole calls
//	answer.go     what one answer is worth
//	judge.go      what became of a call: right, or LOST, WRONG, DOUBLE, HUNG
//	ledger.go     the account; report.go prints it
//
// The exit code is 1 if a call was lost, answered wrong, answered twice or hung,
// or if a process ended by itself.
package main
