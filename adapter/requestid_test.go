package adapter_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

func TestRequestIDsInUpperCaseAreFound(t *testing.T) {
	t.Parallel()
	g := newGated()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo), chain("gated", g.obedient)}})
	upper := func(location string) string {
		return "/requests/" + strings.ToUpper(strings.TrimPrefix(location, "/requests/"))
	}
	at := s.do("POST", "/echo", "x", "Prefer", "respond-async").header.Get("Location")
	got := s.do("GET", upper(at), "", "Prefer", "wait=10")
	got.is(t, http.StatusOK, "x")
	if id := got.header.Get("X-Request-ID"); id != strings.TrimPrefix(at, "/requests/") {
		t.Errorf("X-Request-Id %q is not in lower case", id)
	}
	if got := s.do("GET", upper(at), "", "Accept", "text/event-stream"); !strings.Contains(string(got.body), "event: reply") {
		t.Errorf("the stream: %s", got.body)
	}
	running := s.do("POST", "/gated", "x", "Prefer", "respond-async").header.Get("Location")
	if got := s.do("GET", upper(running), ""); got.status != http.StatusAccepted || got.header.Get("Location") != running {
		t.Errorf("while it runs: %d, Location %s", got.status, got.header.Get("Location"))
	}
	if got := s.do("DELETE", upper(running), ""); got.status != http.StatusNoContent {
		t.Errorf("cancel: %d %s", got.status, got.body)
	}
	s.do("GET", running, "").problem(t, http.StatusGone)
}

func TestAProblemHasTheIDOfItsRequestWhateverAStepSays(t *testing.T) {
	t.Parallel()
	refuse := func(context.Context, event.Event) (*event.Event, error) {
		return nil, &functions.Error{Problem: functions.Problem{Status: http.StatusConflict, Detail: "taken", RequestID: "forged"}}
	}
	s := serve(t, setup{chains: []functions.Chain{chain("refuse", refuse)}})
	at := s.do("POST", "/refuse", "x", "Prefer", "respond-async").header.Get("Location")
	for name, got := range map[string]answer{
		"sync": s.do("POST", "/refuse", "x"), "fetched": s.do("GET", at, "", "Prefer", "wait=10"),
		"event": s.do("POST", "/events", "x", "Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "homing.refuse"),
	} {
		p := got.problem(t, http.StatusConflict)
		if id := got.header.Get("X-Request-ID"); p.RequestID == "forged" || name != "event" && p.RequestID != id {
			t.Errorf("%s: requestid %q, X-Request-Id %q", name, p.RequestID, id)
		}
	}
}
