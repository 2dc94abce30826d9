package carrier

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// script is a step that answers by its own list, the last entry for ever.
type script struct {
	answers []scripted
	times   []time.Time // of the attempts
}

type scripted struct {
	status     int // 0: unreachable
	retryAfter string
	body       string
	header     http.Header
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.times = append(s.times, time.Now())
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	one := s.answers[min(len(s.times), len(s.answers))-1]
	if one.status == 0 {
		return nil, errors.New("no route to host")
	}
	h := one.header.Clone()
	if h == nil {
		h = http.Header{}
	}
	if one.retryAfter != "" {
		h.Set("Retry-After", one.retryAfter)
	}
	return &http.Response{
		StatusCode: one.status, Header: h, ContentLength: int64(len(one.body)),
		Body: io.NopCloser(strings.NewReader(one.body)), Request: r,
	}, nil
}

func scriptedClient(s *script) *Client {
	c := NewClient(Options{})
	c.transport = s
	return c
}

func minimal() event.Event {
	ec := &event.EventContextV1{ID: "1", Type: "t"}
	_ = ec.SetSource("/s")
	return event.Event{Context: ec}
}

func TestSendAgainUntilItIsAnsweredForGood(t *testing.T) {
	t.Parallel()
	done := scripted{status: 204}
	ours := http.Header{"Content-Type": {functions.ProblemContentType}}
	for name, tt := range map[string]struct {
		answers  []scripted
		attempts int
		least    time.Duration // that it takes
		most     time.Duration
		status   int // of the error; 0: none
	}{
		"at once":          {[]scripted{done}, 1, 0, 0, 0},
		"unreachable once": {[]scripted{{}, done}, 2, 40 * time.Millisecond, 60 * time.Millisecond, 0},
		"pauses double":    {[]scripted{{}, {status: 500}, {status: 404}, done}, 4, 280 * time.Millisecond, 420 * time.Millisecond, 0},
		"Retry-After":      {[]scripted{{status: 503, retryAfter: "3"}, done}, 2, 3 * time.Second, 3 * time.Second, 0},
		"Retry-After is less": {
			[]scripted{{}, {}, {}, {}, {}, {}, {}, {status: 503, retryAfter: "1"}, done},
			9, 5 * time.Second, 11 * time.Second, 0,
		},
		"a definite refusal": {[]scripted{{}, {status: 400}, done}, 2, 40 * time.Millisecond, 60 * time.Millisecond, 400},
		"nonsense":           {[]scripted{{status: 200, body: "x"}, done}, 1, 0, 0, 502},
		"a vertex has tried": {
			[]scripted{{status: 503, body: `{"status":503,"step":"a"}`, header: ours}, done},
			1, 0, 0, 503,
		},
		"a vertex that drains": {
			[]scripted{{status: 503, body: `{"status":503}`, header: ours, retryAfter: "1"}, done},
			2, time.Second, time.Second, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: tt.answers}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()
				_, err := scriptedClient(s).sendWithRetry(ctx, "http://step", minimal())
				var own *functions.Error
				if (err == nil) != (tt.status == 0) || err != nil && (!errors.As(err, &own) || own.StatusCode() != tt.status) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(start); took < tt.least || took > tt.most || len(s.times) != tt.attempts {
					t.Errorf("%d attempts in %s, want %d in %s to %s", len(s.times), took, tt.attempts, tt.least, tt.most)
				}
			})
		})
	}
}

func TestSendAgainGivesUpBeforeThePauseThatItsDeadlineForbids(t *testing.T) {
	t.Parallel()
	for name, retryAfter := range map[string]string{"own pauses": "", "asked for": "60", "asked for a date": "Fri, 31 Dec 9999 23:59:59 GMT"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				const limit = 10 * time.Second
				ctx, cancel := context.WithTimeout(t.Context(), limit)
				defer cancel()
				s := &script{answers: []scripted{{status: 503, retryAfter: retryAfter}}}
				start := time.Now()
				_, err := scriptedClient(s).sendWithRetry(ctx, "http://step", minimal())
				var own *functions.Error
				if !errors.As(err, &own) || own.StatusCode() != 503 || ctx.Err() != nil {
					t.Errorf("got %v; the context %v", err, ctx.Err())
				}
				took, last := time.Since(start), s.times[len(s.times)-1].Sub(start)
				if took != last {
					t.Errorf("it waited %s for nothing", took-last)
				}
				if retryAfter == "" && (last < limit-LongestDelay*12/10 || len(s.times) < 8) {
					t.Errorf("it gave up after %s and %d attempts", last, len(s.times))
				}
			})
		})
	}
}

func TestSendAgainEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		s := &script{answers: []scripted{{status: 503, retryAfter: "3600"}}}
		time.AfterFunc(time.Second, func() { cancel(errors.New("gone")) })
		start := time.Now()
		_, err := scriptedClient(s).sendWithRetry(ctx, "http://step", minimal())
		if err == nil || time.Since(start) != time.Second || len(s.times) != 1 {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
	})
}

func TestPublish(t *testing.T) {
	t.Parallel()
	gone := errors.New("the client has gone")
	for name, tt := range map[string]struct {
		answer  scripted
		cancel  bool
		status  int // of the error
		refused bool
		logged  string // part of its cause
	}{
		"taken":                    {answer: scripted{status: 202}},
		"taken, no content":        {answer: scripted{status: 204}},
		"taken, 200":               {answer: scripted{status: 200}},
		"taken, with a text":       {answer: scripted{status: 200, body: "OK"}},
		"taken, with half a reply": {answer: scripted{status: 200, body: "{}", header: http.Header{"Ce-Id": {"1"}}}},
		"refused":                  {answer: scripted{status: 400}, status: 502, refused: true, logged: "http://broker answered "},
		"too large":                {answer: scripted{status: 413}, status: 502, refused: true},
		"redirected":               {answer: scripted{status: 307}, status: 502, refused: true},
		"no broker there":          {answer: scripted{status: 404}, status: 503, logged: "http://broker answered "},
		"down":                     {answer: scripted{}, status: 503, logged: "send an event to http://broker: "},
		"cancelled":                {answer: scripted{}, cancel: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
				defer stop()
				ctx, cancel := context.WithCancelCause(ctx)
				defer cancel(nil)
				if tt.cancel {
					time.AfterFunc(time.Second, func() { cancel(gone) })
				}
				err := Broker{Client: scriptedClient(&script{answers: []scripted{tt.answer}}), URL: "http://broker"}.Publish(ctx, minimal())
				var own *functions.Error
				switch {
				case tt.cancel:
					if !errors.Is(err, gone) {
						t.Errorf("got %v", err)
					}
				case tt.status == 0:
					if err != nil {
						t.Errorf("got %v", err)
					}
				case !errors.As(err, &own) || own.StatusCode() != tt.status || errors.Is(err, ErrRefused) != tt.refused:
					t.Errorf("got %v", err)
				case strings.Contains(own.Detail, "http://") || (own.RetryAfter > 0) == tt.refused:
					t.Errorf("the caller hears %+v", own)
				case !strings.Contains(own.Cause.Error(), tt.logged):
					t.Errorf("the log has %v, want %s", own.Cause, tt.logged)
				}
			})
		})
	}
}

func TestPublishRefusesWhatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := &script{answers: []scripted{{status: 202}}}
	err := Broker{Client: scriptedClient(s), URL: "http://broker"}.Publish(t.Context(), event.Event{Context: &event.EventContextV1{}})
	if !errors.Is(err, ErrRefused) || len(s.times) != 0 {
		t.Errorf("got %v after %d attempts", err, len(s.times))
	}
}
