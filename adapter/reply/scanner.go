package reply

import (
	"context"
	"errors"
	"time"
)

// ErrThrottled means that the store refuses calls for now because there were
// too many. Who polls it should read less often; who writes may try again
// later.
var ErrThrottled = errors.New("reply store asks for fewer calls")

// Scanner is what a [Store] also implements that is polled and whose reads
// cost: its poller chooses how to read, and learns what a read took. It is safe
// for concurrent use.
type Scanner interface {
	// Scan returns replies that have come for a mailbox. It may return one
	// twice, and one that nobody asked for; a caller knows by the id. It is one
	// attempt: its poller scans again when it fails, later if the error is
	// ErrThrottled.
	Scan(ctx context.Context, q ScanQuery) (ScanResult, error)

	// Get is Lookup, of one id by its key. It returns the errors of Lookup;
	// Units is set in any case.
	Get(ctx context.Context, id ID, consistent bool) (GetResult, error)
}

// ScanQuery is what to scan.
type ScanQuery struct {
	// Box is the mailbox.
	Box Mailbox
	// Oldest is the oldest request that is asked for. A store that keeps a
	// mailbox in the order of the ids reads from here on.
	Oldest ID
	// Cursor is that of the scan before, or "" at first and for a scan that is
	// to find what an earlier one may have missed. A store that keeps arrivals
	// in their order reads from here on and does not heed Oldest.
	Cursor string
	// Consistent asks for a read that misses nothing that was written before,
	// at twice the price. A store whose index cannot do that reads as it can.
	Consistent bool
}

// ScanResult is what a scan has found.
type ScanResult struct {
	// Replies are in no order that matters.
	Replies []Arrival
	// Cursor is for the next scan; "" if the store reads by Oldest.
	Cursor string
	// Units are the read units that the scan has taken, as the store bills
	// them.
	Units float64
}

// Arrival is a reply that has come.
type Arrival struct {
	Reply

	// Written is when the reply was completed, by the clock of its writer.
	Written time.Time
}

// GetResult is what Get has found.
type GetResult struct {
	Record

	// Written is when the reply was completed, by the clock of its writer; the
	// zero time if there is none.
	Written time.Time
	// Units are the read units that the read has taken.
	Units float64
}
