package poller

import (
	"fmt"
	"math"
	"strconv"
)

// Price is what a second of one caller's waiting is worth, in read units: the
// one thing that a poller has to be told. With n calls in flight of a chain
// whose replies come after a second on average, looks of u units are about
// sqrt(2·u/(Price·n)) seconds apart.
type Price float64

// The prices that have a name. See docs/poller.md for what they lead to.
const (
	// Cost is for who pays for the waiting: what Lambda bills for the time in
	// which an adapter of 128 MB on arm64 waits for one call,
	// 0.125 GB · $0.0000133334 a second, is the price of 13.3 read units at
	// $0.125 a million.
	Cost Price = 13.3
	// Balanced reads about four times as often. It is the zero Options' price,
	// and what Lambda bills for 2 GB.
	Balanced Price = 213
	// Latency looks for a single call as a fixed interval of 17 ms does, but
	// not before it is likely to be answered.
	Latency Price = 3400
)

// Limits of a price: beyond them a look is never or always worth it.
const (
	minPrice = 1e-3
	maxPrice = 1e7
)

// ParsePrice reads "latency", "balanced", "cost", or a number of read units
// from 0.001 to 10,000,000. "" is Balanced.
func ParsePrice(s string) (Price, error) {
	switch s {
	case "latency":
		return Latency, nil
	case "", "balanced":
		return Balanced, nil
	case "cost":
		return Cost, nil
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || v < minPrice || v > maxPrice {
		return 0, fmt.Errorf("the price of waiting %q is not latency, balanced, cost or a number of read units from 0.001 to 10000000", s)
	}
	return Price(v), nil
}

// bounded gives a price that a scheduler can work with.
func (p Price) bounded() float64 {
	if p == 0 || math.IsNaN(float64(p)) {
		p = Balanced
	}
	return min(max(float64(p), minPrice), maxPrice)
}
