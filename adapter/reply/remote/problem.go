package remote

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// What an adapter answers to a [Replier] beside the errors of package reply.
var (
	// ErrForbidden means that the adapter refuses the token of the reply.
	ErrForbidden = errors.New("reply token refused")
	// ErrMisdirected means that the reply belongs to the mailbox of another
	// replica of the adapter.
	ErrMisdirected = errors.New("reply belongs to another adapter")
	// ErrRefused means that the adapter does not take the reply as it is: its
	// event cannot be read, or it is too large, which is [reply.ErrTooLarge],
	// too.
	ErrRefused = errors.New("reply refused")
)

// typePrefix begins the type of every problem of this package: a tag URI
// (RFC 4151), which names something without promising a page.
const typePrefix = "tag:homing.dev,2026:"

// kind is an error on the wire. Codes and statuses are part of the protocol:
// both sides of it may be of different versions.
type kind struct {
	err    error
	status int
	code   string
}

func kinds() [11]kind {
	return [...]kind{
		{reply.ErrUnknown, http.StatusNotFound, "unknown"},
		{reply.ErrExpired, http.StatusGone, "expired"},
		{reply.ErrCompleted, http.StatusConflict, "completed"},
		{reply.ErrCancelled, http.StatusGone, "cancelled"},
		{reply.ErrSuperseded, http.StatusPreconditionFailed, "superseded"},
		{reply.ErrKeyReused, http.StatusUnprocessableEntity, "key-reused"},
		{reply.ErrFull, http.StatusInsufficientStorage, "full"},
		{reply.ErrTooLarge, http.StatusRequestEntityTooLarge, "too-large"},
		{ErrForbidden, http.StatusForbidden, "token-refused"},
		{ErrMisdirected, http.StatusMisdirectedRequest, "misdirected"},
		{errFeedLost, http.StatusGone, "feed-lost"},
	}
}

// Problem returns the problem document, with status and type, that stands for
// an error of a [reply.Store], or for [ErrForbidden] or [ErrMisdirected]; false
// if err is none of them. A [Replier] and a [Client] read the same error out of
// it again. The detail of a [reply.ErrTooLarge] is the text of err, which names
// the limit.
func Problem(err error) (*functions.Error, bool) {
	for _, k := range kinds() {
		if errors.Is(err, k.err) {
			said := k.err
			if errors.Is(said, reply.ErrTooLarge) {
				said = err
			}
			p := functions.Errorf(k.status, "%w", said)
			p.Type = typePrefix + k.code
			return p, true
		}
	}
	return nil, false
}

// ofProblem returns the error that the type of a problem stands for, nil if
// none.
func ofProblem(p functions.Problem) error {
	for _, k := range kinds() {
		if p.Type == typePrefix+k.code {
			return explained{k.err, p.Detail}
		}
	}
	return nil
}

// explained is a sentinel with the text that came with it.
type explained struct {
	error

	text string
}

func (e explained) Error() string { return cmp.Or(e.text, e.error.Error()) }
func (e explained) Unwrap() error { return e.error }
