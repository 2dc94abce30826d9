package lambda_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/tests/bench/internal/lambda"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
)

func TestTheEventIsThatOfAnHTTPAPI(t *testing.T) {
	t.Parallel()
	payload, err := lambda.Event(http.MethodPost, "/a?b=1", peer.Order)
	if err != nil {
		t.Fatal(err)
	}
	ev, err := httpevent.Decode(payload)
	if err != nil || ev.Source != httpevent.HTTPAPI {
		t.Fatalf("got %v, %v", ev.Source, err)
	}
	r := ev.Request
	body, err := io.ReadAll(r.Body)
	if err != nil || string(body) != string(peer.Order) {
		t.Errorf("got the body %q, %v", body, err)
	}
	if r.Method != http.MethodPost || r.URL.RequestURI() != "/a?b=1" || r.Header.Get("Content-Type") != "application/json" ||
		r.Header.Get("X-Forwarded-For") == "" {
		t.Errorf("got %s %s %v", r.Method, r.URL, r.Header)
	}
	if strings.Contains(string(payload), `"isBase64Encoded":true`) {
		t.Error("the body is not text")
	}
}

func TestAnEventWithoutABodyHasNoType(t *testing.T) {
	t.Parallel()
	payload, err := lambda.Event(http.MethodGet, "/metrics", nil)
	if err != nil || strings.Contains(strings.ToLower(string(payload)), "content-type") {
		t.Errorf("got %s, %v", payload, err)
	}
	if payload, err := lambda.Event("NO METHOD", "/", nil); err == nil {
		t.Errorf("got %s", payload)
	}
}

func TestOnlyAnAnswerWith200IsRead(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer, want string
		failed       bool
	}{
		"text":    {`{"statusCode":200,"body":"x"}`, "x", false},
		"base64":  {`{"statusCode":200,"body":"eA==","isBase64Encoded":true}`, "x", false},
		"500":     {`{"statusCode":500,"body":"broken"}`, "", true},
		"204":     {`{"statusCode":204}`, "", true},
		"no JSON": {`{`, "", true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := lambda.Read([]byte(tt.answer)); string(got) != tt.want || (err != nil) != tt.failed {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
