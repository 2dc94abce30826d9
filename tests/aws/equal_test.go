package aws_test

import (
	"net/http"
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
