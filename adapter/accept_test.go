package adapter_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
)

// fetchable returns the place of a reply of type text/plain.
func fetchable(t *testing.T, s *server) string {
	t.Helper()
	at := s.do("POST", "/echo", "x", "Content-Type", "text/plain", "Prefer", "respond-async").header.Get("Location")
	s.do("GET", at, "", "Prefer", "wait=10").is(t, http.StatusOK, "x")
	return at
}

func TestAcceptIsReadByItsWeights(t *testing.T) {
	t.Parallel()
	const stream, structured, plain = "text/event-stream", "application/cloudevents+json", "text/plain"
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo)}})
	at := fetchable(t, s)
	for _, tt := range []struct{ accept, want string }{ // lines are separated by a bar
		{"", plain},
		{"*/*", plain},
		{"text/*", plain},
		{"garbage", plain},
		{stream, stream},
		{"Text/Event-Stream", stream},
		{stream + ";charset=utf-8", stream},
		{stream + ";q=0, application/json", plain},
		{stream + ";q=0.0|*/*", plain},
		{"application/json|" + stream + ";q=0", plain},
		{"application/json|" + stream, stream},
		{"application/json;q=0.9, " + stream + ";q=0.8", plain},
		{stream + ";q=0.1, */*;q=0", stream},
		{stream + ", */*;q=0.1", stream},
		{"*/*, " + stream + ";q=0.9", plain},
		{"text/event-streams", plain},
		{"text/plain;note=\"" + stream + "\"", plain},
		{structured, structured},
		{structured + ";q=0, */*", plain},
		{structured + ";q=0.5, application/json", structured}, // the reply is no JSON
		{structured + ";q=0.5, text/plain", plain},
		{"text/plain|" + structured, structured},
		{structured + "|" + stream + ";q=0.5", structured},
		{structured + ";q=0.5|" + stream, stream},
		{"application/cloudevents+json-seq", plain},
		{"*/*;q=0", plain}, // better than nothing (RFC 9110 section 12.4.1)
		{"image/png", plain},
	} {
		var headers []string
		for line := range strings.SplitSeq(tt.accept, "|") {
			headers = append(headers, "Accept", line)
		}
		got := s.do("GET", at, "", headers...)
		if ct, _, _ := strings.Cut(got.header.Get("Content-Type"), ";"); got.status != http.StatusOK || ct != tt.want {
			t.Errorf("%q: got %d %s, want %s", tt.accept, got.status, ct, tt.want)
		}
		if vary := got.header.Values("Vary"); !slices.Contains(vary, "Accept") {
			t.Errorf("%q: Vary %q", tt.accept, vary)
		}
	}
}

func TestTheReplyOfAnEventIsInTheModeThatAllLinesOfAcceptAskFor(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{chains: []functions.Chain{chain("echo", echo)}})
	const one, many = "application/cloudevents+json", "application/cloudevents-batch+json"
	event := `{"specversion":"1.0","id":"1","source":"/s","type":"homing.echo","datacontenttype":"text/plain","data":"x"}`
	for _, tt := range []struct{ accept, want string }{
		{"text/plain|" + one, one},
		{"text/plain|" + one + ";q=0", "text/plain"},
		{one + ";q=0.1|text/plain", "text/plain"},
		{many + "|" + one + ";q=0.9", many},
	} {
		headers := []string{"Content-Type", one}
		for line := range strings.SplitSeq(tt.accept, "|") {
			headers = append(headers, "Accept", line)
		}
		if got := s.do("POST", "/events", event, headers...); got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Content-Type"), tt.want) {
			t.Errorf("%q: got %d %s", tt.accept, got.status, got.header)
		}
	}
	for accept, status := range map[string]int{
		"": 200, "*/*": 200, "application/*": 200, many: 200, "text/plain|" + many: 200, many + ";q=0.1, text/plain": 200, "garbage": 200,
		one: 406, "text/plain": 406, many + ";q=0": 406, many + ";q=0, */*": 406, "*/*|" + many + ";q=0.0": 406, "*/*;q=0": 406,
		"application/*;q=0|*/*": 406,
	} {
		headers := []string{"Content-Type", many}
		for line := range strings.SplitSeq(accept, "|") {
			headers = append(headers, "Accept", line)
		}
		if got := s.do("POST", "/events", "["+event+"]", headers...); got.status != status {
			t.Errorf("%q: got %d %s", accept, got.status, got.body)
		}
	}
}
