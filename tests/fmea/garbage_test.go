package fmea_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// fullStore has no room for any entry.
var fullStore = memory.Options{MaxBytes: 1}

type badError struct{}

func (badError) Error() string   { panic("secret") }
func (badError) StatusCode() int { return 200 }

// garbage is what functions should not do. All of it is a 500 that shows no
// secret.
func garbage() map[string]functions.Function {
	answers := func(change func(*event.Event)) functions.Function {
		return func(_ context.Context, in event.Event) (*event.Event, error) {
			change(&in)
			return &in, nil
		}
	}
	return map[string]functions.Function{
		"panic":         func(context.Context, event.Event) (*event.Event, error) { panic("secret") },
		"panic nil":     func(context.Context, event.Event) (*event.Event, error) { panic(nil) },
		"abort handler": func(context.Context, event.Event) (*event.Event, error) { panic(http.ErrAbortHandler) },
		"goexit": func(context.Context, event.Event) (*event.Event, error) {
			runtime.Goexit()
			return nil, nil
		},
		"plain error":    func(context.Context, event.Event) (*event.Event, error) { return nil, errors.New("secret") },
		"error panics":   func(context.Context, event.Event) (*event.Event, error) { return nil, badError{} },
		"success error":  fails(200),
		"huge status":    fails(1000),
		"httpstatus 101": answers(func(ev *event.Event) { functions.SetStatus(ev, 101) }),
		"httpstatus 999": answers(func(ev *event.Event) { functions.SetStatus(ev, 999) }),
		"two headers": func(context.Context, event.Event) (*event.Event, error) {
			ct := "text/plain\r\nSet-Cookie: secret=1"
			return &event.Event{Context: &event.EventContextV1{DataContentType: &ct}, DataEncoded: []byte("x")}, nil
		},
	}
}

func TestGarbageOfAFunctionIsAnHonestError(t *testing.T) {
	t.Parallel()
	for name, f := range garbage() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, setup{}, chain("work", f), chain("echo", echo))
			for how, headers := range map[string][]string{
				"plain": nil,
				"keyed": {"Idempotency-Key", "k"},
				"wait":  {"Prefer", "wait=14"},
			} {
				got := s.do("POST", "/work", "x", headers...)
				p := got.problem(t, 500)
				if strings.Contains(got.body+fmt.Sprint(got.header), "secret") || p.RequestID == "" {
					t.Errorf("%s: %+v", how, got)
				}
			}
			s.settles()
			s.do("POST", "/echo", "still there").is(t, 200, "still there")
		})
	}
}

func TestGarbageContentTypeCannotAddAHeader(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{}, chain("work", func(_ context.Context, in event.Event) (*event.Event, error) {
		ct := "text/plain\r\nSet-Cookie: secret=1"
		if ec, ok := in.Context.(*event.EventContextV1); ok {
			ec.DataContentType = &ct
		}
		return &in, nil
	}))
	if got := s.do("POST", "/work", "x"); got.header.Get("Set-Cookie") != "" {
		t.Errorf("%v", got.header)
	}
}

func TestGarbageBodiesOfBodilessStatuses(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{}, chain("work", func(_ context.Context, in event.Event) (*event.Event, error) {
		functions.SetStatus(&in, http.StatusNoContent)
		return &in, nil
	}))
	for range 2 { // the connection is still in step
		s.do("POST", "/work", "a body").is(t, 204, "")
	}
}

// Every other request panics: the rest does not notice.
func TestFlakyFunctionDisturbsNobodyElse(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{}, chain("work", func(_ context.Context, in event.Event) (*event.Event, error) {
		if strings.HasPrefix(string(in.Data()), "bad") {
			panic("secret")
		}
		return &in, nil
	}))
	answers := make(chan func(), 200)
	for i := range cap(answers) {
		go func() {
			body := fmt.Sprintf("good %d", i)
			if i%2 == 0 {
				body = "bad"
			}
			got, err := s.try(t.Context(), "POST", "/work", body)
			answers <- func() {
				switch {
				case err != nil:
					t.Error(err)
				case i%2 == 0:
					got.problem(t, 500)
				default:
					got.is(t, 200, body)
				}
			}
		}()
	}
	for range cap(answers) {
		wait.Receive(t, "an answer", answers)()
	}
}
