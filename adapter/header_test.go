package adapter_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// carried is a chain whose function replies with the attributes of two headers and
// the trace.
func carried() functions.Chain {
	c := chain("carried", func(_ context.Context, in event.Event) (*event.Event, error) {
		out := in.Clone()
		return &out, out.SetData("text/plain", functions.Header(in, "Cookie")+"|"+functions.Header(in, "X-List")+"|"+
			functions.Attribute(in, functions.AttrTraceState))
	})
	c.Headers = []string{"cookie", "X-List"}
	return c
}

func TestSeveralLinesOfAHeaderAreOneAttribute(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{carried()}})
	const parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
	for name, tt := range map[string]struct {
		headers []string
		want    string
	}{
		"cookies":               {[]string{"Cookie", "a=1", "Cookie", "b=2, c; d=3"}, "a=1; b=2, c; d=3||"},
		"one line as it is":     {[]string{"Cookie", "a=1;b=2"}, "a=1;b=2||"},
		"cookies badly written": {[]string{"Cookie", "a=1; ", "Cookie", "", "Cookie", " ;", "Cookie", "b=2;"}, "a=1; b=2||"},
		"a list":                {[]string{"X-List", "a, b", "X-List", "c"}, "|a, b, c|"},
		"trace state":           {[]string{"Traceparent", parent, "Tracestate", "a=1", "Tracestate", "b=2"}, "||a=1, b=2"},
		"two traces":            {[]string{"Traceparent", parent, "Traceparent", parent, "Tracestate", "a=1"}, "||"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s.do("POST", "/carried", "x", append([]string{"Content-Type", "text/plain"}, tt.headers...)...).is(t, http.StatusOK, tt.want)
			s.do("POST", "/events", "x", append([]string{
				"Content-Type", "text/plain", "Accept", "text/plain", "Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s",
				"Ce-Type", "homing.carried",
			}, tt.headers...)...).is(t, http.StatusOK, tt.want)
		})
	}
}

// The first one counted, and of an event that was refused.
func TestTwoContentTypesAreRefused(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo)}})
	const request = "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: text/plain\r\n" +
		"Content-Type: text/csv\r\nContent-Length: 1\r\n\r\nx"
	s.raw(request).problem(t, http.StatusBadRequest)
}

func TestATraceParentThatIsNoneIsIgnored(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{carried()}})
	const trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
	for parent, state := range map[string]string{
		"00-" + trace + "-" + span + "-01": "a=1", "01-" + trace + "-" + span + "-01": "a=1", "cc-" + trace + "-" + span + "-01-more": "a=1",
		"00-" + trace + "-" + span + "-01-more": "", "01-" + trace + "-" + span + "-01more": "", "ff-" + trace + "-" + span + "-01": "",
		"00-00000000000000000000000000000000-" + span + "-01": "", "00-" + trace + "-0000000000000000-01": "",
		"00-0AF7651916CD43DD8448EB211C80319C-" + span + "-01": "", "00-" + trace + "-" + span + "-0": "", "00_" + trace + "-" + span + "-01": "",
	} {
		if got := s.do("POST", "/carried", "", "Traceparent", parent, "Tracestate", "a=1"); string(got.body) != "||"+state {
			t.Errorf("%s: got %d %s", parent, got.status, got.body)
		}
	}
}
