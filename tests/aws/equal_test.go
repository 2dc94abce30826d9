package aws_test

import (
	"net/http"
	"strings"
	"testing"
)

// TestRepliesAreEqualInEveryShape is the first promise of the design. The
// answers of `homing serve`, one process without AWS, are what those of the
// deployments are compared with, in the same call and fetched later.
func TestRepliesAreEqualInEveryShape(t *testing.T) {
	t.Parallel()
	all := inputs(t)
	want := expected(t, all)
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			d := samples(t, plan{shape: shape})
			for _, in := range all {
				same(t, in.name, call(t, http.MethodPost, d.url+in.path, in.body, in.headers...), want[in.name])
				if in.more <= itemLimit/4 || shape == vertex { // pictures take long while races are watched for
					same(t, in.name+", fetched", d.fetch(t, in), fetched(want[in.name]))
				}
			}
		})
	}
}

// expected are the answers of the reference.
func expected(t *testing.T, all []input) map[string]answer {
	t.Helper()
	url := reference(t)
	want := map[string]answer{}
	for _, in := range all {
		a := call(t, http.MethodPost, url+in.path, in.body, in.headers...).is(t, in.status)
		if len(a.body) <= in.more {
			t.Errorf("%s: got %d bytes", in.name, len(a.body))
		}
		want[in.name] = a
	}
	return want
}

// fetched is what a fetch of the reply must answer: it depends on Accept, by which
// a caller has a stream, whether or not the call does.
func fetched(a answer) answer {
	a.header = a.header.Clone()
	a.header.Set("Vary", "Accept-Encoding, Accept")
	return a
}

// fetch sends the call with respond-async and gets its reply later.
func (d *deployment) fetch(t *testing.T, in input) answer {
	t.Helper()
	return call(t, http.MethodGet, d.url+d.accepted(t, in.path, in.body, in.headers...), "", "Prefer", "wait=20")
}

// An event that Lambda does not carry, since asynchronous invocations have at
// most 1 MB, is rejected with a word on the limit: at once if it is the
// request's own, and as the reply if a step has made it. In one process there
// is no such limit.
func TestEventLargerThanLambdaCarries(t *testing.T) {
	t.Parallel()
	const side = 640
	large := encoded(t, noisy(side, side), false) // 1.2 MB
	grows := encoded(t, noisy(side, side), true)  // half of it, and resize makes a PNG of it
	url := reference(t)
	path, headers := "/thumbnail?w=640&q=50", []string{"Accept", "image/jpeg"}
	wantLarge := call(t, http.MethodPost, url+path, large, headers...).is(t, http.StatusOK)
	wantGrows := call(t, http.MethodPost, url+path, grows, headers...).is(t, http.StatusOK)
	for _, shape := range shapes() {
		t.Run(shape, func(t *testing.T) {
			t.Parallel()
			d := samples(t, plan{shape: shape})
			rejected := func(what string, a answer) {
				a.is(t, http.StatusRequestEntityTooLarge)
				if p := a.problem(); p.Title != "Event too large" || !strings.Contains(p.Detail, "1032192") {
					t.Errorf("%s: got %s", what, a.body)
				}
				results.add(what+", "+shape, a, a.problem().Detail)
			}
			a := call(t, http.MethodPost, d.url+path, large, headers...)
			if shape == inline {
				same(t, "photo of more than 1 MB", a, wantLarge)
				rejected("photo of more than 1 MB, async", call(t, http.MethodPost, d.url+path, large, append([]string{"Prefer", "respond-async"}, headers...)...))
			} else {
				rejected("photo of more than 1 MB", a)
			}
			a = call(t, http.MethodPost, d.url+path, grows, headers...)
			if shape != split {
				same(t, "photo that grows between steps", a, wantGrows)
				return
			}
			rejected("photo that grows beyond 1 MB between steps", a)
		})
	}
}
