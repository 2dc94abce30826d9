package sam

import "time"

// capacity is what the parameter AccountConcurrency stands for.
type capacity struct {
	// Quota is how many functions of the account run at once.
	Quota int
	// Adapters are how many of them may wait for the others, which work.
	Adapters int
	// Rate is how many calls the API lets through in a second, Burst how many at once:
	// so that no more adapters wait, though each of them does for as long as it can.
	Rate, Burst int
}

// capacities are for the quotas that accounts have: 10 is that of many new ones, 1,000
// the usual one (Lambda quotas). hold is for how long an adapter waits at most.
func capacities(hold time.Duration) []capacity {
	quotas := []int{10, 50, 100, 500, 1000, 5000, 10_000}
	out := make([]capacity, len(quotas))
	for i, quota := range quotas {
		const half, fifth = 2, 5
		adapters := quota / half
		burst := max(adapters/fifth, 2) //nolint:mnd // a page that calls twice
		out[i] = capacity{quota, adapters, max(int(float64(adapters-burst)/hold.Seconds()), 1), burst}
	}
	return out
}

// reserved is the concurrency that is reserved by one of the parameters.
func reserved(of string) string {
	return when("Has"+of+"Concurrency", "!Ref "+of+"Concurrency")
}

// usualQuota is the default of the parameter AccountConcurrency.
const usualQuota = 1000

// hold is for how long an adapter waits for a call to the API at most.
func (b budget) hold() time.Duration { return max(min(b.sync, adapterWait), time.Second) }
