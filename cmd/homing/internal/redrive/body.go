package redrive

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/claimcheck"
	"github.com/homing-dev/homing/internal/deadletter"
)

var (
	// ErrDataGone means that the data of an event was kept beside it and is not
	// there any more, so its steps cannot run.
	ErrDataGone = errors.New("its data was kept beside it and is gone: it has expired, or its request has ended")
	// ErrChanged means that the data has not the size and hash that its event says.
	ErrChanged = errors.New("its data was kept beside it and is not what it was")
	// ErrElsewhere means that data is kept where this process does not look.
	ErrElsewhere = errors.New("its data is kept beside it, at another place")
)

// Body is data that is kept beside the event of a letter (claim check).
type Body struct {
	reply.Body

	// URI is where it is.
	URI string
}

// BodyOf returns where the data of a letter's event is kept; ok is false if the event
// has it.
func BodyOf(l *deadletter.Letter) (b Body, ok bool) {
	ev, err := l.CloudEvent()
	if err != nil {
		return Body{}, false
	}
	b.Body, b.URI, ok = claimcheck.Kept(ev)
	return b, ok
}

// Data returns the data, of which bodies is asked. The error is one of the three
// above, or that of bodies.
func (b Body) Data(ctx context.Context, bodies reply.Bodies) ([]byte, error) {
	if bodies == nil || !strings.HasPrefix(b.URI, bodies.Place()) {
		return nil, fmt.Errorf("%w: %s", ErrElsewhere, b.URI)
	}
	data, err := bodies.GetBody(ctx, b.Body)
	switch {
	case errors.Is(err, reply.ErrNoBody):
		return nil, fmt.Errorf("%w (%s)", ErrDataGone, b.URI)
	case err != nil:
		return nil, fmt.Errorf("get its data from %s: %w", b.URI, err)
	case int64(len(data)) != b.Size || sha256.Sum256(data) != b.Hash:
		return nil, fmt.Errorf("%w: %s", ErrChanged, b.URI)
	}
	return data, nil
}

// checkData returns an error if the data of a letter's event is known to be gone.
// Where that cannot be looked at, the vertex finds out.
func (s Sender) checkData(ctx context.Context, l *deadletter.Letter) error {
	b, ok := BodyOf(l)
	if !ok {
		return nil
	}
	_, err := b.Data(ctx, s.Bodies)
	if errors.Is(err, ErrElsewhere) || errors.Is(err, reply.ErrNoRight) {
		return nil
	}
	return err
}
