package httpevent_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

func stream(t testing.TB, source httpevent.Source, handler http.HandlerFunc) *httpevent.StreamReader {
	t.Helper()
	s := httpevent.Stream(t.Context(), source, handler, request("GET"))
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestStreamIsWhatTheTypesOfTheSDKWrite(t *testing.T) {
	t.Parallel()
	handler := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "body")
	}
	for source, sdk := range map[httpevent.Source]interface {
		io.Reader
		ContentType() string
	}{
		httpevent.URL: &events.LambdaFunctionURLStreamingResponse{
			StatusCode: 202, Headers: map[string]string{"Content-Type": "text/plain"}, Cookies: []string{"a=1", "b=2"}, Body: strings.NewReader("body"),
		},
		httpevent.REST: &events.APIGatewayProxyStreamingResponse{
			StatusCode: 202, MultiValueHeaders: map[string][]string{"Content-Type": {"text/plain"}, "Set-Cookie": {"a=1", "b=2"}},
			Body: strings.NewReader("body"),
		},
	} {
		want, err := io.ReadAll(sdk)
		if err != nil {
			t.Fatal(err)
		}
		s := stream(t, source, handler)
		got, err := io.ReadAll(s)
		if err != nil || !bytes.Equal(got, want) || s.ContentType() != sdk.ContentType() {
			t.Errorf("%s: got %q, %v\nwant %q", source, got, err, want)
		}
		if _, err := json.Marshal(s); err == nil {
			t.Error("it is JSON, and would be sent as that")
		}
	}
}

func TestStreamWithoutBodyHasItsPrelude(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"nothing":   func(http.ResponseWriter, *http.Request) {},
		"flushed":   func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush() },
		"no writes": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) },
	} {
		got, err := io.ReadAll(stream(t, httpevent.URL, handler))
		if want := `{"statusCode":200,"headers":{}}` + strings.Repeat("\x00", 8); err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestStreamSendsWhatIsFlushedAtOnce(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	s := stream(t, httpevent.REST, func(w http.ResponseWriter, _ *http.Request) {
		for _, part := range []string{"one", "two", "three"} {
			_, _ = io.WriteString(w, part)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			<-next
		}
	})
	answer, body, err := httpevent.DecodeStream(s, httpevent.REST)
	if err != nil || answer.Status != 200 || answer.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Fatalf("got %+v, %v", answer, err)
	}
	buffer := make([]byte, 100)
	for _, want := range []string{"one", "two", "three"} { // each while the handler waits
		n, err := body.Read(buffer)
		if err != nil || string(buffer[:n]) != want {
			t.Errorf("got %q, %v, want %q", buffer[:n], err, want)
		}
		next <- struct{}{}
	}
	if n, err := body.Read(buffer); n != 0 || !errors.Is(err, io.EOF) || s.Err() != nil {
		t.Errorf("got %d, %v, %v", n, err, s.Err())
	}
}

func TestStreamGathersSmallWritesAndPassesLargeOnesOn(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 100_000)
	s := stream(t, httpevent.URL, func(w http.ResponseWriter, _ *http.Request) {
		for range 5000 {
			_, _ = io.WriteString(w, "ab")
		}
		_, _ = io.WriteString(w, large)
		_, _ = io.WriteString(w, "end")
	})
	_, body, err := httpevent.DecodeStream(s, httpevent.URL)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(body); err != nil || string(got) != strings.Repeat("ab", 5000)+large+"end" {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

func TestStreamPanicBeforeTheStartIsAProblem(t *testing.T) {
	t.Parallel()
	s := stream(t, httpevent.URL, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Early", "1")
		_, _ = io.WriteString(w, "not sent yet")
		panic("secret")
	})
	answer, body, err := httpevent.DecodeStream(s, httpevent.URL)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	if err != nil || answer.Status != 500 || answer.Header.Get("Content-Type") != functions.ProblemContentType || answer.Header.Get("X-Early") != "" {
		t.Errorf("got %+v %s, %v", answer, text, err)
	}
	var doc functions.Problem
	if err := json.Unmarshal(text, &doc); err != nil || doc.Status != 500 || strings.Contains(string(text), "secret") {
		t.Errorf("got %s, %v", text, err)
	}
	if s.Err() == nil || s.Err().Error() != "the handler panicked: secret" {
		t.Errorf("the log hears %v", s.Err())
	}
}

