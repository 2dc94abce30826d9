package simulate

import (
	"math/rand/v2"
	"time"
)

// Step returns the time until the next read of a call, in seconds, from its age
// and how many reads there were.
type Step func(age float64, reads int) float64

// What pollers usually do, for each request alone.

// Fixed reads at even intervals.
func Fixed(d time.Duration) Step { return func(float64, int) float64 { return d.Seconds() } }

// Exponential doubles the interval from first up to most.
func Exponential(first, most time.Duration) Step {
	return func(_ float64, reads int) float64 {
		return min(first.Seconds()*float64(int(1)<<min(reads, 30)), most.Seconds())
	}
}

// Proportional waits for a part of the age, within bounds.
func Proportional(part float64, least, most time.Duration) Step {
	return func(age float64, _ int) float64 {
		return min(max(part*age, least.Seconds()), most.Seconds())
	}
}

// PerRequest simulates a schedule that gets each call by its key. The
// number in flight changes nothing, since no call knows of another.
func PerRequest(cfg Config, step Step) Result {
	return alone(cfg, step, func(*rand.Rand) float64 { return 0 })
}

// batchKeys is how many keys a BatchGetItem takes.
const batchKeys = 100

// Batch simulates one ticker that asks for all calls that wait by
// BatchGetItem. Every key is billed as if it were asked for alone.
func Batch(cfg Config, every time.Duration) Result {
	res := alone(cfg, Fixed(every), func(r *rand.Rand) float64 { return -r.Float64() * every.Seconds() })
	ticks := res.Seconds / every.Seconds()
	res.Reads = int(ticks) * ((cfg.InFlight + batchKeys - 1) / batchKeys)
	return res
}

// alone simulates calls one by one; the reads of one start at its phase.
func alone(cfg Config, step Step, phase func(*rand.Rand) float64) Result {
	rng := rand.New(rand.NewPCG(cfg.Seed, 2)) //nolint:gosec // must be repeatable
	trip := cfg.Store.Trip.Seconds()
	var res Result
	waits := make([]float64, 0, cfg.Replies)
	for i := range cfg.Replies {
		written := cfg.Family.sample(rng, i)
		if written > defaultUntil.Seconds() {
			res.Unanswered++
			continue
		}
		visible := written + rng.ExpFloat64()*cfg.Store.Lag.Seconds()
		t, reads := phase(rng), 0
		for done := false; !done; reads++ {
			t += max(step(t, reads), trip)
			done = t+trip/2 >= visible
		}
		res.Reads += reads
		waits = append(waits, t+trip-written)
		res.Seconds += t + trip
	}
	res.Replies = len(waits)
	res.Units = float64(res.Reads) * eventual
	res.Waiting, res.P99 = summary(waits)
	res.Seconds /= float64(max(cfg.InFlight, 1))
	return res
}
