package lambda_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/coding"
	"github.com/homing-dev/homing/internal/httpevent"
)

func gzipped(t *testing.T, text string) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func echo(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }

func TestACodedRequestOfEverySourceIsDecoded(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}, newStore(), single("echo", echo))
	for _, source := range sources() {
		for name, tt := range map[string]struct {
			body, coding string
			status       int
		}{
			"gzip":    {gzipped(t, "ü"), "gzip", http.StatusOK},
			"twice":   {gzipped(t, gzipped(t, "ü")), "gzip, x-gzip", http.StatusOK},
			"broken":  {"ü", "gzip", http.StatusBadRequest},
			"unknown": {"ü", "lzma", http.StatusUnsupportedMediaType},
			"bomb":    {gzipped(t, strings.Repeat("x", 11<<20)), "gzip", http.StatusRequestEntityTooLarge},
		} {
			payload, err := s.Invoke(t.Context(), post(t, source, "/echo", tt.body, "Content-Type", "text/plain", "Content-Encoding", tt.coding))
			if err != nil {
				t.Fatal(err)
			}
			got, err := httpevent.DecodeResponse(payload, source)
			if err != nil || got.Status != tt.status || tt.status == http.StatusOK && string(got.Body) != "ü" {
				t.Errorf("%s, %s: %v, %d %s", source, name, err, got.Status, got.Body)
			}
			if (got.Header.Get("Accept-Encoding") != "") != (tt.status == http.StatusUnsupportedMediaType) {
				t.Errorf("%s, %s: %v", source, name, got.Header)
			}
		}
	}
}

// A compressed answer is in base64, whatever its type. A REST API would not
// decode that.
func TestAnAnswerToEverySourceIsCompressed(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}.with("HOMING_STREAM", "url,rest"), newStore(), single("echo", echo))
	off := newCloud().deploy(t, "self", env{}.with("HOMING_COMPRESS", "false"), newStore(), single("echo", echo))
	text := strings.Repeat(`{"name":"Homing"}`, 1000)
	for _, source := range sources() {
		request := post(t, source, "/echo", text, "Content-Type", "application/json", "Accept-Encoding", "gzip, deflate, br")
		payload, err := s.Invoke(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		want := "gzip"
		if source == httpevent.REST {
			want = ""
		}
		var raw struct{ IsBase64Encoded bool }
		got, err := httpevent.DecodeResponse(payload, source)
		if uerr := json.Unmarshal(payload, &raw); err != nil || uerr != nil || raw.IsBase64Encoded != (want != "") {
			t.Fatalf("%s: %v, %v, %.200s", source, err, uerr, payload)
		}
		isText(t, source, got.Header, got.Body, want, text)
		if source == httpevent.URL || source == httpevent.REST {
			stream, err := s.InvokeStream(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			answer, body, err := httpevent.DecodeStream(stream, source)
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(body)
			if err != nil {
				t.Fatal(err)
			}
			isText(t, source, answer.Header, data, want, text)
		}
		if payload, err = off.Invoke(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		if got, err = httpevent.DecodeResponse(payload, source); err != nil {
			t.Fatal(err)
		}
		isText(t, source, got.Header, got.Body, "", text)
	}
}

func isText(t *testing.T, source httpevent.Source, h http.Header, body []byte, want, text string) {
	t.Helper()
	names, err := coding.Of(h)
	if err != nil || h.Get("Content-Encoding") != want {
		t.Errorf("%s: %v, %v", source, err, h)
	}
	data := body
	if want != "" {
		if data, err = coding.Undo(bytes.NewReader(body), names, 1<<20); err != nil {
			t.Error(err)
		}
	}
	if string(data) != text {
		t.Errorf("%s: got %d bytes", source, len(data))
	}
}

// What is too large for Lambda as it is may be small enough compressed.
func TestALargeAnswerFitsCompressed(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("Homing ", 1<<20)
	s := newCloud().deploy(t, "self", env{}, newStore(), single("large", func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = []byte(text)
		return &in, nil
	}))
	for accepted, status := range map[string]int{"identity": http.StatusInternalServerError, "br": http.StatusOK} {
		if got := call(t, s, "/large", "x", "Content-Type", "text/plain", "Accept-Encoding", accepted); got.Status != status {
			t.Errorf("%s: got %d %.200s", accepted, got.Status, got.Body)
		}
	}
}
