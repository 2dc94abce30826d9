package adapter_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Replies that come when the wait for them ends are either the answer, or kept for the
// Location of the 504. None is lost, and none counts twice. Those that come before
// are the answer, those after are not.
func TestReplyThatRacesTheDeadline(t *testing.T) {
	t.Parallel()
	const (
		lanes  = 8
		rounds = 25
	)
	for name, headers := range map[string][]string{"plain": nil, "wait": {"Prefer", "wait=5"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var all sync.WaitGroup
				for range lanes {
					e := far(t, setup{inMemory: true})
					all.Go(func() {
						begin := time.Now()
						<-e.call(headers...)
						wait := time.Since(begin)
						<-e.sent
						for round := range rounds {
							var late time.Duration
							if round%5 == 0 {
								late = time.Duration(1 - round%2*2) // a nanosecond
							}
							done := e.call(headers...)
							sent := <-e.sent
							time.Sleep(wait + late)
							put := make([]answer, 2)
							var both sync.WaitGroup
							for n := range put { // the broker delivered twice
								both.Go(func() { put[n] = e.complete(sent.ID(), sent.ID()) })
							}
							both.Wait()
							got := <-done
							if late != 0 && (got.status == http.StatusOK) != (late < 0) {
								t.Errorf("%s late: %d", late, got.status)
							}
							e.fits(sent.ID(), put, got)
						}
					})
				}
				all.Wait()
			})
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
