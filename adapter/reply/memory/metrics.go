package memory

import "github.com/prometheus/client_golang/prometheus"

// Collectors are the store's metrics: what it holds now.
func (s *Store) Collectors() []prometheus.Collector {
	gauge := func(name, help string, value func(Stats) float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "homing_reply_store_" + name, Help: help},
			func() float64 { return value(s.Stats()) })
	}
	return []prometheus.Collector{
		gauge("entries", "Records and claims in the reply store.", func(st Stats) float64 { return float64(st.Entries) }),
		gauge("pending", "Registered requests without a reply.", func(st Stats) float64 { return float64(st.Pending) }),
		gauge("bytes", "Bytes that the reply store counts against its limit.", func(st Stats) float64 { return float64(st.Bytes) }),
	}
}
