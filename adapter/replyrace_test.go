package adapter_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/homing-dev/homing/functions"
)

// Replies that come at the deadline are either the answer, or kept for the
// Location of the 504. None is lost, and none counts twice.
func TestReplyThatRacesTheDeadline(t *testing.T) {
	t.Parallel()
	const (
		timeout = 100 * time.Millisecond
		lanes   = 8
		rounds  = 25
	)
	for name, headers := range map[string][]string{"plain": nil, "wait": {"Prefer", "wait=5"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := chain("far", echo)
			c.Timeout = timeout
			var all sync.WaitGroup
			for lane := range lanes {
				e := far(t, setup{chains: []functions.Chain{c}})
				all.Go(func() {
					for round := range rounds {
						done := e.call(headers...)
						sent := <-e.sent
						early := time.Duration(lane*rounds+round) * timeout / (8 * lanes * rounds) // up to an eighth before the deadline
						at := time.NewTimer(time.Until(sent.Time().Add(timeout - early)))
						<-at.C
						put := make([]answer, 2)
						var both sync.WaitGroup
						for n := range put { // the broker delivered twice
							both.Go(func() { put[n] = e.complete(sent.ID(), sent.ID()) })
						}
						both.Wait()
						e.fits(sent.ID(), put, <-done)
					}
				})
			}
			all.Wait()
		})
	}
}

// fits checks the answer to a call against the answers to its replies.
func (e *farAdapter) fits(id string, put []answer, got answer) {
	e.t.Helper()
	taken := 0
	for _, p := range put {
		switch p.status {
		case http.StatusNoContent:
			taken++
		case http.StatusConflict, http.StatusGone:
		default:
			e.t.Errorf("the reply: %d %s", p.status, p.body)
		}
	}
	if taken != 1 {
		e.t.Errorf("%d replies count", taken)
	}
	switch {
	case got.status == http.StatusOK && string(got.body) == id: // in time
	case (got.status == http.StatusGatewayTimeout || got.status == http.StatusAccepted) && got.header.Get("Location") == "/requests/"+id:
		kept, err := e.try(e.t.Context(), http.MethodGet, "/requests/"+id, http.NoBody)
		if err != nil || kept.status != http.StatusOK || string(kept.body) != id {
			e.t.Errorf("the late reply: %d %s, %v", kept.status, kept.body, err)
		}
	default:
		e.t.Errorf("the answer: %d %s, %v", got.status, got.body, got.header)
	}
}
