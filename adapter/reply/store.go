package reply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Errors of a [Store]. Act on these by errors.Is, not on texts.
var (
	// ErrUnknown means that the store never heard of the id, or forgot it
	// even as a tombstone.
	ErrUnknown = errors.New("unknown request")
	// ErrExpired means that the record was there and its time has run out.
	ErrExpired = errors.New("request expired")
	// ErrCompleted means that an earlier reply counts.
	ErrCompleted = errors.New("request already completed")
	// ErrCancelled means that the request was cancelled.
	ErrCancelled = errors.New("request cancelled")
	// ErrSuperseded means that the lease of the request's claim ran out and
	// another call holds the key now: the reply of the former owner is refused.
	ErrSuperseded = errors.New("another call holds the idempotency key now")
	// ErrKeyReused means that the key is claimed for a call with another
	// fingerprint.
	ErrKeyReused = errors.New("idempotency key used for another call")
	// ErrFull means that the store has no room to promise to keep a reply.
	ErrFull = errors.New("reply store is full")
	// ErrTooLarge means that a reply is larger than the store takes; the text
	// of the error names the limit in bytes. The request stays as it was, so
	// it can still be completed by a smaller one, which tells its caller.
	ErrTooLarge = errors.New("reply is larger than the reply store takes")
)

// TooLarge returns an [ErrTooLarge] that names the limit in bytes.
func TooLarge(limit int64) error { return fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit) }

// Store keeps replies until their adapter, or a later fetch, collects them.
//
// It is safe for concurrent use. Every method is atomic for the ids and keys
// that it names, and expiry is logical: a record whose Expires has passed is
// never returned, whether or not it was swept. Errors other than the ones
// above mean that the store could not be reached; the call may then be
// repeated.
type Store interface {
	// Register promises that the reply of r will be kept: for a request that
	// may outlive its connection (async, keyed, or its wait ran out). It
	// returns ErrFull when the promise cannot be made, and ErrCompleted when
	// the id is there already. If that is a reply that came before r, its
	// Tenant, Chain and Key are taken from r as far as they are empty, so that
	// who made the request can fetch it.
	Register(ctx context.Context, r Request) error

	// Complete puts the reply of a request. The first one wins; a later one
	// gets ErrCompleted, one for a cancelled request ErrCancelled, one past
	// r.Expires ErrExpired. The request need not be registered: a sync call
	// costs this one write, and gets ErrFull when there is no room to keep its
	// reply; a registered one never does. A reply that is larger than the store
	// takes, attributes and progress included, gets ErrTooLarge, which changes
	// nothing. A reply with a Key counts only while r.ID holds the claim on it,
	// else ErrSuperseded. Tenant, Chain and Key that are empty in r are those of
	// the registered request: who completes it need not know them.
	Complete(ctx context.Context, r Reply) error

	// Lookup returns the record of an id, or ErrUnknown or ErrExpired.
	Lookup(ctx context.Context, id ID) (Record, error)

	// Cancel ends a pending request without a reply and releases its key. It
	// returns ErrUnknown, ErrExpired or ErrCompleted when there is nothing to
	// cancel, and nil when it was cancelled before.
	Cancel(ctx context.Context, id ID) error

	// Claim lets c.Owner hold the key of c and returns c.Owner, unless it is
	// held: then it returns the holder's id, or ErrKeyReused if the holder's
	// fingerprint is another. A key is held while its claim has not expired
	// and either the holder's request is completed or the lease still runs. A
	// holder that claims again extends its lease up to that of c: so it shows
	// that it is still at work.
	Claim(ctx context.Context, c Claim) (holder ID, err error)

	// Release releases a key, if owner still holds it; else it does nothing.
	Release(ctx context.Context, key string, owner ID) error

	// Collect returns the completed replies of one mailbox with id >= since, in
	// the order of their ids.
	Collect(ctx context.Context, box Mailbox, since ID) ([]Reply, error)
}

// Notifier is what a [Store] that can wake its adapter also implements; other
// stores implement [Scanner] and are polled.
type Notifier interface {
	// Notify calls arrived once for every reply that is completed in box from
	// now on, after Lookup can see it, until stop is called. arrived is called
	// on the goroutine of Complete and must not block.
	Notify(box Mailbox, arrived func(Reply)) (stop func())
}

// Request is what is known of a request while it runs.
type Request struct {
	ID ID
	// Tenant is the name of the token that made the request; "" if none is
	// needed. Only the same tenant may fetch or cancel it.
	Tenant string
	// Chain is the name of the chain.
	Chain string
	// Key is the idempotency key that ID has claimed; "" if none.
	Key string
	// Deadline is when the work stops being wanted.
	Deadline time.Time
	// Expires is when the record is forgotten, completed or not.
	Expires time.Time
	// Callback is the URL to which the reply is to be delivered; "" if nobody asked for
	// that. A store keeps it with a registered request until that is completed, and
	// takes none from a reply.
	Callback string
}

// Reply is the event that ends a request: a result or an error.
type Reply struct {
	Request

	// Event is the result, or an application/problem+json document. Its
	// extension httpstatus is the status that the caller gets.
	Event event.Event
	// Progress is what the steps did, in order.
	Progress []Progress
}

// Progress is what became of a step.
type Progress struct {
	Step string `json:"step"`
	// State is "started", "finished", "dropped", "failed" or "retrying".
	State string `json:"state"`
	// Attempt counts from 1.
	Attempt int `json:"attempt"`
	// Time is when it happened.
	Time time.Time `json:"time"`
	// Status is the HTTP status of a failure.
	Status int `json:"status,omitempty"`
}

// Claim asks for an idempotency key.
type Claim struct {
	// Key as the caller sent it, in the scope of its tenant.
	Key string
	// Tenant is who claims it, as in [Request]; a store with shares counts the
	// claim in that of the tenant.
	Tenant string
	// Fingerprint distinguishes one call from another: a hash over route and body.
	Fingerprint [32]byte
	// Owner is the id of the request that wants to run.
	Owner ID
	// Lease is until when the owner is believed to be at work. After it the
	// next call takes over, unless the owner has completed or claimed again.
	Lease time.Time
	// Expires is when the claim is forgotten.
	Expires time.Time
}

// State of a [Record].
type State int

// The states of a request. A request leaves Pending once.
const (
	Pending State = iota
	Completed
	Cancelled
)

// Record is what the store knows of a request.
type Record struct {
	Request

	State State
	// Reply is set when State is Completed.
	Reply Reply
}
