package simulate

import "time"

// Lost is how many reads, on average, are made for a call alone whose reply is
// never written, before its deadline: after the latency of the family was
// learned from calls that were answered.
func Lost(f Family, price float64, until time.Duration) float64 {
	const calls, learn, of = 20, 600, 0.05
	cfg := Config{
		Family: f, InFlight: 1, Replies: calls / of, Warmup: learn, Store: DefaultStore(), Seed: 1, Price: price, Until: until,
	}
	answered := Run(cfg)
	cfg.Lost = of
	some := Run(cfg)
	return (some.ReadsPerReply()*float64(some.Replies) - answered.ReadsPerReply()*float64(some.Replies)) / max(float64(some.Unanswered), 1)
}
