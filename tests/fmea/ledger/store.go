package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/homing-dev/homing/tests/redisserver"
)

// Kinds of stores.
const (
	storeRedis = "redis"
)

func storeKinds() []string { return []string{storeRedis} }

// forever is the age of what a store in memory may forget: all that it was told.
const forever = 100 * 365 * 24 * time.Hour

// store is what keeps the replies.
type store struct {
	// server is its process, which adapters reach by links.
	server *process
	// env configures a process that reaches the server at an address, as host:port.
	env func(address string) []string
	// forgets is how much of the last that it was told a killed server is
	// documented to forget. Only that excuses an answer.
	forgets time.Duration
}

// newStore prepares the store of a kind.
func (s *system) newStore(ctx context.Context) (store, error) {
	if s.cfg.store == storeRedis {
		return s.newRedis(ctx)
	}
	return store{}, fmt.Errorf("no store is called %q", s.cfg.store)
}

// newRedis prepares a Redis server that writes a log of all that it is told.
func (s *system) newRedis(ctx context.Context) (store, error) {
	path, err := redisserver.Redis()
	if err != nil {
		return store{}, err
	}
	dir := filepath.Join(s.dir, "redis")
	const private = 0o700
	if err := os.MkdirAll(dir, private); err != nil {
		return store{}, fmt.Errorf("make the folder of Redis: %w", err)
	}
	p, err := s.spawn(ctx, "store")
	if err != nil {
		return store{}, err
	}
	p.path, p.probe = path, servesRedis
	p.args = []string{
		"--bind", "127.0.0.1", "--port", p.port, "--dir", dir, "--save", "",
		"--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction",
	}
	return store{
		server: p,
		env:    func(address string) []string { return []string{"HOMING_STORE=redis://" + address} },
	}, nil
}
