package remote_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/httpbody"
	writeproblem "github.com/homing-dev/homing/internal/problem"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

const replyTo = "http://adapter:8080/requests/1/reply"

// answers is a transport that returns one answer after the other, the last one
// again and again.
type answers struct {
	calls atomic.Int64
	list  []any // an error, a status, or a *http.Response
}

func (a *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	n := int(a.calls.Add(1))
	switch v := a.list[min(n, len(a.list))-1].(type) {
	case error:
		return nil, v
	case int:
		return response(r, v, nil, ""), nil
	case func(*http.Request) (*http.Response, error):
		return v(r)
	}
	return nil, errors.New("no answer")
}

func response(r *http.Request, status int, header http.Header, body string) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: status, Header: header, Request: r, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body)), ProtoMajor: 1, ProtoMinor: 1,
	}
}

func problem(err error) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		p, _ := remote.Problem(err)
		header := http.Header{"Content-Type": {functions.ProblemContentType}}
		return response(r, p.StatusCode(), header, `{"type":"`+p.Type+`","title":"x"}`), nil
	}
}

func tooBusy(retryAfter string) func(*http.Request) (*http.Response, error) {
	return func(r *http.Request) (*http.Response, error) {
		return response(r, http.StatusServiceUnavailable, http.Header{"Retry-After": {retryAfter}}, ""), nil
	}
}

func newReplier(t *testing.T, opts remote.ReplierOptions) *remote.Replier {
	t.Helper()
	if opts.Allow == nil {
		opts.Allow = []string{"http://adapter:8080/requests"}
	}
	r, err := remote.NewReplier(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func result() event.Event {
	ev := event.New()
	ev.SetID("1")
	ev.SetSource("/orders")
	ev.SetType("homing.orders.reply")
	ev.SetDataContentType(event.TextPlain)
	ev.DataEncoded = []byte("12.50 €")
	ev.SetExtension(functions.AttrReplyToken, "kid.token")
	return ev
}

func TestAReplyIsPutInBinaryModeWithItsToken(t *testing.T) {
	t.Parallel()
	want := result()
	var got event.Event
	var method, path string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			method, path = r.Method, r.URL.Path
			got, err = cloudevents.Read(r.Header, body)
		}
		if err != nil || cloudevents.ModeOf(r.Header) != cloudevents.Binary {
			t.Errorf("read the reply: %v, mode %v", err, cloudevents.ModeOf(r.Header))
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(server.Close)
	replier := newReplier(t, remote.ReplierOptions{Allow: []string{server.URL}})
	if err := replier.Complete(t.Context(), server.URL+"/requests/1/reply", want); err != nil {
		t.Fatal(err)
	}
	if method != http.MethodPut || path != "/requests/1/reply" {
		t.Errorf("got %s %s", method, path)
	}
	if got.String() != want.String() {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestWhatTheAdapterAnswersToAReply(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer any
		want   error // nil means some other one
	}{
		"409":                     {http.StatusConflict, reply.ErrCompleted},
		"410":                     {http.StatusGone, reply.ErrExpired},
		"410 by type cancelled":   {problem(reply.ErrCancelled), reply.ErrCancelled},
		"410 by type expired":     {problem(reply.ErrExpired), reply.ErrExpired},
		"412 by type":             {problem(reply.ErrSuperseded), reply.ErrSuperseded},
		"403":                     {http.StatusForbidden, remote.ErrForbidden},
		"403 by type":             {problem(remote.ErrForbidden), remote.ErrForbidden},
		"421":                     {http.StatusMisdirectedRequest, remote.ErrMisdirected},
		"400":                     {http.StatusBadRequest, remote.ErrRefused},
		"413":                     {http.StatusRequestEntityTooLarge, reply.ErrTooLarge},
		"413 by type":             {problem(reply.TooLarge(1000)), reply.ErrTooLarge},
		"413 is refused":          {http.StatusRequestEntityTooLarge, remote.ErrRefused},
		"413 by type is refused":  {problem(reply.TooLarge(1000)), remote.ErrRefused},
		"431":                     {http.StatusRequestHeaderFieldsTooLarge, reply.ErrTooLarge},
		"200 is not of a reply":   {http.StatusOK, nil},
		"404":                     {http.StatusNotFound, nil},
		"a redirect is an answer": {http.StatusTemporaryRedirect, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script := &answers{list: []any{tt.answer}}
			err := newReplier(t, remote.ReplierOptions{Transport: script}).Complete(t.Context(), replyTo, result())
			if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
			if n := script.calls.Load(); n != 1 {
				t.Errorf("a definite answer was asked for %d times", n)
			}
		})
	}
}

// An adapter answers before it has read a body that is too large, and closes the
// connection.
func TestATooLargeReplyIsKnownAsSuch(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	for name, answer := range map[string]http.HandlerFunc{
		"before the body is read": func(w http.ResponseWriter, r *http.Request) {
			_, err := httpbody.Read(w, r, limit)
			var p *functions.Error
			if !errors.As(err, &p) {
				t.Errorf("got %v", err)
			}
			writeproblem.Write(w, p)
		},
		"by its store": func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			p, _ := remote.Problem(fmt.Errorf("store: %w", reply.TooLarge(limit)))
			writeproblem.Write(w, p)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(answer)
			t.Cleanup(server.Close)
			ev := result()
			ev.DataEncoded = make([]byte, 40<<20)
			replier := newReplier(t, remote.ReplierOptions{Allow: []string{server.URL}, AttemptTimeout: time.Hour})
			err := replier.Complete(t.Context(), server.URL+"/requests/1/reply", ev)
			if !errors.Is(err, reply.ErrTooLarge) || !errors.Is(err, remote.ErrRefused) || !strings.Contains(err.Error(), "1048576") {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWhatMayPassIsRetried(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]any{
		"no connection": syscall.ECONNREFUSED, "reset": syscall.ECONNRESET, "end of file": io.EOF,
		"408": 408, "425": 425, "429": 429, "500": 500, "502": 502, "503": 503, "504": 504, "507 by type": problem(reply.ErrFull),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				script := &answers{list: []any{failure, failure, http.StatusNoContent}}
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()
				if err := newReplier(t, remote.ReplierOptions{Transport: script}).Complete(ctx, replyTo, result()); err != nil {
					t.Fatal(err)
				}
				// 50 ms and 100 ms, each varied by up to a fifth.
				if took := time.Since(start); took < 120*time.Millisecond || took > 180*time.Millisecond {
					t.Errorf("two retries took %s", took)
				}
			})
		})
	}
}

