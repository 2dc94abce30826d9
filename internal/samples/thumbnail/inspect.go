package thumbnail

import (
	"context"
	"fmt"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

type inspector struct {
	limits Limits
}

// inspect refuses every request that can be refused without decoding the
// picture, and notes in the event what the later steps need to know. The data
// is handed on untouched.
func (s inspector) inspect(ctx context.Context, in event.Event) (*event.Event, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("inspect the picture: %w", err)
	}
	if _, err := parseOptions(in); err != nil {
		return nil, err
	}
	if _, err := negotiate(functions.Header(in, "Accept")); err != nil {
		return nil, err
	}
	picture, err := examine(in.Data(), in.DataContentType(), s.limits)
	if err != nil {
		return nil, err
	}
	return describe(in, in.Data(), picture, exifOrientation(in.Data(), picture.format)), nil
}
