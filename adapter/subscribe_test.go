package adapter_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
)

// slowNotifier takes long to subscribe to any mailbox but that of its adapter,
// as a store does that cannot be reached.
type slowNotifier struct{ *memory.Store }

func (s slowNotifier) Notify(of reply.Mailbox, arrived func(reply.Reply)) (stop func()) {
	if of != box {
		time.Sleep(30 * time.Second)
	}
	return s.Store.Notify(of, arrived)
}

func TestNobodyWaitsForASubscriptionThatTakesLong(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		headers []string
		asked   time.Duration
	}{
		"long poll": {[]string{"Prefer", "wait=3"}, 3 * time.Second},
		"stream":    {[]string{"Accept", "text/event-stream"}, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				store := memory.New(memory.Options{})
				a := over(t, slowNotifier{store})
				now := time.Now()
				id := reply.NewID(now, box+1)
				if err := store.Register(t.Context(), reply.Request{ID: id, Deadline: now.Add(5 * time.Second), Expires: now.Add(time.Hour)}); err != nil {
					t.Fatal(err)
				}
				done := make(chan time.Duration)
				for range 5 {
					go func() {
						_, took := ask(t, a, http.MethodGet, "/requests/"+id.String(), tt.headers...)
						done <- took
					}()
				}
				for range 5 {
					if took := <-done; took > tt.asked+patience {
						t.Errorf("answered after %s", took)
					}
				}
				time.Sleep(time.Minute) // the subscription is there, and ended
			})
		})
	}
}
