package main

import (
	"math/rand/v2"
	"sync"
	"time"
)

// dice are the chances of one part of a run. They are safe for concurrent use.
type dice struct {
	mu sync.Mutex
	r  *rand.Rand
}

// Streams of chances, so that no part of a run changes those of another.
const (
	streamBroker = 1 + iota
	streamFaults
	streamLinks
	streamCallers
	streamCalls // and the number of the call
)

func newDice(seed, stream uint64) *dice {
	return &dice{r: rand.New(rand.NewPCG(seed, stream))} //nolint:gosec // no secrets, and the same ones for the same seed
}

// hit reports true with probability p.
func (d *dice) hit(p float64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.Float64() < p
}

// below returns a number from 0 to n-1.
func (d *dice) below(n int) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.r.IntN(n)
}

// between returns a time from least to most.
func (d *dice) between(least, most time.Duration) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	return least + time.Duration(d.r.Int64N(int64(max(most-least, 0))+1))
}
