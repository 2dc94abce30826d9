package lambda_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpevent"
)

// sources are all that send HTTP events.
func sources() []httpevent.Source {
	return []httpevent.Source{
		httpevent.HTTPAPI, httpevent.HTTPAPIv1, httpevent.REST, httpevent.URL, httpevent.ALB, httpevent.ALBMulti,
	}
}

// invoke has a function answer the request of a source.
func invoke(t *testing.T, s interface {
	Invoke(ctx context.Context, payload []byte) ([]byte, error)
}, source httpevent.Source, path string, headers ...string,
) httpevent.Answer {
	t.Helper()
	payload, err := s.Invoke(t.Context(), post(t, source, path, "-", headers...))
	if err != nil {
		t.Fatal(err)
	}
	got, err := httpevent.DecodeResponse(payload, source)
	if err != nil {
		t.Fatalf("%v: %s", err, payload)
	}
	return got
}

// reporting is a chain whose function replies with what it sees of the request.
func reporting(path string) functions.Chain {
	c := single("reporting", func(_ context.Context, in event.Event) (*event.Event, error) {
		out := in.Clone()
		text := func(name string) string { return functions.Attribute(in, name) }
		return &out, out.SetData("text/plain", text("httppath")+"|"+text("httpquery")+"|"+text("httpcookie")+"|"+text("httpxlist"))
	})
	c.Path, c.Headers = path, []string{"Cookie", "X-List"}
	return c
}

func TestPathsOfEverySourceAreTakenByteForByte(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}, newStore(), reporting("/files/{rest...}"))
	for path, want := range map[string]string{
		"/files/a//b": "/files/a//b", "/files/../a": "/files/../a", "/files/./a/": "/files/./a/", "/files//": "/files//",
		"/files/caf%C3%A9": "/files/caf%C3%A9", "/files/a%20b": "/files/a%20b", "/files/a%2Fb": "/files/a%2Fb",
		"//files/a": "", "/x/../files/a": "", "/files": "",
	} {
		for _, source := range sources() {
			got := invoke(t, s, source, path)
			want := want
			if source == httpevent.HTTPAPI || source == httpevent.HTTPAPIv1 { // what they decode is lost
				want = strings.ReplaceAll(want, "%2F", "/")
			}
			if want == "" {
				problemOf(t, got, http.StatusNotFound)
			} else if got.Status != http.StatusOK || string(got.Body) != want+"|||" {
				t.Errorf("%s, %s: got %d %s", source, path, got.Status, got.Body)
			}
		}
	}
}

func TestAQueryThatCannotBeParsedIs400FromEverySource(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}, newStore(), reporting("/q"))
	for _, query := range []string{"a=%zz&c=3", "a=1;b=2&c=3", "%", "a=%ff", strings.Repeat("a&", 10_001)} {
		for _, source := range []httpevent.Source{httpevent.HTTPAPI, httpevent.URL, httpevent.ALBMulti} {
			if p := problemOf(t, invoke(t, s, source, "/q?"+query), http.StatusBadRequest); !strings.Contains(p.Detail, "query") {
				t.Errorf("%s: %s", source, p.Detail)
			}
		}
	}
	for _, source := range sources() { // API Gateway has decoded what these two have in parts: nothing is invalid any more
		got := invoke(t, s, source, "/q?a=100%25zz&b=1%3B2")
		if got.Status != http.StatusOK || len(strings.Split(string(got.Body), "&")) != 2 {
			t.Errorf("%s: got %d %s", source, got.Status, got.Body)
		}
	}
}

func TestCookiesOfEverySourceAreOneLine(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}, newStore(), reporting("/c"))
	for _, source := range sources() {
		got := invoke(t, s, source, "/c", "Cookie", "a=1; b=2", "Cookie", "c=3", "X-List", "a", "X-List", "b")
		want := "/c||a=1; b=2; c=3|a, b"
		switch source { //nolint:exhaustive // the others keep them apart
		case httpevent.HTTPAPI, httpevent.URL: // joined by the service
			want = "/c||a=1; b=2; c=3|a,b"
		case httpevent.ALB: // keeps the last
			want = "/c||c=3|b"
		}
		if string(got.Body) != want {
			t.Errorf("%s: got %s, want %s", source, got.Body, want)
		}
	}
}
