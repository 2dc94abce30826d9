package simulate

import "math"

// Calibrate finds the price at which a run has the mean added waiting that is
// wanted, in seconds, and returns that run and the price. More waiting than that
// is not taken, and up to a tenth less.
func Calibrate(cfg Config, waiting float64) (Result, float64) {
	const rounds, enough = 10, 0.97
	low, high := 0.0, math.Inf(1) // prices
	cfg.Price = 1000
	var best Result
	var price float64
	for range rounds {
		r := Run(cfg)
		if r.Waiting > waiting {
			low = cfg.Price
		} else {
			high, best, price = cfg.Price, r, cfg.Price
		}
		if r.Waiting <= waiting && r.Waiting > enough*waiting {
			break
		}
		// Waiting goes about with the root of the price; a bracket is a bracket.
		over := max(r.Waiting-fastest(cfg.Store), 1e-4) / max(waiting-fastest(cfg.Store), 1e-4)
		guess := cfg.Price * min(max(over*over, 1.0/30), 30) * 1.02
		if guess <= low || guess >= high {
			guess = math.Sqrt(max(low, high/100) * min(high, low*100))
		}
		cfg.Price = guess
	}
	return best, price
}

// fastest is the added waiting that no schedule can do without.
func fastest(s StoreConfig) float64 {
	return s.Trip.Seconds()/2 + s.Lag.Seconds() // a read sees what is there in its middle
}
