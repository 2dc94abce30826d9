package reply

import (
	"fmt"
	"time"
)

// Sharing is what a [Store] of bounded size also implements, so that one tenant
// does not fill it for all. A store that is not bounded, or whose bound is the
// bill, need not.
type Sharing interface {
	// Share divides the store among a number of tenants: each of them is sure of
	// a share, whatever the others hold. The default is one tenant, whose share
	// is everything. Who is refused because of his share gets a [FullError].
	Share(tenants int)

	// Delivered notes that the reply of id was answered to its caller in full.
	// When its tenant needs room, the store may forget such a reply before it
	// expires, the one that was delivered first before the others; one under an
	// idempotency key never, because the key was promised to return it.
	Delivered(id ID)
}

// Limiting is what a [Store] also implements that can bound what it keeps of a tenant.
type Limiting interface {
	// Limit has the store keep no more bytes of a tenant's requests and replies, as it
	// counts them, than most returns, which is called at any time; 0 means no limit but
	// the share. Who is refused because of it gets a [FullError].
	Limit(most func(tenant string) int64)
}

// FullError is an [ErrFull] that knows more.
type FullError struct {
	// Share is true if it is the tenant's share that is full: others still have
	// room.
	Share bool
	// Limit is the limit of the tenant that is used up, in bytes, see [Limiting]; 0 if it
	// is not that.
	Limit int64
	// After is when the next of what the tenant holds expires, so that there may
	// be room again; 0 if that is not known.
	After time.Duration
}

// Error implements error.
func (e *FullError) Error() string {
	what := ErrFull.Error()
	switch {
	case e.Limit > 0:
		what = fmt.Sprintf("the %d bytes that the reply store keeps for the tenant are full", e.Limit)
	case e.Share:
		what = "the tenant's share of the reply store is full"
	}
	return fmt.Sprintf("%s; the next entry expires in %s", what, e.After.Round(time.Second))
}

// Unwrap returns [ErrFull].
func (*FullError) Unwrap() error { return ErrFull }
