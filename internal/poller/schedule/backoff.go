package schedule

import "math"

// Pause after reads that failed, in seconds: it doubles, and half of it is left
// to chance so that adapters do not come back at the same time.
const (
	pauseFirst = 0.05
	pauseMost  = 5.0
)

// backoff keeps reads away from a store that throttles or fails.
type backoff struct {
	failures int
	until    float64
}

// failed notes that a read made at some time has failed now. Of reads that ran
// at once only the first counts.
func (b *backoff) failed(made, now, random float64) {
	if made < b.until && b.failures > 0 {
		return
	}
	pause := min(pauseFirst*math.Exp2(float64(b.failures)), pauseMost)
	b.failures = min(b.failures+1, 16) //nolint:mnd // far past the longest pause
	b.until = now + pause*(1+random)/2 //nolint:mnd // half is chance
}

func (b *backoff) worked() { b.failures = 0 }
