package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/homing-dev/homing/tests/bench/internal/codec"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/throughput"
)

// The goals of the project.
const (
	// Connections is the load at which the goals are judged.
	Connections = 64
	// IdentityRate is how many requests/s of the echo Homing reaches.
	IdentityRate = 0.85
	// IdentityP50 is by how much its median latency exceeds the echo's.
	IdentityP50 = 1.15
	// QuoteRate is how many requests/s of the hand-written server it reaches.
	QuoteRate = 0.95
	// WaitingBytes is what a waiting request takes more with Homing.
	WaitingBytes = 4096
	// HopsRate is how many requests/s of the SDK it reaches over three hops.
	HopsRate = 1.5
	// CodecTime is what its binding takes of the SDK's time for an event.
	CodecTime = 0.5
	// CodecAllocs is the same for the allocations.
	CodecAllocs = 0.5
)

// goal is one line of the table of goals.
type goal struct {
	text, figure string
	met          bool
}

// Met says whether all goals are met.
func (r Report) Met() bool {
	for _, g := range r.goals() {
		if !g.met {
			return false
		}
	}
	return true
}

func (r Report) goals() []goal {
	identity, quote := r.find(peer.Identity), r.find(peer.Quote)
	rate := identity.Ratio(peer.Homing, peer.Echo, throughput.Rate)
	p50 := identity.Ratio(peer.Homing, peer.Echo, throughput.P50)
	chain := quote.Ratio(peer.Homing, peer.Plain, throughput.Rate)
	extra := r.Waiting.Extra().Live()
	g := r.Growth
	return append([]goal{
		{
			fmt.Sprintf("identity steps, %d connections: at least %.2f of the echo's requests/s", Connections, IdentityRate),
			spread(rate, hundredths), rate.Median >= IdentityRate,
		},
		{
			fmt.Sprintf("identity steps, %d connections: at most %.2f of the echo's p50", Connections, IdentityP50),
			spread(p50, hundredths), p50.Median > 0 && p50.Median <= IdentityP50,
		},
		{
			fmt.Sprintf("quote steps, %d connections: at least %.2f of the hand-written server's requests/s", Connections, QuoteRate),
			spread(chain, hundredths), chain.Median >= QuoteRate,
		},
		{
			fmt.Sprintf("%d requests waiting at once: at most %s KB more per request than the hand-written server",
				r.Waiting.Requests, kilobytes(WaitingBytes)),
			kilobytes(extra) + " KB", r.Waiting.Requests > 0 && extra <= WaitingBytes,
		},
		{
			fmt.Sprintf("no growth from request %d to request %d", g.First.Requests, g.Last.Requests),
			fmt.Sprintf("heap %s KB to %s KB, RSS %s KB to %s KB", kilobytes(float64(g.First.Heap)), kilobytes(float64(g.Last.Heap)),
				kilobytes(float64(g.First.RSS)), kilobytes(float64(g.Last.RSS))),
			g.Last.Requests > 0 && g.None(),
		},
	}, slices.Concat(r.eventGoals(), r.Redis.goals(), r.Lambda.goals())...)
}

// eventGoals are those against the CloudEvents SDK.
func (r Report) eventGoals() []goal {
	rate := r.Hops.Ratio(peer.HomingHops, peer.SDKHops, throughput.Rate)
	time, allocs := r.Codec.Ratio(codec.Nanoseconds), r.Codec.Ratio(codec.Allocs)
	return []goal{
		{
			fmt.Sprintf("three hops, %d connections: at least %.2f of the CloudEvents SDK's requests/s", Connections, HopsRate),
			spread(rate, hundredths), rate.Median >= HopsRate,
		},
		{
			fmt.Sprintf("an event read and written: at most %.2f of the CloudEvents SDK's time", CodecTime),
			spread(time, hundredths), time.Median > 0 && time.Median <= CodecTime,
		},
		{
			fmt.Sprintf("an event read and written: at most %.2f of the CloudEvents SDK's allocations", CodecAllocs),
			spread(allocs, hundredths), allocs.Median > 0 && allocs.Median <= CodecAllocs,
		},
	}
}

// find gives the series of a work that the goals are about; empty if it was
// not run.
func (r Report) find(work string) throughput.Series {
	for _, s := range r.Series {
		if s.Work == work && s.Connections == Connections {
			return s
		}
	}
	return throughput.Series{}
}

func writeGoals(out *strings.Builder, goals []goal) {
	out.WriteString("| goal | measured | met |\n|---|---|---|\n")
	for _, g := range goals {
		met := "**no**"
		if g.met {
			met = "yes"
		}
		fmt.Fprintf(out, "| %s | %s | %s |\n", g.text, g.figure, met)
	}
}
