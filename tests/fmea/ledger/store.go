package main

import (
	"context"
	"fmt"
)

// store is what the adapters share. Another kind is one more file with a type
// like [roleStore], and a line in each of the two functions below.
type store interface {
	// start starts it, and returns when it serves.
	start(ctx context.Context) error
	// address is where it listens, as host:port. Adapters reach it by links.
	address() string
	// env configures an adapter that reaches the store at another address.
	env(address string) []string
	// victim is its process, which faults hit.
	victim() *process
	// forgets reports whether it is documented to lose everything when it is
	// killed. Only then may a kill of the store excuse an answer.
	forgets() bool
}

func storeKinds() []string { return []string{storeRole} }

// newStore prepares the store of a kind; spawn prepares a process of the
// command under test.
func newStore(kind string, spawn func(name string, env ...string) (*process, error)) (store, error) {
	if kind == storeRole {
		return newRoleStore(spawn)
	}
	return nil, fmt.Errorf("no store is called %q", kind)
}
