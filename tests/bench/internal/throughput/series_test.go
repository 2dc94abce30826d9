package throughput_test

import (
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/throughput"
)

func rates(echo, homing float64) throughput.Round {
	return throughput.Round{peer.Echo: {Rate: echo}, peer.Homing: {Rate: homing}}
}

func TestARatioIsTakenWithinARound(t *testing.T) {
	t.Parallel()
	s := throughput.Series{Rounds: []throughput.Round{
		rates(100, 90),
		rates(10, 8), // another program had the cores
		rates(200, 190),
	}}
	if got, want := s.Ratio(peer.Homing, peer.Echo, throughput.Rate), (figures.Spread{Median: 0.9, Min: 0.8, Max: 0.95}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := s.Spread(peer.Homing, throughput.Rate), (figures.Spread{Median: 90, Min: 8, Max: 190}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestARatioToNothingDoesNotCount(t *testing.T) {
	t.Parallel()
	s := throughput.Series{Rounds: []throughput.Round{rates(0, 90), rates(100, 50)}}
	if got, want := s.Ratio(peer.Homing, peer.Echo, throughput.Rate), (figures.Spread{Median: 0.5, Min: 0.5, Max: 0.5}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := (throughput.Series{}).Ratio(peer.Homing, peer.Echo, throughput.Rate); got != (figures.Spread{}) {
		t.Errorf("of no rounds: %+v", got)
	}
}

func TestEveryFigureHasItsOwnField(t *testing.T) {
	t.Parallel()
	s := throughput.Sample{Rate: 1, P50: 2, P99: 3, Mallocs: 4, Bytes: 5, CPU: 6}
	for want, figure := range []func(throughput.Sample) float64{
		throughput.Rate, throughput.P50, throughput.P99, throughput.Mallocs, throughput.Bytes, throughput.CPU,
	} {
		if got := figure(s); got != float64(want+1) {
			t.Errorf("figure %d gives %g", want+1, got)
		}
	}
}
