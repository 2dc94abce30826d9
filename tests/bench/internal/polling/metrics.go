package polling

import (
	"bytes"
	"errors"
	"fmt"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Metrics are what an adapter says of its poller since its start.
type Metrics struct {
	// Replies that were found, ReadUnits that the looks for them took.
	Replies, ReadUnits float64
	// Added is the time from when a reply was written to when it was
	// delivered.
	Added Histogram
}

// Histogram is a histogram of Prometheus, of seconds.
type Histogram struct {
	Count, Sum float64
	// Bounds are the upper ends of the buckets, rising, and Counts how many
	// values are not above them.
	Bounds, Counts []float64
}

// Names of the metrics (package internal/poller).
const (
	metricReplies = "homing_poller_replies_total"
	metricUnits   = "homing_poller_read_units_total"
	metricAdded   = "homing_poller_added_waiting_seconds"
)

// ReadMetrics reads the text of GET /metrics.
func ReadMetrics(text []byte) (Metrics, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return Metrics{}, fmt.Errorf("read the metrics of the adapter: %w", err)
	}
	one := func(name string) *dto.Metric {
		if all := families[name].GetMetric(); len(all) == 1 {
			return all[0]
		}
		err = errors.Join(err, fmt.Errorf("the adapter has no metric %s", name))
		return nil
	}
	m := Metrics{
		Replies: one(metricReplies).GetCounter().GetValue(), ReadUnits: one(metricUnits).GetCounter().GetValue(),
		Added: histogramOf(one(metricAdded).GetHistogram()),
	}
	return m, err
}

func histogramOf(in *dto.Histogram) Histogram {
	h := Histogram{Count: float64(in.GetSampleCount()), Sum: in.GetSampleSum()}
	for _, b := range in.GetBucket() {
		h.Bounds = append(h.Bounds, b.GetUpperBound())
		h.Counts = append(h.Counts, float64(b.GetCumulativeCount()))
	}
	return h
}

// Since is what has come after an earlier reading.
func (m Metrics) Since(before Metrics) Metrics {
	m.Replies -= before.Replies
	m.ReadUnits -= before.ReadUnits
	m.Added = m.Added.since(before.Added)
	return m
}

func (h Histogram) since(before Histogram) Histogram {
	out := Histogram{Count: h.Count - before.Count, Sum: h.Sum - before.Sum, Bounds: h.Bounds}
	for i, n := range h.Counts {
		if i < len(before.Counts) {
			n -= before.Counts[i]
		}
		out.Counts = append(out.Counts, n)
	}
	return out
}

// Mean of all values; 0 of none.
func (h Histogram) Mean() float64 {
	if h.Count == 0 {
		return 0
	}
	return h.Sum / h.Count
}

// Quantile is the bound below which a part q of the values is, from 0 to 1. It
// is that of a bucket, so it may be too great by as much as that is wide. What
// is above all buckets has the greatest bound. Of no values it is 0.
func (h Histogram) Quantile(q float64) float64 {
	if h.Count == 0 || len(h.Bounds) == 0 {
		return 0
	}
	for i, n := range h.Counts {
		if n >= q*h.Count {
			return h.Bounds[i]
		}
	}
	return h.Bounds[len(h.Bounds)-1]
}
