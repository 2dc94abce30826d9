package main

import (
	"context"
	"fmt"
	"time"
)

// Kinds of stores.
const (
	storeMemory   = "memory"   // that of the one adapter
	storeRedis    = "redis"    // a Redis server with a log of all that it was told
	storeDynamoDB = "dynamodb" // a table, which dynalite keeps
)

func storeKinds() []string { return []string{storeMemory, storeRedis, storeDynamoDB} }

// storeName is that of the process of a store.
const storeName = "store"

// forever is the age of what a store in memory may forget: all that it was told.
const forever = 100 * 365 * 24 * time.Hour

// store is what keeps the replies.
type store struct {
	// server is its process, which the others reach by links; nil if it is the
	// memory of the one adapter.
	server *process
	// env configures a process that reaches the server at an address, as host:port.
	env func(address string) []string
	// shared is true if vertices complete requests in it; else they send replies to
	// the adapters.
	shared bool
	// forgets is how much of the last that it was told a killed store is
	// documented to forget. Only that excuses an answer.
	forgets time.Duration
	// create is called when the server has started for the first time; nil for nothing.
	create func(context.Context) error
}

// newStore prepares the store.
func (s *system) newStore(ctx context.Context) (store, error) {
	switch s.cfg.store {
	case storeMemory:
		return store{env: func(string) []string { return nil }, forgets: forever}, nil
	case storeRedis:
		return s.newRedis(ctx)
	case storeDynamoDB:
		return s.newDynamoDB(ctx)
	default:
		return store{}, fmt.Errorf("no store is called %q", s.cfg.store)
	}
}

// start starts the server, and returns when it can be used.
func (s store) start(ctx context.Context) error {
	if s.server == nil {
		return nil
	}
	if err := s.server.start(ctx); err != nil || s.create == nil {
		return err
	}
	return s.create(ctx)
}

// link puts a link in front of the server, for the process that it is named after,
// and returns what configures that.
func (s *system) storeLink(ctx context.Context, of string) ([]string, error) {
	if s.store.server == nil {
		return nil, nil
	}
	l, err := s.link(ctx, "link-store-"+of, s.store.server.address())
	if err != nil {
		return nil, err
	}
	return s.store.env(l.address()), nil
}

// keeper is the name of the process that has the replies.
func (s *system) keeper() string {
	if s.store.server == nil {
		return s.adapters[0].name
	}
	return s.store.server.name
}
