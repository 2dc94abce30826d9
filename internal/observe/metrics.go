// Package observe holds what all processes show of themselves in the same way: the
// buckets of their histograms, what every registry of metrics has, how it is
// scraped, and the fields and levels of the log.
package observe

import (
	"net/http"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/homing-dev/homing/internal/describe"
)

// Buckets are the upper bounds, in seconds, of all histograms of time: from what a
// plain call takes to the longest run of a Lambda function. Neighbours differ by a
// factor of two at most from 1 ms to 60 s, and by 5 s from 10 s to 30 s, where the
// platforms cut connections.
func Buckets() []float64 {
	return []float64{
		0.0001, 0.0002, 0.0005,
		0.001, 0.002, 0.003, 0.005, 0.007,
		0.01, 0.02, 0.03, 0.05, 0.07,
		0.1, 0.2, 0.3, 0.5, 0.7,
		1, 2, 3, 5, 7,
		10, 15, 20, 25, 30, 60, 120, 300, 900,
	}
}

// Of the native histograms, which only who asks for them gets. Neighbouring
// buckets differ by a tenth; with 160 of them a series covers what is between a
// microsecond and an hour, and at most once in an hour a series begins anew.
const (
	nativeFactor     = 1.1
	nativeBuckets    = 160
	nativeMinimumAge = time.Hour
)

// Histogram returns the options of a histogram of seconds.
func Histogram(name, help string) prometheus.HistogramOpts {
	return prometheus.HistogramOpts{
		Name: name, Help: help, Buckets: Buckets(),
		NativeHistogramBucketFactor: nativeFactor, NativeHistogramMaxBucketNumber: nativeBuckets,
		NativeHistogramMinResetDuration: nativeMinimumAge,
	}
}

// NewRegistry returns a registry with what every process has: go_, process_ and
// homing_build_info.
func NewRegistry() *prometheus.Registry {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo())
	return reg
}

// buildInfo is always 1, and has what runs as its labels.
func buildInfo() prometheus.Collector {
	info, ok := debug.ReadBuildInfo()
	labels := prometheus.Labels{"version": describe.Version(info), "revision": "", "goversion": ""}
	if ok {
		labels["goversion"] = info.GoVersion
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				labels["revision"] = s.Value
			}
		}
	}
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "homing_build_info", ConstLabels: labels,
		Help: "1, with the version of Homing and of Go, and the commit of the program, as labels.",
	}, func() float64 { return 1 })
}

const (
	// scrapes is how many scrapes may run at once: one that hangs must not keep the
	// others out, nor many of them take the memory.
	scrapes = 8
	// ScrapeTime is how long a scrape may take.
	ScrapeTime = 10 * time.Second
)

// Handler serves reg to a scraper: as OpenMetrics, with exemplars, or as
// Prometheus's protocol buffers, with native histograms, if it asks for them, and
// else as text.
func Handler(reg *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{
		EnableOpenMetrics: true, DisableCompression: true, MaxRequestsInFlight: scrapes, Timeout: ScrapeTime,
		ErrorHandling: promhttp.ContinueOnError,
	})
}
