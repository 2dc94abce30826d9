package reply

import (
	"context"
	"errors"
	"time"
)

// ErrNoBody means that a body is not there: it was deleted with its request, it
// has expired, or it was never put.
var ErrNoBody = errors.New("the body is not there")

// ErrNoRight means that what keeps bodies does not let this process do that.
var ErrNoRight = errors.New("there is no right to that body, or no such body")

// Body names the data of an event that was too large for a carrier, and that is
// kept beside it (Claim Check of Hohpe and Woolf, Enterprise Integration Patterns).
type Body struct {
	// Request is whose event it is.
	Request ID
	// Hash is the SHA-256 of the data.
	Hash [32]byte
	// Size is the length of the data in bytes.
	Size int64
}

// Bodies keeps bodies from when an event is sent until its request has ended. A
// [Store] that has room for them implements it, too; package s3 is another one.
//
// It is safe for concurrent use, by any number of processes. Errors other than
// [ErrNoBody], [ErrNoRight] and [ErrFull] mean that it could not be reached; the call may
// then be repeated. Who gets a body checks it against size and hash, which are not checked here.
type Bodies interface {
	// Place is where bodies are, as a URI that ends before the name of a body. It
	// has no secrets, and processes that share bodies have the same one.
	Place() string
	// PutBody keeps data until expires at least, unless it is deleted before. To put
	// a body again changes nothing but its expiry.
	PutBody(ctx context.Context, b Body, data []byte, expires time.Time) error
	// GetBody returns the data of a body, or ErrNoBody. A body that turns out to be
	// larger than its name says need not be returned whole.
	GetBody(ctx context.Context, b Body) ([]byte, error)
	// DeleteBody deletes a body. That it is not there is no error.
	DeleteBody(ctx context.Context, b Body) error
}
