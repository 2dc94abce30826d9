package carrier

import (
	"errors"

	"github.com/cloudevents/sdk-go/v2/event"
)

// Result is what became of an event that was carried to the steps of its chain.
// The zero value means that a step dropped it.
type Result struct {
	// Event is the result of the last step; nil if there is none.
	Event *event.Event
	// Accepted means that the event runs on in another process: the reply will
	// come to the reply store.
	Accepted bool
}

// ErrAccepted is the error of a remote step that has answered 202: it runs on,
// and the reply will come to the reply store. A function has no
// other way to report that; a vertex turns it into [Result.Accepted].
var ErrAccepted = errors.New("the event was accepted, its reply will come to the reply store")

// resultOf returns what the answer of a remote vertex means.
func resultOf(out *event.Event, err error) (Result, error) {
	if errors.Is(err, ErrAccepted) {
		return Result{Accepted: true}, nil
	}
	return Result{Event: out}, err
}
