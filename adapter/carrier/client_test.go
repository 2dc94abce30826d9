package carrier_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

func TestSendPostsTheEventInBinaryMode(t *testing.T) {
	t.Parallel()
	in, id := request()
	got := make(chan *http.Request, 1)
	url := remote(t, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		ev, rerr := cloudevents.Read(r.Header, body)
		if err := errors.Join(err, rerr); err != nil || ev.ID() != id.String() || ev.Subject() != "/orders/ü" ||
			string(ev.DataEncoded) != `{"n":1}` || functions.Query(ev).Get("b") != " " {
			t.Errorf("the step got %v, %v", ev, err)
		}
		got <- r
		w.WriteHeader(http.StatusNoContent)
	})
	if out, err := client(t, carrier.Options{}).Send(t.Context(), url, in); out != nil || err != nil {
		t.Fatal(out, err)
	}
	r := <-got
	if r.Method != http.MethodPost || r.Header.Get("Prefer") != "reply" || r.ContentLength != int64(len(in.DataEncoded)) ||
		r.Header.Get("Accept-Encoding") != "" {
		t.Errorf("%s, %d bytes, %v", r.Method, r.ContentLength, r.Header)
	}
}

func TestSendReadsASuccess(t *testing.T) {
	t.Parallel()
	const structured = `{"specversion":"1.0","id":"done","source":"/step","type":"t","replytoken":"x","data":{"n":2}}`
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		data   string // "" if there is no event
		err    error
	}{
		"binary":             {answer(200, `{"n":2}`, binary()...), `{"n":2}`, nil},
		"structured":         {answer(200, structured, "Content-Type", structuredType+"; charset=utf-8"), `{"n":2}`, nil},
		"created":            {answer(201, `{"n":2}`, binary()...), `{"n":2}`, nil},
		"without an event":   {answer(200, ""), "", nil},
		"created nothing":    {answer(201, ""), "", nil},
		"dropped":            {answer(204, ""), "", nil},
		"dropped with attrs": {answer(204, "", binary()...), "", nil},
		"accepted":           {answer(202, ""), "", carrier.ErrAccepted},
		"accepted with text": {answer(202, "fine", "Content-Type", "text/plain"), "", carrier.ErrAccepted},
		"routing attributes": {answer(200, `{"n":2}`,
			binary("Ce-Routingslip", "orders.b,", "Ce-Replyto", "http://x/", "Ce-Replytoken", "secret")...), `{"n":2}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, _ := request()
			out, err := client(t, carrier.Options{}).Send(t.Context(), remote(t, tt.answer), in)
			if !errors.Is(err, tt.err) || (out == nil) != (tt.data == "") {
				t.Fatal(out, err)
			}
			if out == nil {
				return
			}
			if string(out.DataEncoded) != tt.data || out.ID() != "done" {
				t.Errorf("got %v", out)
			}
			for _, attr := range []string{functions.AttrReplyToken, functions.AttrReplyTo, functions.AttrRoutingSlip} {
				if _, there := out.Extensions()[attr]; there {
					t.Errorf("attribute %s came back", attr)
				}
			}
		})
	}
}

// failure checks that err is a problem and says what a retry policy asks.
func failure(t *testing.T, err error, status int, temporary bool) *functions.Error {
	t.Helper()
	var own *functions.Error
	var again interface{ Temporary() bool }
	if !errors.As(err, &own) || !errors.As(err, &again) {
		t.Fatalf("got %v, which is no problem", err)
	}
	if own.StatusCode() != status || again.Temporary() != temporary {
		t.Fatalf("got %d, temporary %v, want %d, %v: %v", own.StatusCode(), again.Temporary(), status, temporary, err)
	}
	if own.Detail == "" || err.Error() == "" {
		t.Errorf("the problem %+v does not say what happened", own.Problem)
	}
	return own
}

func TestSendTellsWhatAStepRefused(t *testing.T) {
	t.Parallel()
	doc := func(status int, body string) http.HandlerFunc {
		return answer(status, body, "Content-Type", problemType)
	}
	for name, tt := range map[string]struct {
		answer    http.HandlerFunc
		status    int
		temporary bool
		detail    string
	}{
		"redirect":            {answer(302, "", "Location", "/elsewhere"), 502, false, "302"},
		"redirect, problem":   {doc(301, `{"title":"x","status":301,"detail":"mine"}`), 502, false, "301"},
		"not modified":        {answer(304, ""), 502, false, "304"},
		"status of nobody":    {answer(999, ""), 502, true, "999"},
		"bad request":         {answer(400, "nope", "Content-Type", "text/plain"), 400, false, "400 Bad Request"},
		"not found":           {answer(404, ""), 404, true, "404"},
		"timeout":             {answer(408, ""), 408, true, "408"},
		"conflict":            {answer(409, ""), 409, true, "409"},
		"gone":                {answer(410, ""), 410, false, "410"},
		"too many":            {answer(429, ""), 429, true, "429"},
		"server error":        {answer(500, "<html>"), 500, true, "500"},
		"unavailable":         {answer(503, ""), 503, true, "503"},
		"problem":             {doc(422, `{"title":"Wrong","status":422,"detail":"mine"}`), 422, false, "mine"},
		"problem with a mark": {doc(422, "\ufeff"+`{"title":"Wrong","status":422,"detail":"mine"}`), 422, false, "mine"},
		"problem, parameters": {
			answer(422, `{"title":"Wrong","status":422,"detail":"mine"}`, "Content-Type", problemType+"; charset=utf-8"), 422, false, "mine",
		},
		"problem of a vertex":  {doc(503, `{"title":"Wrong","status":503,"detail":"mine","step":"a"}`), 503, false, "mine"},
		"problem of a peer":    {doc(503, `{"title":"Wrong","status":503,"detail":"mine"}`), 503, true, "mine"},
		"problem, no status":   {doc(503, `{"title":"Wrong","detail":"mine"}`), 503, true, "mine"},
		"problem, another one": {doc(503, `{"title":"Wrong","status":400,"detail":"mine"}`), 503, true, "the step answered 503"},
		"problem, no JSON":     {doc(503, `{"title":`), 503, true, "the step answered 503"},
		"problem, wrong type":  {doc(503, `{"status":"503"}`), 503, true, "the step answered 503"},
		"problem, no media":    {answer(503, `{"status":503,"detail":"mine"}`, "Content-Type", ";"), 503, true, "the step answered 503"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, _ := request()
			out, err := client(t, carrier.Options{}).Send(t.Context(), remote(t, tt.answer), in)
			own := failure(t, err, tt.status, tt.temporary)
			if out != nil || !strings.Contains(own.Detail, tt.detail) {
				t.Errorf("got %v, detail %q", out, own.Detail)
			}
		})
	}
}

func TestSendDoesNotFollowARedirect(t *testing.T) {
	t.Parallel()
	url := remote(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/elsewhere" {
			t.Error("the event travelled on")
		}
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	in, _ := request()
	_, err := client(t, carrier.Options{}).Send(t.Context(), url, in)
	failure(t, err, http.StatusBadGateway, false)
}

func TestSendTellsNonsense(t *testing.T) {
	t.Parallel()
	for name, h := range map[string]http.HandlerFunc{
		"text":                answer(200, "fine", "Content-Type", "text/plain"),
		"JSON":                answer(200, `{}`, "Content-Type", "application/json"),
		"incomplete event":    answer(200, `{}`, "Ce-Specversion", "1.0", "Ce-Id", "1"),
		"another version":     answer(200, `{}`, binary("Ce-Specversion", "0.3")...),
		"no structured event": answer(200, `{}`, "Content-Type", structuredType),
		"cut structured":      answer(200, `{"specversion":"1.0"`, "Content-Type", structuredType),
		"batch":               answer(200, `[]`, "Content-Type", "application/cloudevents-batch+json"),
		"unknown format":      answer(200, `x`, "Content-Type", "application/cloudevents+avro"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, _ := request()
			_, err := client(t, carrier.Options{}).Send(t.Context(), remote(t, h), in)
			if own := failure(t, err, http.StatusBadGateway, false); own.Title != "Bad response from step" {
				t.Errorf("title %q", own.Title)
			}
		})
	}
}

func TestSendReadsRetryAfter(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		value    string
		min, max time.Duration
	}{
		"seconds":      {"17", 17 * time.Second, 17 * time.Second},
		"zero":         {"0", 0, 0},
		"date":         {time.Now().Add(time.Hour).UTC().Format(http.TimeFormat), 59 * time.Minute, time.Hour},
		"past date":    {"Fri, 31 Dec 1999 23:59:59 GMT", 0, 0},
		"last date":    {"Fri, 31 Dec 9999 23:59:59 GMT", time.Hour, 1<<63 - 1},
		"negative":     {"-5", 0, 0},
		"fraction":     {"1.5", 0, 0},
		"out of range": {"99999999999999999999", 0, 0},
		"words":        {"later", 0, 0},
		"none":         {"", 0, 0},
		"long":         {"2147483647", 2147483647 * time.Second, 2147483647 * time.Second}, // as a function in this process can say
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, _ := request()
			_, err := client(t, carrier.Options{}).Send(t.Context(), remote(t, answer(503, "", "Retry-After", tt.value)), in)
			if got := failure(t, err, 503, true).RetryAfter; got < tt.min || got > tt.max {
				t.Errorf("got %s, want %s to %s", got, tt.min, tt.max)
			}
		})
	}
}

func TestSendBoundsTheAnswer(t *testing.T) {
	t.Parallel()
	const most = 1000
	announced := func(status, n int) http.HandlerFunc { return answer(status, strings.Repeat("x", n), binary()...) }
	streamed := func(status, n int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			answer(status, "x", binary()...)(w, r)
			_ = http.NewResponseController(w).Flush() // so that there is no Content-Length
			_, _ = w.Write([]byte(strings.Repeat("x", n-1)))
		}
	}
	for name, tt := range map[string]struct {
		answer http.HandlerFunc
		status int // 0: an event
	}{
		"as large as it may be": {announced(200, most), 0},
		"streamed as large":     {streamed(200, most), 0},
		"too large":             {announced(200, most+1), 502},
		"streamed too large":    {streamed(200, most+1), 502},
		"failure too large":     {announced(500, most+1), 500},
		"streamed failure":      {streamed(503, most+1), 503},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, _ := request()
			out, err := client(t, carrier.Options{MaxReply: most}).Send(t.Context(), remote(t, tt.answer), in)
			if tt.status != 0 {
				failure(t, err, tt.status, tt.status != http.StatusBadGateway)
				return
			}
			if err != nil || len(out.DataEncoded) != most {
				t.Fatal(out, err)
			}
		})
	}
}
