package thumbnail

import "github.com/homing-dev/homing/functions"

// What the query can ask for, and what holds if it does not ask.
const (
	// MaxSide is the greatest width and height of a thumbnail in pixels.
	MaxSide = 4096
	// DefaultWidth is the greatest width if the query has neither w nor h.
	DefaultWidth = 320
	// DefaultQuality is the quality of a JPEG if the query has no q.
	DefaultQuality = 82
)

// Steps are the functions of the chain, in the order in which they run. They
// are safe for concurrent use. How many run at once, and so how much memory
// is in use, is up to the policy of the step (see [Limits]).
type Steps struct {
	Inspect, Resize, Encode functions.Function
}

// New creates the steps. The zero value of limits means the defaults.
func New(limits Limits) Steps {
	limits = limits.withDefaults()
	return Steps{Inspect: limits.inspect, Resize: limits.resize, Encode: limits.encode}
}
