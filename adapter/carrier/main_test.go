package carrier_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

// remote serves a step, and gives its URL.
func remote(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

func client(t *testing.T, o carrier.Options) *carrier.Client {
	t.Helper()
	c := carrier.NewClient(o)
	t.Cleanup(c.Close)
	return c
}

// deadline of the events of these tests.
func deadline() time.Time { return time.Date(2100, time.May, 17, 11, 0, 0, 123_456_789, time.UTC) }

// request is an event as an adapter makes it, and its id.
func request() (event.Event, reply.ID) {
	id := reply.NewID(time.Now(), 7)
	subject, contentType := "/orders/ü", "application/json"
	return event.Event{
		Context: &event.EventContextV1{
			ID: id.String(), Source: types.URIRef{URL: url.URL{Path: "/chains/orders"}}, Type: "homing.orders",
			Subject: &subject, DataContentType: &contentType,
			Extensions: map[string]any{
				functions.AttrCorrelationID: id.String(),
				functions.AttrExpiryTime:    deadline().Format(time.RFC3339Nano),
				functions.AttrHTTPQuery:     "a=1&b=%20",
			},
		},
		DataEncoded: []byte(`{"n":1}`),
	}, id
}

// answer is how a step of these tests answers.
func answer(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

// binary are the headers of an event in binary mode.
func binary(more ...string) []string {
	return append([]string{
		"Ce-Specversion", "1.0", "Ce-Id", "done", "Ce-Source", "/step", "Ce-Type", "t", "Content-Type", "application/json",
	}, more...)
}

const (
	problemType    = functions.ProblemContentType
	structuredType = "application/cloudevents+json"
)

// chain has the steps a and b.
func chain() functions.Chain {
	return functions.Chain{Name: "orders", Steps: []functions.Step{{Name: "a"}, {Name: "b"}}}
}
