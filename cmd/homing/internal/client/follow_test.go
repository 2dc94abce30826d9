package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/cmd/homing/internal/client"
)

// answer answers a request.
type answer func(*http.Request) (*http.Response, error)

// script answers one request after the other, and notes them.
type script struct {
	seen    []string
	answers []answer
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.seen = append(s.seen, strings.Join(strings.Fields(r.URL.String()+" "+r.Header.Get("Accept")+" "+r.Header.Get("Prefer")), " "))
	if len(s.answers) == 0 {
		return nil, fmt.Errorf("unexpected request %s", s.seen)
	}
	first := s.answers[0]
	s.answers = s.answers[1:]
	return first(r)
}

// says answers with a status, headers and a body.
func says(status int, body string, headers ...string) answer {
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(bytes.NewBufferString(body)), Request: r}, nil
	}
}

func breaks(*http.Request) (*http.Response, error) { return nil, errors.New("connection lost") }

func accepted(location string) client.Reply {
	return client.Reply{Status: http.StatusAccepted, Header: http.Header{"Location": {location}}}
}

const (
	streamRequest = "http://h/requests/1 text/event-stream"
	pollRequest   = "http://h/requests/1 wait=20"
	stepDone      = "event: progress\ndata: {\"step\":\"a\",\"state\":\"finished\",\"attempt\":1}\n\n"
)

func TestFollowStreamsProgressAndFetchesTheReply(t *testing.T) {
	t.Parallel()
	s := &script{answers: []answer{
		says(200, stepDone+"event: reply\ndata: {}\n\n", "Content-Type", "text/event-stream"),
		says(200, "result"),
	}}
	var steps []string
	got, err := client.Client{Base: "http://h", Transport: s}.Follow(t.Context(), accepted("/requests/1"), "", func(p reply.Progress) {
		steps = append(steps, p.Step)
	})
	if err != nil || string(got.Body) != "result" || !slices.Equal(steps, []string{"a"}) {
		t.Errorf("got %+v, %v, steps %q", got, err, steps)
	}
	if !slices.Equal(s.seen, []string{streamRequest, pollRequest}) {
		t.Errorf("requests: %q", s.seen)
	}
}

func TestFollowPollsUntilTheReplyIsThere(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		stream  answer
		pending []answer
		took    time.Duration
	}{
		"no stream":                  {stream: says(404, ""), pending: nil},
		"the stream breaks":          {stream: breaks, pending: nil},
		"no stream but a page":       {stream: says(200, stepDone, "Content-Type", "text/html")},
		"it takes long":              {says(404, ""), []answer{says(202, ""), says(202, "", "Retry-After", "5")}, 6 * time.Second},
		"the server is draining":     {says(404, ""), []answer{says(503, "", "Retry-After", "2")}, 2 * time.Second},
		"the server is busy":         {says(404, ""), []answer{says(429, "")}, time.Second},
		"the server asks for an age": {says(404, ""), []answer{says(202, "", "Retry-After", "9999")}, 30 * time.Second},
		"the server writes a date":   {says(404, ""), []answer{says(202, "", "Retry-After", "Sun, 06 Nov 1994 08:49:37 GMT")}, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				s := &script{answers: append(append([]answer{tc.stream}, tc.pending...), says(200, "result"))}
				got, err := client.Client{Base: "http://h", Transport: s}.Follow(t.Context(), accepted("/requests/1"), "", func(reply.Progress) {
					t.Error("there was progress")
				})
				if err != nil || string(got.Body) != "result" || time.Since(start) != tc.took || len(s.answers) > 0 {
					t.Errorf("got %+v, %v after %s, want the result after %s; requests %q", got, err, time.Since(start), tc.took, s.seen)
				}
			})
		})
	}
}

func TestReplyThatIsAFailureIsTheReply(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusGone, http.StatusInternalServerError} {
		s := &script{answers: []answer{breaks, says(status, "", "X-Request-Id", "1")}}
		got, err := client.Client{Base: "http://h", Transport: s}.Follow(t.Context(), accepted("/requests/1"), "", nil)
		if err != nil || got.Status != status {
			t.Errorf("%d: got %d, %v", status, got.Status, err)
		}
	}
}

func TestFollowAsksForTheFormOfTheReply(t *testing.T) {
	t.Parallel()
	s := &script{answers: []answer{breaks, says(200, "")}}
	_, err := client.Client{Base: "http://h", Transport: s}.Follow(t.Context(), accepted("/requests/1"), "application/cloudevents+json", nil)
	if want := "http://h/requests/1 application/cloudevents+json wait=20"; err != nil || s.seen[1] != want {
		t.Errorf("requests %q, %v", s.seen, err)
	}
}

func TestUnfinishedFollowHasWhereTheReplyWillBe(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		s := &script{answers: []answer{breaks, says(202, "")}}
		_, err := client.Client{Base: "http://h", Transport: s}.Follow(ctx, accepted("/requests/1"), "", nil)
		if err == nil || !strings.Contains(err.Error(), "no answer in time") || !strings.Contains(next(err), "http://h/requests/1") {
			t.Errorf("at the end of its time: %v, next %q", err, next(err))
		}
	})
	s := &script{answers: []answer{breaks, breaks}}
	_, err := client.Client{Base: "http://h", Transport: s}.Follow(t.Context(), accepted("/requests/1"), "", nil)
	if err == nil || !strings.Contains(next(err), "http://h/requests/1") {
		t.Errorf("when the connection is lost: %v, next %q", err, next(err))
	}
}

func TestLocationStaysOnTheServer(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ base, location, want string }{
		{"http://h", "/requests/1?x=1", "http://h/requests/1?x=1"},
		{"http://h/prod", "/requests/1", "http://h/prod/requests/1"},
		{"http://h/prod", "/prod/requests/1?x=1", "http://h/prod/requests/1?x=1"},
		{"http://h/prod", "/production/1", "http://h/prod/production/1"},
		{"http://h/prod", "http://h/prod/requests/1", "http://h/prod/requests/1"},
		{"http://h", "http://h/requests/1", "http://h/requests/1"},
		{"http://h", "http://evil/requests/1", ""},
		{"http://h", "https://h/requests/1", ""},
		{"http://h", "//evil/requests/1", ""},
		{"http://h/prod", "http://h/production/1", ""},
		{"http://h/prod", "http://h/other", ""},
		{"http://h", "requests/1", ""},
		{"http://h", "", ""},
		{"http://h", "http://h", ""},
		{"http://h", ":", ""},
	} {
		s := &script{answers: []answer{breaks, says(200, "")}}
		_, err := client.Client{Base: tc.base, Transport: s, Token: "secret"}.Follow(t.Context(), accepted(tc.location), "", nil)
		if tc.want == "" {
			if !errors.Is(err, client.ErrNoLocation) || len(s.seen) > 0 {
				t.Errorf("%s from %s: %v, requests %q", tc.location, tc.base, err, s.seen)
			}
			continue
		}
		if err != nil || len(s.seen) != 2 || !strings.HasPrefix(s.seen[1], tc.want+" ") {
			t.Errorf("%s from %s: %v, requests %q; want %s", tc.location, tc.base, err, s.seen, tc.want)
		}
	}
}
