package replytest

import (
	"bytes"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/homing-dev/homing/adapter/reply"
)

// diff says how what a store gave differs from what it was given; "" if it
// does not. Times are equal that name the same instant, URIs that have the
// same text. A missing map or list is the same as an empty one, but for data:
// an event without data is another one than an event with empty data.
func diff(want, got any) string {
	return cmp.Diff(want, got,
		cmp.Comparer(time.Time.Equal),
		cmp.Comparer(func(a, b types.URIRef) bool { return a.String() == b.String() }),
		cmp.Comparer(func(a, b types.URI) bool { return a.String() == b.String() }),
		cmp.Comparer(func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }),
		sameIfEmpty[map[string]any](func(m map[string]any) int { return len(m) }),
		sameIfEmpty[[]reply.Progress](func(p []reply.Progress) int { return len(p) }),
		sameIfEmpty[[]reply.Reply](func(r []reply.Reply) int { return len(r) }),
		// What the SDK noted about setters that failed is no part of an event.
		cmpopts.IgnoreFields(event.Event{}, "FieldErrors"),
	)
}

func sameIfEmpty[T any](length func(T) int) cmp.Option {
	return cmp.FilterValues(
		func(a, b T) bool { return length(a) == 0 && length(b) == 0 },
		cmp.Comparer(func(_, _ T) bool { return true }),
	)
}
