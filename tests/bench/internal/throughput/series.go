package throughput

import (
	"github.com/homing-dev/homing/tests/bench/internal/figures"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
)

// Round is one sample of every server.
type Round map[peer.Name]Sample

// Series is all rounds of one work over so many connections.
type Series struct {
	Work        string
	Connections int
	Rounds      []Round
}

// Spread sums one figure of one server up.
func (s Series) Spread(name peer.Name, figure func(Sample) float64) figures.Spread {
	values := make([]float64, 0, len(s.Rounds))
	for _, r := range s.Rounds {
		values = append(values, figure(r[name]))
	}
	return figures.Of(values)
}

// Ratio sums up how a figure of one server compares with that of another in
// the same round.
func (s Series) Ratio(name, to peer.Name, figure func(Sample) float64) figures.Spread {
	values := make([]float64, 0, len(s.Rounds))
	for _, r := range s.Rounds {
		if base := figure(r[to]); base != 0 {
			values = append(values, figure(r[name])/base)
		}
	}
	return figures.Of(values)
}
