package report

import (
	"fmt"
	"strings"

	"github.com/homing-dev/homing/tests/bench/internal/codec"
	"github.com/homing-dev/homing/tests/bench/internal/figures"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
)

func (r Report) writeHops(out *strings.Builder) {
	fmt.Fprintf(out, "Three identity steps in processes of their own, %s. Allocations, bytes and CPU time are those of all four processes.\n",
		counted(r.Hops.Connections, "connection"))
	writeSeries(out, r.Hops, peer.HopNames(), peer.HomingHops, peer.SDKHops, peer.SDKPooled)
}

func (r Report) writeCodec(out *strings.Builder) {
	fmt.Fprintf(out, "An event of 1 KB in binary mode is read and written again. Median of %s, and least to greatest in brackets.\n\n",
		counted(len(r.Codec), "round"))
	out.WriteString("| binding | ns/event | allocations/event | bytes/event |\n|---|--:|--:|--:|\n")
	for _, row := range []struct {
		name string
		of   func(codec.Round) codec.Cost
	}{
		{"CloudEvents SDK", func(r codec.Round) codec.Cost { return r.SDK }},
		{"Homing", func(r codec.Round) codec.Cost { return r.Homing }},
	} {
		figure := func(f func(codec.Cost) float64) figures.Spread {
			return r.Codec.Spread(func(r codec.Round) float64 { return f(row.of(r)) })
		}
		fmt.Fprintf(out, "| %s | %s | %s | %s |\n", row.name,
			spread(figure(codec.Nanoseconds), whole), spread(figure(codec.Allocs), whole), spread(figure(codec.Bytes), whole))
	}
	fmt.Fprintf(out, "| Homing / CloudEvents SDK | %s | %s | %s |\n",
		spread(r.Codec.Ratio(codec.Nanoseconds), hundredths),
		spread(r.Codec.Ratio(codec.Allocs), hundredths),
		spread(r.Codec.Ratio(codec.Bytes), hundredths))
}
