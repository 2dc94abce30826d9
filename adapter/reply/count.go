package reply

import (
	"context"
	"time"
)

// Counting is what a [Store] that several replicas share also implements, if it can
// count for all of them what is used of a quota. A quota is two things under one key: a
// debt, in which a token bucket can be kept whatever its size, and numbers that each
// replica reports of itself.
type Counting interface {
	// Count adds to the debt what a replica has used since its last call, puts the
	// numbers of the replica in the place of its earlier ones, and returns what is owed
	// then and what the other replicas have reported.
	//
	// A debt goes down by itself, by a second in each second, to nothing. The store's
	// clock counts for that, or at least one that is the same for all replicas to within
	// a second. An adapter that refuses what it cannot serve makes one call for each key
	// and second; so it is tried once, and an error leaves open whether it has counted.
	Count(ctx context.Context, u Use) (Total, error)
}

// Use is what a replica has used of a quota.
type Use struct {
	// Key names the quota and who uses it.
	Key string
	// Replica names who reports: letters and digits, some ten of them.
	Replica string
	// Spent is added to the debt. It may be less than nothing.
	Spent time.Duration
	// Asked and Held are the numbers of the replica: how many calls have come since its
	// last report, and how many are there now.
	Asked, Held int64
	// For is for how long they are believed without another report.
	For time.Duration
	// Owed is how great the debt is believed to be before. It need not be right; if it is
	// known right whether there is one, that saves some stores a call.
	Owed time.Duration
}

// Total is what has been used of a quota.
type Total struct {
	// Debt is in what time nothing will be owed if nothing more is spent.
	Debt time.Duration
	// Asked and Held are the sums of what the other replicas have reported, as far as
	// that is believed still.
	Asked, Held int64
}
