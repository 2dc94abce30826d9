package cloudevents_test

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	sdk "github.com/cloudevents/sdk-go/v2/binding"
	sdkhttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// kilobyte is JSON of about 1 KB.
var kilobyte = []byte(`{"items":["` + strings.Repeat("0123456789", 100) + `"]}`)

func benchHeader() http.Header {
	return header(
		"ce-id", "0198c0de-0000-7000-8000-000000000001",
		"ce-source", "/orders/eu",
		"ce-type", "com.example.order.placed",
		"ce-subject", "order-17",
		"ce-time", "2026-11-22T16:26:00.123456789Z",
		"ce-correlationid", "0198c0de-0000-7000-8000-000000000001",
		"ce-traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
		"content-type", "application/json",
	)
}

// discard is a ResponseWriter that costs nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header       { return d.header }
func (*discard) Write(b []byte) (int, error) { return len(b), nil }
func (*discard) WriteHeader(int)             {}

func echoHoming(h http.Header, body []byte, mode cloudevents.Mode) error {
	ev, err := cloudevents.Read(h, body)
	if err != nil {
		return err
	}
	w := &discard{header: http.Header{}}
	out, err := cloudevents.Write(w.Header(), ev, mode)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(out)))
	w.WriteHeader(http.StatusOK)
	_, err = w.Write(out)
	return err
}

func echoSDK(b *testing.B, h http.Header, body []byte, mode cloudevents.Mode) error {
	b.Helper()
	message := sdkhttp.NewMessage(h, io.NopCloser(bytes.NewReader(body)))
	ev, err := sdk.ToEvent(b.Context(), message)
	if err != nil {
		return err
	}
	ctx := sdk.WithForceBinary(b.Context())
	if mode == cloudevents.Structured {
		ctx = sdk.WithForceStructured(b.Context())
	}
	return sdkhttp.WriteResponseWriter(ctx, (*sdk.EventMessage)(ev), http.StatusOK, &discard{header: http.Header{}})
}

func structuredBody(tb testing.TB, h http.Header, data []byte) []byte {
	tb.Helper()
	ev, err := cloudevents.Read(h, data)
	if err != nil {
		tb.Fatal(err)
	}
	body, err := cloudevents.AppendStructured(nil, ev)
	if err != nil {
		tb.Fatal(err)
	}
	return body
}

// BenchmarkBinding reads an event with 1 KB of JSON and writes it again in the
// same mode, by this package and by the SDK.
func BenchmarkBinding(b *testing.B) {
	cases := []struct {
		name   string
		mode   cloudevents.Mode
		header http.Header
		body   []byte
	}{
		{"binary", cloudevents.Binary, benchHeader(), kilobyte},
		{"structured", cloudevents.Structured, structured(), structuredBody(b, benchHeader(), kilobyte)},
	}
	for _, c := range cases {
		b.Run(c.name+"/homing", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := echoHoming(c.header, c.body, c.mode); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(c.name+"/sdk", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := echoSDK(b, c.header, c.body, c.mode); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The goal of this package is at most half of the SDK's allocations.
func TestBindingAllocatesAtMostHalfOfTheSDK(t *testing.T) { //nolint:paralleltest // AllocsPerRun counts all goroutines
	h := benchHeader()
	ours := testing.AllocsPerRun(100, func() {
		if err := echoHoming(h, kilobyte, cloudevents.Binary); err != nil {
			t.Error(err)
		}
	})
	theirs := testing.AllocsPerRun(100, func() {
		ev, err := sdk.ToEvent(t.Context(), sdkhttp.NewMessage(h, io.NopCloser(bytes.NewReader(kilobyte))))
		if err != nil {
			t.Error(err)
			return
		}
		w := &discard{header: http.Header{}}
		if err := sdkhttp.WriteResponseWriter(t.Context(), (*sdk.EventMessage)(ev), http.StatusOK, w); err != nil {
			t.Error(err)
		}
	})
	if ours > theirs/2 {
		t.Errorf("%v allocations per event, the SDK makes %v", ours, theirs)
	}
}
