package replytest

import (
	"bytes"
	"reflect"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// diff is how what a store returned differs from what was put into it; "" if it
// does not. Times are equal that name the same instant, URIs that have the
// same text. A missing map or list is the same as an empty one, but for data:
// an event without data is another one than an event with empty data.
func diff(want, got any) string {
	return cmp.Diff(want, got,
		cmp.Comparer(func(a, b types.URIRef) bool { return a.String() == b.String() }),
		cmp.Comparer(func(a, b types.URI) bool { return a.String() == b.String() }),
		cmp.Comparer(func(a, b []byte) bool { return bytes.Equal(a, b) && (a == nil) == (b == nil) }),
		cmp.FilterPath(func(p cmp.Path) bool { return p.Last().Type() != reflect.TypeFor[[]byte]() }, cmpopts.EquateEmpty()),
		// What the SDK noted about setters that failed is no part of an event.
		cmpopts.IgnoreFields(event.Event{}, "FieldErrors"),
	)
}
