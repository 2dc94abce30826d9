package aws_test

import (
	"net/http"
	"strings"
	"testing"
)

// Wrong input of each kind gets a problem of its own, through the gateway, and
// no step of the chain runs.
func TestWrongInput(t *testing.T) {
	t.Parallel()
	const unseen = "/requests/01890a5d-ac96-774b-bcce-b302099a8057"
	structured := []string{"Content-Type", "application/cloudevents+json"}
	for _, shape := range []string{inline, vertex} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			d := faults(t, s, plan{shape: shape})
			for name, tt := range map[string]struct {
				method, path, body string
				headers            []string
				status             int
			}{
				"unknown route":           {http.MethodPost, "/none", "{}", nil, 404},
				"encoded slash in a path": {http.MethodPost, "/fa%2Fult", "{}", nil, 404},
				"wrong method":            {http.MethodGet, "/fault", "", nil, 405},
				"preference that is none": {http.MethodPost, "/fault", "{}", []string{"Prefer", "wait=soon"}, 400},
				"empty key":               {http.MethodPost, "/fault", "{}", []string{"Idempotency-Key", `""`}, 400},
				"key that is too long":    {http.MethodPost, "/fault", "{}", []string{"Idempotency-Key", strings.Repeat("k", 256)}, 400},
				"no request id":           {http.MethodGet, "/requests/1", "", nil, 404},
				"request never seen":      {http.MethodGet, unseen, "", nil, 404},
				"cancelling of no call":   {http.MethodDelete, unseen, "", nil, 404},
				"event of no chain":       {http.MethodPost, "/events", `{"specversion":"1.0","id":"1","source":"/t","type":"none"}`, structured, 404},
				"event without its id":    {http.MethodPost, "/events", `{"specversion":"1.0","source":"/t","type":"homing.fault"}`, structured, 400},
				"event that is no JSON":   {http.MethodPost, "/events", `{`, structured, 400},
				"event format of no kind": {http.MethodPost, "/events", `<a/>`, []string{"Content-Type", "application/cloudevents+xml"}, 415},
			} {
				a := call(t, tt.method, d.url+tt.path, tt.body, tt.headers...)
				if a.is(t, tt.status); t.Failed() {
					t.Fatalf("%s: got %d %s", name, a.status, a.body)
				}
				if (a.header.Get("Allow") != "") != (tt.status == http.StatusMethodNotAllowed) {
					t.Errorf("%s: Allow: %q", name, a.header.Get("Allow"))
				}
				results.add("input: "+name+", "+shape, a, a.problem().Detail)
			}
			call(t, http.MethodPost, d.url+"/fault", "no order").is(t, http.StatusBadRequest)
			call(t, http.MethodPost, d.url+"/fault", order("k", "pass"), "Idempotency-Key", "one").right(t, "k", "pass")
			call(t, http.MethodPost, d.url+"/fault", order("other", "pass"), "Idempotency-Key", "one").is(t, http.StatusUnprocessableEntity)
			if s.ran("other", "before") != 0 {
				t.Error("a call under another call's key has run")
			}
		})
	}
}

// What is over the API's own limits, or those of Lambda, does not reach a step.
func TestInputLargerThanThePlatformTakes(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{inline, vertex} {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			d := samples(t, plan{shape: shape})
			const mb = 1 << 20
			a := call(t, http.MethodPost, d.url+"/quote", strings.Repeat("x", 10*mb+1))
			if a.status != http.StatusRequestEntityTooLarge || a.body != `{"message":"Request Too Long"}` {
				t.Errorf("got %d %s", a.status, a.body)
			}
			results.add("body of more than 10 MB, "+shape, a, a.body)
			a = call(t, http.MethodPost, d.url+"/quote", strings.Repeat("x", 7*mb))
			if a.status != http.StatusRequestEntityTooLarge {
				t.Errorf("got %d %s", a.status, a.body)
			}
			results.add("body of 7 MB, "+shape, a, a.body)
			a = call(t, http.MethodPost, d.url+"/quote", "{}", "X-Long", strings.Repeat("x", 11<<10))
			if a.status != http.StatusRequestHeaderFieldsTooLarge {
				t.Errorf("got %d %s", a.status, a.body)
			}
			results.add("header of more than 10 KB, "+shape, a, a.body)
		})
	}
}

// Who has no token, or one of a kind that is none, is let in nowhere.
func TestCallWithoutAToken(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	d := streams(t, s, vertex)
	for _, base := range []string{d.url, d.FunctionURL("Streaming")} {
		for name, headers := range map[string][]string{
			"none":        nil,
			"wrong":       {"Authorization", "Bearer 0123456789abcdeg"},
			"other words": {"Authorization", "Basic " + token},
		} {
			a := call(t, http.MethodPost, base+"/fault", order("k", "pass"), headers...)
			if a.is(t, http.StatusUnauthorized); a.header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s: got %v", name, a.header)
			}
		}
		call(t, http.MethodPost, base+"/fault", order("let in", "pass"), authorized...).right(t, "let in", "pass")
	}
	if s.ran("k", "before") != 0 {
		t.Error("a step ran")
	}
}
