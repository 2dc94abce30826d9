package gateway_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/httpevent"
)

// sources are all the sources of events.
func sources() []httpevent.Source {
	return []httpevent.Source{
		httpevent.HTTPAPI, httpevent.HTTPAPIv1, httpevent.REST, httpevent.URL, httpevent.ALB, httpevent.ALBMulti,
	}
}

// golden reads a file of testdata.
func golden(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func newRequest(method, target string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	r.Host = "shop.example.com"
	return r
}

func TestGoldenRequestsBecomeEvents(t *testing.T) {
	t.Parallel()
	for _, source := range sources() {
		t.Run(source.String(), func(t *testing.T) {
			t.Parallel()
			r := newRequest(http.MethodPost, "/a%2Fb/50%25?q=a%20b&q=c&flag")
			r.Header = http.Header{
				"Accept": {"text/html", "*/*"}, "Cookie": {"a=1; b=2"}, "Content-Type": {"application/x-www-form-urlencoded"},
				"Connection": {"close"}, "User-Agent": {"test/1"}, "X-Forwarded-For": {"10.0.0.1"},
			}
			before := r.Header.Clone()
			got, err := gateway.Encode(r, []byte("x=<1>"), gateway.EncodeOptions{
				Source: source, Stage: "dev", RequestID: "RQ-1", SourceIP: "192.0.2.1", Now: time.UnixMilli(1784887872123),
				RouteKey:       map[httpevent.Source]string{httpevent.HTTPAPI: "POST /{proxy+}", httpevent.HTTPAPIv1: "POST /{proxy+}"}[source],
				PathParameters: map[string]string{"proxy": "x"}, StageVariables: map[string]string{"v": "1"},
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(parsed(t, golden(t, source.String()+".json")), parsed(t, got)); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, got)
			}
			if diff := cmp.Diff(before, r.Header); diff != "" {
				t.Errorf("the request was changed:\n%s", diff)
			}
			if strings.Contains(string(got), `\u003c`) {
				t.Errorf("HTML is escaped: %s", got)
			}
			knownToTheSDK(t, source, got)
		})
	}
}

func parsed(t testing.TB, data []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	return v
}

// knownToTheSDK holds that the event has no field that the type of
// aws-lambda-go does not have.
func knownToTheSDK(t testing.TB, source httpevent.Source, payload []byte) {
	t.Helper()
	var event any
	switch source {
	case httpevent.HTTPAPI, httpevent.URL: // the type of a function URL's lacks the route key that its events have
		event = new(events.APIGatewayV2HTTPRequest)
	case httpevent.HTTPAPIv1, httpevent.REST:
		event = &struct {
			events.APIGatewayProxyRequest

			Version string `json:"version"` // only those of HTTP APIs have it
		}{}
	case httpevent.ALB, httpevent.ALBMulti:
		event = new(events.ALBTargetGroupRequest)
	case httpevent.None:
		t.Fatal("no source")
	}
	dec := json.NewDecoder(strings.NewReader(string(payload)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(event); err != nil {
		t.Errorf("%v\n%s", err, payload)
	}
}

func TestEncodeFillsInWhatIsNotGiven(t *testing.T) {
	t.Parallel()
	for _, source := range sources() {
		r := newRequest(http.MethodGet, "/x")
		r.Header, r.Proto = nil, ""
		payload, err := gateway.Encode(r, nil, gateway.EncodeOptions{Source: source})
		if err != nil {
			t.Fatal(err)
		}
		ev, err := httpevent.Decode(payload)
		if err != nil || ev.Source != source || ev.Request.RequestURI != "/x" || ev.Request.Body != http.NoBody || ev.Request.Proto != "HTTP/1.1" {
			t.Errorf("%s: got %+v, %v\n%s", source, ev.Request, err, payload)
		}
		if len(ev.Request.Header) != 0 || ev.Request.RemoteAddr != "0.0.0.0:0" {
			t.Errorf("%s: made up %v, %s", source, ev.Request.Header, ev.Request.RemoteAddr)
		}
	}
	if _, err := gateway.Encode(newRequest(http.MethodGet, "/"), nil, gateway.EncodeOptions{}); err == nil {
		t.Error("an event of no source was made")
	}
}

func TestEncodeTellsTextFromOtherBodies(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		contentType, encoding, body string
		text                        bool
	}{
		{"text/plain; charset=utf-8", "", "ü", true},
		{"application/json", "", "{}", true},
		{"Application/XML", "", "<a/>", true},
		{"application/x-www-form-urlencoded", "", "a=1", false},
		{"", "", "a", false},
		{"text/plain", "gzip", "a", false},
		{"text/plain", "", "\xff", false},
		{"image/png", "", "", true},
	} {
		r := newRequest(http.MethodPost, "/")
		r.Header.Set("Content-Type", tt.contentType)
		r.Header.Set("Content-Encoding", tt.encoding)
		payload, err := gateway.Encode(r, []byte(tt.body), gateway.EncodeOptions{Source: httpevent.HTTPAPI})
		if err != nil {
			t.Fatal(err)
		}
		var event struct{ IsBase64Encoded bool }
		if err := json.Unmarshal(payload, &event); err != nil || event.IsBase64Encoded == tt.text {
			t.Errorf("%+v: %v\n%s", tt, err, payload)
		}
		ev, err := httpevent.Decode(payload)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(ev.Request.Body); err != nil || string(got) != tt.body {
			t.Errorf("%+v: got %q, %v", tt, got, err)
		}
	}
}
