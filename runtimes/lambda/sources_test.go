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

func TestLinksLeadBackThroughStageAndMapping(t *testing.T) {
	t.Parallel()
	v1 := func(resource, path, outward string) string {
		return `{"httpMethod":"POST","resource":"` + resource + `","path":"` + path + `","pathParameters":{"proxy":"letters"},"headers":` +
			`{"Prefer":"respond-async"},"requestContext":{"path":"` + outward + `","stage":"prod","httpMethod":"POST"},"body":"-"}`
	}
	v2 := func(routeKey, path, stage string) string {
		return `{"version":"2.0","routeKey":"` + routeKey + `","rawPath":"` + path + `","pathParameters":{"proxy":"letters"},"headers":` +
			`{"prefer":"respond-async"},"requestContext":{"http":{"method":"POST","path":"` + path + `"},"stage":"` + stage + `"},"body":"-"}`
	}
	for name, tt := range map[string]struct{ configured, event, base string }{
		"REST, its stage":              {"", v1("/{proxy+}", "/letters", "/prod/letters"), "/prod"},
		"REST, mapped":                 {"", v1("/{proxy+}", "/shop/letters", "/shop/letters"), "/shop"},
		"REST, behind a proxy":         {"/", v1("/{proxy+}", "/letters", "/prod/letters"), ""},
		"HTTP API, $default":           {"", v2("$default", "/letters", "$default"), ""},
		"HTTP API, its stage":          {"", v2("$default", "/dev/letters", "dev"), "/dev"},
		"HTTP API, mapped":             {"", v2("ANY /{proxy+}", "/shop/letters", "$default"), "/shop"},
		"HTTP API, mapped to $default": {"/shop", v2("$default", "/shop/letters", "$default"), "/shop"},
		"HTTP API, stage and base":     {"/dev/shop", v2("$default", "/dev/shop/letters", "dev"), "/dev/shop"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud()
			s := c.deploy(t, "self", env{}.with("HOMING_BASE_PATH", tt.configured), newStore(), letters())
			payload, err := s.Invoke(t.Context(), []byte(tt.event))
			if err != nil {
				t.Fatal(err)
			}
			got, err := httpevent.DecodeResponse(payload, httpevent.Detect([]byte(tt.event)))
			if at := got.Header.Get("Location"); err != nil || got.Status != http.StatusAccepted || !strings.HasPrefix(at, tt.base+"/requests/") {
				t.Errorf("%v: got %d, Location %q, want it below %q: %s", err, got.Status, at, tt.base, got.Body)
			}
		})
	}
}