func TestRetryAfterIsHonoured(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		inTen := time.Now().Add(10 * time.Second).UTC().Format(http.TimeFormat)
		for value, want := range map[string]time.Duration{
			"7": 7 * time.Second, inTen: 10 * time.Second, "soon": 0, "-3": 0, "Fri, 31 Dec 1999 23:59:59 GMT": 0,
			"99999999999": time.Hour, strconv.Itoa(1 << 40): time.Hour,
		} {
			script := &answers{list: []any{tooBusy(value), http.StatusNoContent}}
			start := time.Now()
			if value == inTen {
				script.list[0] = tooBusy(start.Add(10 * time.Second).UTC().Format(http.TimeFormat))
			}
			if err := newReplier(t, remote.ReplierOptions{Transport: script}).Complete(t.Context(), replyTo, result()); err != nil {
				t.Fatal(err)
			}
			got := time.Since(start)
			if got < want-time.Second || got > want+60*time.Millisecond {
				t.Errorf("Retry-After: %s: paused for %s, want %s", value, got, want)
			}
		}
	})
}

func TestTheLastFailureIsTheErrorWhenTimeIsUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		script := &answers{list: []any{tooBusy("20")}}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		start := time.Now()
		err := newReplier(t, remote.ReplierOptions{Transport: script}).Complete(ctx, replyTo, result())
		if err == nil || !strings.Contains(err.Error(), "503") || script.calls.Load() != 2 {
			t.Errorf("got %v after %d attempts", err, script.calls.Load())
		}
		// The third attempt would come too late, so nobody waits for it.
		if took := time.Since(start); took != 20*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

func TestAnAttemptThatHangsIsGivenUpAndRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}
		script := &answers{list: []any{503, hang, http.StatusNoContent}}
		replier := newReplier(t, remote.ReplierOptions{Transport: script, AttemptTimeout: time.Second})
		if err := replier.Complete(t.Context(), replyTo, result()); err != nil || script.calls.Load() != 3 {
			t.Errorf("got %v after %d attempts", err, script.calls.Load())
		}

		script = &answers{list: []any{503, hang}}
		replier = newReplier(t, remote.ReplierOptions{Transport: script, AttemptTimeout: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		err := replier.Complete(ctx, replyTo, result())
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "503") {
			t.Errorf("got %v, want the deadline and what failed before", err)
		}
	})
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	var stolen atomic.Bool
	thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		stolen.Store(true)
		w.WriteHeader(http.StatusNoContent)
	}))
	t.Cleanup(thief.Close)
	server := httptest.NewServer(http.RedirectHandler(thief.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	err := newReplier(t, remote.ReplierOptions{Allow: []string{server.URL}}).Complete(t.Context(), server.URL+"/requests/1/reply", result())
	if err == nil || stolen.Load() {
		t.Errorf("got %v, redirect followed: %t", err, stolen.Load())
	}
}

func TestWhatCannotBeSentIsNotTried(t *testing.T) {
	t.Parallel()
	script := &answers{list: []any{http.StatusNoContent}}
	replier := newReplier(t, remote.ReplierOptions{Transport: script})
	var invalid *cloudevents.Error
	if err := replier.Complete(t.Context(), replyTo, event.New()); !errors.As(err, &invalid) {
		t.Errorf("an event without id: got %v", err)
	}
	if err := replier.Complete(t.Context(), "http://evil/requests/1/reply", result()); !errors.Is(err, remote.ErrNotAllowed) {
		t.Errorf("a URL that is not allowed: got %v", err)
	}
	if n := script.calls.Load(); n != 0 {
		t.Errorf("%d calls were made", n)
	}
}
