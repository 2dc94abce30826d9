package throughput

import (
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/process"
	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

// Sample is what one server did in one round.
type Sample struct {
	// Rate is in requests per second.
	Rate float64
	// P50 and P99 are latencies in seconds.
	P50, P99 float64
	// Mallocs is the number of objects that the server's process allocated per
	// request, Bytes their size. Those of the connections are among them.
	Mallocs, Bytes float64
	// CPU is the user and system time of the server's process, in seconds per
	// 1000 requests.
	CPU float64
}

// sampleOf puts together what the load generator saw and what the server used
// meanwhile.
func sampleOf(load wrk.Result, before, after process.Measurement) Sample {
	const thousand = 1000
	n := float64(load.Requests)
	return Sample{
		Rate:    load.Rate(),
		P50:     load.P50.Seconds(),
		P99:     load.P99.Seconds(),
		Mallocs: float64(after.Mallocs-before.Mallocs) / n,
		Bytes:   float64(after.Allocated-before.Allocated) / n,
		CPU:     time.Duration(thousand * int64(after.CPU-before.CPU) / int64(load.Requests)).Seconds(),
	}
}

// Rate gives the requests per second.
func Rate(s Sample) float64 { return s.Rate }

// P50 gives the median latency.
func P50(s Sample) float64 { return s.P50 }

// P99 gives the latency that one request in a hundred exceeds.
func P99(s Sample) float64 { return s.P99 }

// Mallocs gives the allocated objects per request.
func Mallocs(s Sample) float64 { return s.Mallocs }

// Bytes gives the allocated bytes per request.
func Bytes(s Sample) float64 { return s.Bytes }

// CPU gives the seconds per 1000 requests.
func CPU(s Sample) float64 { return s.CPU }
