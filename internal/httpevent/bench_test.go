package httpevent_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/homing-dev/homing/internal/httpevent"
)

// warm is the event of a usual call and one with a body of 1 MiB.
func warm(b *testing.B) map[string][]byte {
	b.Helper()
	usual := golden(b, "httpapi.json")
	large := format2(b, map[string]any{"body": strings.Repeat(`{"a":"0123456789"},`, 1<<20/19)})
	return map[string][]byte{"usual": usual, "1MiB": large}
}

// BenchmarkBare is a handler with the types of aws-lambda-go: what the
// benchmarks below are measured against. It does not even create a request.
func BenchmarkBare(b *testing.B) {
	for name, payload := range warm(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			for b.Loop() {
				var event events.APIGatewayV2HTTPRequest
				if err := json.Unmarshal(payload, &event); err != nil {
					b.Fatal(err)
				}
				_, err := json.Marshal(events.APIGatewayV2HTTPResponse{
					StatusCode: 200, Headers: map[string]string{"Content-Type": "application/json"}, Body: event.Body,
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkServe(b *testing.B) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.Copy(w, r.Body)
	})
	for name, payload := range warm(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			for b.Loop() {
				ev, err := httpevent.Decode(payload)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := httpevent.Serve(ev.Source, handler, ev.Request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for name, payload := range warm(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := httpevent.Decode(payload); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDetect(b *testing.B) {
	for name, payload := range warm(b) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(payload)))
			b.ReportAllocs()
			for b.Loop() {
				if httpevent.Detect(payload) != httpevent.HTTPAPI {
					b.Fatal("not detected")
				}
			}
		})
	}
}
