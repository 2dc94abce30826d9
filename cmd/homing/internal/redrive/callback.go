package redrive

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/backoff"
	"github.com/homing-dev/homing/internal/callback"
	"github.com/homing-dev/homing/internal/deadletter"
)

// Callbacks delivers a reply to the URL that a caller has named, once. It is the part of
// *callback.Sender that is used.
type Callbacks interface {
	Try(ctx context.Context, url string, ev event.Event) error
}

// Why a reply was not delivered to a callback. Its letter stays.
var (
	// ErrNoCallbacks means that this process may not deliver replies.
	ErrNoCallbacks = errors.New("its reply goes to a callback, which takes HOMING_CALLBACKS and HOMING_CALLBACK_KEYS as the server has them")
	// ErrElsewhereTo means that a reply was to be sent to another target.
	ErrElsewhereTo = errors.New("its reply goes to the callback that its caller has named, and nowhere else: leave --to out")
)

// longestWait is how long a target may put a delivery off, for that to be waited for.
const longestWait = time.Minute

// deliver delivers the reply of a letter to its callback. It waits for its turn where the
// target lets only so many through in a time.
func (s Sender) deliver(ctx context.Context, l *deadletter.Letter) error {
	switch {
	case s.How.To != "":
		return ErrElsewhereTo
	case s.Callbacks == nil:
		return ErrNoCallbacks
	case len(l.Event) == 0 || slices.Contains(l.LeftOut, "data"):
		return ErrNoEvent
	}
	ev, err := l.CloudEvent()
	if err != nil {
		return err //nolint:wrapcheck // says what it is not
	}
	err = s.Callbacks.Try(ctx, l.Callback, ev)
	retry, ok := errors.AsType[*callback.RetryError](err)
	if ok && retry.After <= longestWait && backoff.Sleep(ctx, retry.After) {
		err = s.Callbacks.Try(ctx, l.Callback, ev)
	}
	return err //nolint:wrapcheck // says what was tried
}
