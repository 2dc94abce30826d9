package functions

import (
	"errors"
	"fmt"
	"time"
)

// Whose calls a [Rate] counts together.
const (
	RateByTenant = "tenant" // those of one tenant
	RateByChain  = "chain"  // those of all
)

// Rate is how many calls may come: a token bucket. The zero value is any number.
type Rate struct {
	// Requests may come in each time of Per, at the same pace, for as long as one likes.
	Requests int `most:"1000000" yaml:"requests,required"`
	// Per is a whole number of seconds; 0 means one second.
	Per time.Duration `yaml:"per"`
	// Burst is how many may come at once after a pause; 0 means Requests.
	Burst int `most:"1000000" yaml:"burst"`
	// By is [RateByTenant], which is the default, or [RateByChain].
	By string `rule:"rateBy" yaml:"by"`
}

var (
	errRateNegative = errors.New("a number is negative")
	errRateEmpty    = errors.New("the number of requests is missing")
	errRatePer      = errors.New("is not a whole number of seconds, in which callers are told of it")
)

// WithDefaults returns r with what is empty filled in; the zero value stays as it is.
func (r Rate) WithDefaults() Rate {
	if r.Requests == 0 {
		return r
	}
	if r.Per == 0 {
		r.Per = time.Second
	}
	if r.Burst == 0 {
		r.Burst = r.Requests
	}
	if r.By == "" {
		r.By = RateByTenant
	}
	return r
}

// Validate returns what is invalid about r.
func (r Rate) Validate() error {
	switch {
	case r.Requests < 0 || r.Burst < 0 || r.Per < 0:
		return errRateNegative
	case r.Requests == 0 && r != (Rate{}):
		return errRateEmpty
	case r.Per%time.Second != 0:
		return fmt.Errorf("per: %s %w", r.Per, errRatePer)
	case r.By != "" && r.By != RateByTenant && r.By != RateByChain:
		return fmt.Errorf("by: %q is neither %s nor %s", r.By, RateByTenant, RateByChain)
	}
	return nil
}

// Priorities of calls.
const (
	PriorityHigh   = "high"
	PriorityNormal = "normal"
	PriorityLow    = "low"
)

// CheckPriority returns why a text is no priority, or nil. "" is one: the default.
func CheckPriority(s string) error {
	switch s {
	case "", PriorityHigh, PriorityNormal, PriorityLow:
		return nil
	}
	//nolint:err113 // read by people
	return fmt.Errorf("the priority %.100q is none of %s, %s and %s", s, PriorityHigh, PriorityNormal, PriorityLow)
}
