package memory

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Stats are how full a [Store] is.
type Stats struct {
	// Entries are the requests and claims held; the limit is MaxEntries.
	Entries int
	// Pending are the registered requests without a reply.
	Pending int
	// Bytes is what the entries take; what is reserved for the pending
	// requests is not part of it.
	Bytes int64
	// Tombstones are the expired ids that are remembered.
	Tombstones int
	// Claims are the idempotency keys held, expired leases included.
	Claims int
}

// Stats sweeps all that has expired and counts the rest.
func (s *Store) Stats() Stats {
	now := s.opts.Now()
	for {
		stats, swept := s.sweepAndCount(now)
		if swept < sweepPerLock {
			return stats
		}
	}
}

func (s *Store) sweepAndCount(now time.Time) (Stats, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	swept := s.sweep(now, sweepPerLock)
	return Stats{
		Entries:    len(s.records) + len(s.claims),
		Pending:    s.used.pending,
		Bytes:      s.used.bytes,
		Tombstones: len(s.tombstones.ids),
		Claims:     len(s.claims),
	}, swept
}

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
