package cloudevents_test

import (
	"testing"

	"github.com/homing-dev/homing/internal/cloudevents"
)

func TestNegotiate(t *testing.T) {
	t.Parallel()
	const one, many = "application/cloudevents+json", "application/cloudevents-batch+json"
	const none, binary, structured, batch = cloudevents.None, cloudevents.Binary, cloudevents.Structured, cloudevents.Batch
	cases := []struct {
		name, accept string
		in, want     cloudevents.Mode
	}{
		{"nothing asked, binary came", "", binary, binary},
		{"nothing asked, structured came", "", structured, structured},
		{"nothing asked, no event came", "", none, binary},
		{"nothing asked, a batch came", "", batch, structured},
		{"anything, binary came", "*/*", binary, binary},
		{"anything, structured came", "*/*", structured, structured},
		{"anything, a batch came", "*/*", batch, structured},
		{"any application type", "application/*", structured, structured},
		{"structured by name", one, binary, structured},
		{"in other letters", "Application/CloudEvents+JSON;charset=utf-8", binary, structured},
		{"structured or anything", one + ", */*", binary, structured},
		{"structured or JSON at the same quality", "application/json, " + one, binary, structured},
		{"structured is second", "application/json, " + one + ";q=0.5", binary, binary},
		{"structured is second, and came", "application/json, " + one + ";q=0.5", structured, binary},
		{"JSON is second", "application/json;q=0.5, " + one, binary, structured},
		{"only JSON, structured came", "application/json", structured, binary},
		{"structured refused", one + ";q=0, */*", structured, binary},
		{"a batch by name", many, binary, batch},
		{"a batch by name, a batch came", many, batch, batch},
		{"a batch or one, structured came", many + "," + one, structured, structured},
		{"a batch or one, a batch came", one + "," + many, batch, batch},
		{"a batch first", many + ", " + one + ";q=0.9", structured, batch},
		{"a batch second", many + ";q=0.8, " + one + ";q=0.9", batch, structured},
		{"a batch at the same quality as anything", "*/*, " + many, binary, batch},
		{"a batch refused", many + ";q=0", batch, structured},
		{"nothing is accepted", "*/*;q=0", structured, structured},
		{"a format not known here", "application/cloudevents+avro", binary, binary},
		{"an unknown format first", "application/cloudevents+avro, " + one + ";q=0.1", binary, structured},
		{"garbage", ",;q=1,text,/,\"", structured, structured},
		{"garbage beside a type", "*, " + one, binary, structured},
		{"a comma in quotes", `text/x;a="\",` + one + `,"`, binary, binary},
		{"a weight that is none", one + ";q=high, text/plain;q=0.1", structured, binary},
		{"a weight above one", one + ";q=2, text/plain;q=0.1", structured, binary},
		{"a weight that is not a number", one + ";q=NaN, text/plain;q=0.1", structured, binary},
		{"weights after parameters", one + ";v=1;Q=0.2, text/plain;q=0.3", structured, binary},
		{"wildcard of application before that of all", "application/*;q=0.1, */*;q=0.9", structured, binary},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := cloudevents.Negotiate([]string{c.accept}, c.in); got != c.want {
				t.Errorf("Negotiate(%q, %v) = %v, want %v", c.accept, c.in, got, c.want)
			}
		})
	}
}

// A batch must not be used unless solicited (HTTP binding section 3).
func FuzzNegotiateGivesABatchOnlyWhenItIsNamed(f *testing.F) {
	f.Add("*/*")
	f.Add("application/cloudevents+json;q=0.5, application/*")
	f.Add(`text/x;a="\",`)
	f.Fuzz(func(t *testing.T, accept string) {
		for in := cloudevents.None; in <= cloudevents.Batch; in++ {
			got := cloudevents.Negotiate([]string{accept}, in)
			if got == cloudevents.None {
				t.Errorf("no mode for %q", accept)
			}
			if got == cloudevents.Batch && !containsFold(accept, "application/cloudevents-batch+json") {
				t.Errorf("a batch for %q", accept)
			}
		}
	})
}
