package problem_test

import (
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

func TestWriteIsACompleteAnswer(t *testing.T) {
	t.Parallel()
	busy := functions.Problem{Status: http.StatusServiceUnavailable, Title: "Busy"}
	for name, tt := range map[string]struct {
		give   functions.Error
		status int
		body   string
		retry  string
	}{
		"status alone": {functions.Error{Problem: functions.Problem{Status: 404}}, 404, `{"title":"Not Found","status":404}`, ""},
		"zero":         {functions.Error{}, 500, `{"title":"Internal Server Error","status":500}`, ""},
		"with a title": {functions.Error{Problem: functions.Problem{Status: 409, Title: "Taken"}}, 409, `{"title":"Taken","status":409}`, ""},
		"retry":        {functions.Error{Problem: busy, RetryAfter: time.Millisecond}, 503, `{"title":"Busy","status":503}`, "1"},
		"no retry":     {functions.Error{Problem: busy, RetryAfter: -time.Hour}, 503, `{"title":"Busy","status":503}`, ""},
		"secret cause": {functions.Error{Problem: busy, Cause: errors.New("secret")}, 503, `{"title":"Busy","status":503}`, ""},
		"all": {functions.Error{Problem: functions.Problem{
			Type: "tag:x", Title: "T", Status: 422, Detail: "<&\u2028>", Step: "s", Attempt: 2, RequestID: "r",
			Errors: []functions.FieldError{{Pointer: "#/a", Detail: "d"}},
		}}, 422, `{"type":"tag:x","title":"T","status":422,"detail":"\u003c\u0026\u2028\u003e",` +
			`"step":"s","attempt":2,"requestid":"r","errors":[{"pointer":"#/a","detail":"d"}]}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := httptest.NewRecorder()
			given := tt.give
			problem.Write(w, &given)
			if w.Code != tt.status || w.Body.String() != tt.body+"\n" {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			h := w.Header()
			if got := h.Get("X-Request-ID"); got != tt.give.RequestID {
				t.Errorf("the request is %q", got)
			}
			if h.Get("Content-Type") != functions.ProblemContentType || h.Get("Content-Length") != strconv.Itoa(w.Body.Len()) ||
				h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Retry-After") != tt.retry {
				t.Errorf("headers %v", h)
			}
			if given.Title != tt.give.Title || given.Status != tt.give.Status {
				t.Errorf("the problem that was given is now %+v", given.Problem)
			}
		})
	}
}

func TestADocumentThatWasReadIsWrittenAsItWas(t *testing.T) {
	t.Parallel()
	shared := []functions.FieldError{{Pointer: "#/\xff", Detail: "a\xc3"}}
	given := functions.Error{Problem: functions.Problem{
		Type: "tag:\xff", Status: 409, Title: "T\xe9", Detail: "not UTF-8: \xff\xfe, <\u2028>", Step: "s\xff", Errors: shared,
	}}
	first := problem.Document(&given)
	var again functions.Error
	if err := json.Unmarshal(first, &again.Problem); err != nil {
		t.Fatal(err)
	}
	if second := problem.Document(&again); string(second) != string(first) {
		t.Errorf("got %s, want %s", second, first)
	}
	if shared[0].Pointer != "#/\xff" {
		t.Error("the error that was given has changed")
	}
}

func TestRetryAfterIsRoundedUpAndNeverNegative(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0", 1: "1", time.Second: "1", time.Second + 1: "2", 90 * time.Second: "90",
		math.MaxInt64: "9223372037", // what a Retry-After in the year 9999 becomes
	} {
		if got := problem.RetryAfter(d); got != want {
			t.Errorf("%s: got %s, want %s", d, got, want)
		}
	}
}

func TestEventIsTheErrorReply(t *testing.T) {
	t.Parallel()
	source := types.URIRef{URL: url.URL{Path: "/chains/orders"}}
	p := functions.Errorf(http.StatusConflict, "taken")
	ev := problem.Event(p, "id-1", source, "orders.reply")
	status, ok := functions.Status(ev)
	if status != http.StatusConflict || !ok || ev.ID() != "id-1" || ev.Source() != "/chains/orders" || ev.Type() != "orders.reply" ||
		ev.Extensions()[functions.AttrCorrelationID] != "id-1" || ev.DataContentType() != functions.ProblemContentType || ev.Time().IsZero() {
		t.Errorf("got %v", ev)
	}
	if string(ev.DataEncoded) != string(problem.Document(p)) {
		t.Errorf("data %s", ev.DataEncoded)
	}
	if err := ev.Validate(); err != nil {
		t.Error(err)
	}
}

func TestEmptyHasNoData(t *testing.T) {
	t.Parallel()
	ev := problem.Empty(http.StatusNoContent, "id-1", types.URIRef{URL: url.URL{Path: "/x"}}, "t")
	if status, ok := functions.Status(ev); status != http.StatusNoContent || !ok || len(ev.DataEncoded) != 0 || ev.DataContentType() != "" {
		t.Errorf("got %v", ev)
	}
	if err := ev.Validate(); err != nil {
		t.Error(err)
	}
}

func FuzzDocument(f *testing.F) {
	f.Add(404, "Not Found", "there is no such order", "validate")
	f.Add(0, "", "", "")
	f.Add(-1, "\xff", "\x00\u2028", "</script>")
	f.Fuzz(func(t *testing.T, status int, title, detail, step string) {
		doc := problem.Document(&functions.Error{Problem: functions.Problem{Status: status, Title: title, Detail: detail, Step: step}})
		var back functions.Problem
		if err := json.Unmarshal(doc, &back); err != nil {
			t.Fatalf("%s: %v", doc, err)
		}
		valid := func(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
		if back.Status == 0 || status != 0 && back.Status != status || len([]rune(back.Detail)) < len([]rune(valid(detail))) ||
			title != "" && back.Title == "" {
			t.Fatalf("%+v", back)
		}
	})
}