func TestStreamPanicAfterTheStartEndsItWithAnError(t *testing.T) {
	t.Parallel()
	s := stream(t, httpevent.URL, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	got, err := io.ReadAll(s)
	if !bytes.HasSuffix(got, []byte("half")) || !errors.Is(err, http.ErrAbortHandler) || !errors.Is(s.Err(), http.ErrAbortHandler) {
		t.Errorf("got %q, %v, %v", got, err, s.Err())
	}
}

func TestStreamWhoseReaderIsClosedEndsItsHandler(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(s *httpevent.StreamReader, cancel context.CancelFunc){
		"closed":        func(s *httpevent.StreamReader, _ context.CancelFunc) { _ = s.Close() },
		"context ended": func(_ *httpevent.StreamReader, cancel context.CancelFunc) { cancel() },
	} {
		for kind, work := range map[string]func(w http.ResponseWriter, r *http.Request) error{
			"waits": func(_ http.ResponseWriter, r *http.Request) error {
				<-r.Context().Done()
				return r.Context().Err()
			},
			"writes": func(w http.ResponseWriter, _ *http.Request) error {
				for {
					if _, err := w.Write(make([]byte, 1000)); err != nil {
						return err
					}
				}
			},
			"flushes": func(w http.ResponseWriter, _ *http.Request) error {
				for {
					_, _ = w.Write([]byte("x"))
					if err := http.NewResponseController(w).Flush(); err != nil {
						return err
					}
				}
			},
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				ended := make(chan error, 1)
				s := httpevent.Stream(ctx, httpevent.URL, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.(http.Flusher).Flush()
					ended <- work(w, r)
				}), request("GET"))
				if _, err := s.Read(make([]byte, 10)); err != nil { // it has started
					t.Fatal(err)
				}
				end(s, cancel)
				if err := <-ended; err == nil {
					t.Error("nothing failed")
				}
				if _, err := io.Copy(io.Discard, s); err == nil {
					t.Error("the answer seems whole")
				}
			})
		}
	}
}

func TestPreludeThatIsNoneIsAnError(t *testing.T) {
	t.Parallel()
	zeros := strings.Repeat("\x00", 8)
	for name, tt := range map[string]struct{ text, want string }{
		"empty":        {"", "it ends after 0 bytes without 8 zero bytes"},
		"no zeros":     {`{"statusCode":200}`, "it ends after 18 bytes"},
		"seven zeros":  {`{}` + zeros[1:] + "x", "it is followed by 7 zero bytes, not 8"},
		"no JSON":      {"hi" + zeros, "is not a JSON object"},
		"no object":    {"[]" + zeros, "is not a JSON object"},
		"wrong status": {`{"statusCode":99}` + zeros, `"99" is not from 200 to 599`},
		"no UTF-8":     {"\xff" + zeros, "is not UTF-8"},
		"too large":    {`{"a":"` + strings.Repeat("x", 100_000), "it is larger than 65536 bytes"},
	} {
		_, _, err := httpevent.DecodeStream(strings.NewReader(tt.text), httpevent.URL)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	answer, body, err := httpevent.DecodeStream(strings.NewReader(`{"headers":{"a":"b"},"cookies":["c=1"]}`+zeros+"\x00\x00x"), httpevent.URL)
	if err != nil || answer.Status != 200 || answer.Header.Get("A") != "b" || answer.Header.Get("Set-Cookie") != "c=1" {
		t.Fatalf("got %+v, %v", answer, err)
	}
	if got, err := io.ReadAll(body); err != nil || string(got) != "\x00\x00x" {
		t.Errorf("got %q, %v", got, err)
	}
}
