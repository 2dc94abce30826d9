package knative_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/httpbody"
)

// holding is a broker on InMemoryChannel: it holds who sends an event until the
// vertex has answered, and leaves the vertex when the sender leaves.
func holding(t *testing.T, vertex *process) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, r *http.Request) {
		data, err := httpbody.Read(w, r, 1<<20)
		ev, rerr := cloudevents.Read(r.Header, data)
		if err := errors.Join(err, rerr); err != nil {
			t.Error(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(vertex.post(r.Context(), ev))
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		defer resp.Body.Close()
		w.WriteHeader(resp.StatusCode)
	}
}

// TestACallerWhoLeavesTakesOnlyHisOwnCallAlong: the reply of an async or keyed call
// is wanted by others, or later.
func TestACallerWhoLeavesTakesOnlyHisOwnCallAlong(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		headers []string
		goesOn  bool
	}{
		"sync":  {nil, false},
		"async": {[]string{"Prefer", "respond-async, wait=20"}, true},
		"wait":  {[]string{"Prefer", "wait=20"}, false}, // until that ends
		"keyed": {[]string{"Idempotency-Key", `"k"`}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began, left, ended := make(chan string, 1), make(chan struct{}), make(chan error, 1)
			c := single("letters", func(ctx context.Context, in event.Event) (*event.Event, error) {
				began <- functions.Attribute(in, functions.AttrCorrelationID)
				<-left
				var moment <-chan time.Time // never: a call that is to be cut is waited for
				if tc.goesOn {
					moment = time.After(300 * time.Millisecond) // for what was cut by mistake to be noticed
				}
				select {
				case <-ctx.Done():
				case <-moment:
				}
				ended <- ctx.Err()
				return &in, ctx.Err()
			})
			broker, front := newLater(t), newLater(t)
			adapter := start(t, env{
				"HOMING_ROLE": "adapter", "HOMING_BROKER_URL": broker.url, "HOMING_REPLY_URL": front.url, "HOMING_REPLY_KEYS": "a=" + secret,
			}, c)
			front.handler.Store(http.HandlerFunc(adapter.ServeHTTP))
			vertex := start(t, env{"HOMING_ROLE": "vertex", "HOMING_BROKER_URL": broker.url, "HOMING_REPLY_ALLOW": front.url}, c)
			broker.handler.Store(holding(t, vertex))

			ctx, leave := context.WithCancel(t.Context())
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, adapter.url+"/letters", strings.NewReader("-"))
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < len(tc.headers); i += 2 {
				req.Header.Set(tc.headers[i], tc.headers[i+1])
			}
			gone := make(chan struct{})
			go func() {
				defer close(gone)
				if resp, err := http.DefaultTransport.RoundTrip(req); err == nil {
					resp.Body.Close()
				}
			}()
			id := <-began
			leave()
			<-gone
			close(left)
			if err := <-ended; (err == nil) != tc.goesOn || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the function ended with %v", err)
			}
			if !tc.goesOn {
				return
			}
			if got := do(t, http.MethodGet, adapter.url+"/requests/"+id, "", "Prefer", "wait=10"); got.status != http.StatusOK || string(got.body) != "-" {
				t.Errorf("the reply is %d %s", got.status, got.body)
			}
		})
	}
}
