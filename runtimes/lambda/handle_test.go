package lambda_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/runtimes/lambda"
)

func TestAVertexRunsWhatTheSlipAsksFor(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		steps, slip string
		data        string
		status      int
	}{
		"all":               {"", "letters.a,letters.b,letters.c,", "-abc", 200},
		"by star":           {"*", "letters.a,letters.b,letters.c,", "-abc", 200},
		"by chain":          {"letters.*", "letters.a,letters.b,letters.c,", "-abc", 200},
		"one":               {"", "letters.b,", "-b", 200},
		"the last two":      {"", "letters.b,letters.c,", "-bc", 200},
		"one of one":        {"letters.b", "letters.b,", "-b", 200},
		"not its step":      {"letters.b", "letters.a,", "", 404},
		"more than it has":  {"letters.a,letters.b", "letters.a,letters.b,letters.c,", "", 404},
		"with a gap":        {"letters.a,letters.c", "letters.a,letters.b,letters.c,", "", 404},
		"twice":             {"", "letters.a,letters.a,", "", 404},
		"another chain's":   {"", "letters.a,other.work,", "", 404},
		"unknown chain":     {"", "nobody.a,", "", 404},
		"without its comma": {"", "letters.a", "", 400},
		"malformed behind":  {"", "letters.a,letters.b", "", 400},
		"no slip":           {"", "", "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, store, _ := vertexOf(t, env{"HOMING_STEPS": tt.steps}, letters(), single("other", appends("x")))
			in := request(tt.slip)
			if answer, err := s.Invoke(t.Context(), encode(t, in)); err != nil || string(answer) != "null" {
				t.Fatalf("%s %v", answer, err)
			}
			stored := replyOf(t, store, in)
			answer, err := s.Invoke(t.Context(), encode(t, direct(tt.slip)))
			if err != nil {
				t.Fatal(err)
			}
			for where, ev := range map[string]event.Event{"store": stored.Event, "answer": decode(t, answer)} {
				if tt.slip == "" && where == "answer" {
					continue // it was a direct event
				}
				if tt.status != http.StatusOK {
					problemIn(t, ev, tt.status)
				} else if string(ev.Data()) != tt.data {
					t.Errorf("%s: %v", where, ev)
				}
				for _, attr := range []string{functions.AttrRoutingSlip, functions.AttrReplyTo, functions.AttrReplyToken} {
					if functions.Attribute(ev, attr) != "" {
						t.Errorf("%s: %s is in the reply", where, attr)
					}
				}
			}
			if want := in.Extensions()[functions.AttrExpiryTime]; stored.Deadline.UTC().Format(time.RFC3339Nano) != want ||
				stored.Expires.Sub(stored.Deadline) != time.Hour {
				t.Errorf("stored until %s, deadline %s", stored.Expires, stored.Deadline)
			}
		})
	}
}

func TestEveryEndOfAFunctionIsAReply(t *testing.T) {
	t.Parallel()
	fail := func(err error) functions.Function {
		return func(context.Context, event.Event) (*event.Event, error) { return nil, err }
	}
	for name, tt := range map[string]struct {
		f      functions.Function
		status int
		detail string
	}{
		"refusal": {fail(functions.Errorf(http.StatusConflict, "taken")), 409, "taken"},
		"error":   {fail(errors.New("secret")), 500, "the log tells more"},
		"panic":   {func(context.Context, event.Event) (*event.Event, error) { panic("secret") }, 500, "panicked"},
		"goexit": {func(context.Context, event.Event) (*event.Event, error) {
			runtime.Goexit()
			return nil, nil
		}, 500, "the log tells more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, store, _ := vertexOf(t, env{}, single("f", tt.f))
			in := request("f.work,")
			if _, err := s.Invoke(t.Context(), encode(t, in)); err != nil {
				t.Fatal(err)
			}
			answer, err := s.Invoke(t.Context(), encode(t, direct("f.work,")))
			if err != nil {
				t.Fatal(err)
			}
			stored := replyOf(t, store, in)
			for _, ev := range []event.Event{stored.Event, decode(t, answer)} {
				p := problemIn(t, ev, tt.status)
				if !strings.Contains(p.Detail, tt.detail) || strings.Contains(string(ev.Data()), "secret") || p.Step != "work" || p.RequestID == "" {
					t.Errorf("%+v", p)
				}
			}
			if stored.Chain != "f" || stored.Event.Type() != "homing.f.reply" || stored.Event.Source() != "/chains/f" {
				t.Errorf("%+v", stored)
			}
		})
	}
}

func TestAnEventThatIsDroppedIsAnEmptyReply(t *testing.T) {
	t.Parallel()
	s, store, _ := vertexOf(t, env{}, single("f", func(context.Context, event.Event) (*event.Event, error) { return nil, nil }))
	in := request("f.work,")
	for _, ev := range []event.Event{in, direct("f.work,")} {
		if answer, err := s.Invoke(t.Context(), encode(t, ev)); err != nil || string(answer) != "null" {
			t.Fatalf("%s %v", answer, err)
		}
	}
	if status, _ := functions.Status(replyOf(t, store, in).Event); status != http.StatusNoContent {
		t.Errorf("status %d", status)
	}
}

func TestAnEventWhoseTimeHasPassedIsNotRun(t *testing.T) {
	t.Parallel()
	s, store, _ := vertexOf(t, env{}, single("f", func(context.Context, event.Event) (*event.Event, error) {
		t.Error("it was run")
		return nil, nil
	}))
	in := request("f.work,", functions.AttrExpiryTime, time.Now().Add(-time.Second).UTC().Format(time.RFC3339Nano))
	if _, err := s.Invoke(t.Context(), encode(t, in)); err != nil {
		t.Fatal(err)
	}
	problemIn(t, replyOf(t, store, in).Event, http.StatusGatewayTimeout)
}

func TestAReplyThatNobodyWantsIsDealtWith(t *testing.T) {
	t.Parallel()
	for _, why := range []error{reply.ErrCompleted, reply.ErrExpired, reply.ErrCancelled, reply.ErrSuperseded} {
		s, store, _ := vertexOf(t, env{}, letters())
		store.complete = func(int) error { return why }
		if _, err := s.Invoke(t.Context(), encode(t, request("letters.a,"))); err != nil || store.tries != 1 {
			t.Errorf("%v: %d tries, %v", why, store.tries, err)
		}
	}
}

func TestAResultThatTheStoreDoesNotTakeIsAnHonestReply(t *testing.T) {
	t.Parallel()
	s, store, _ := vertexOf(t, env{}, letters())
	store.complete = func(n int) error {
		if n == 1 {
			return reply.ErrTooLarge
		}
		return nil
	}
	in := request("letters.a,")
	if _, err := s.Invoke(t.Context(), encode(t, in)); err != nil {
		t.Fatal(err)
	}
	if p := problemIn(t, replyOf(t, store, in).Event, http.StatusInternalServerError); p.Title != "Result too large" {
		t.Errorf("%+v", p)
	}
}

func TestAStoreThatIsDownIsTriedUntilItIsUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, store, _ := vertexOf(t, env{}, letters())
		store.complete = func(n int) error {
			if n < 8 {
				return errors.New("down")
			}
			return nil
		}
		in := request("letters.a,")
		if _, err := s.Invoke(t.Context(), encode(t, in)); err != nil {
			t.Fatal(err)
		}
		replyOf(t, store, in)
	})
}

func TestAReplyThatCannotBeWrittenIsAnErrorInTime(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		invocation time.Duration
		least      time.Duration
		most       time.Duration
	}{
		"until the deadline and a little": {time.Minute, 13 * time.Second, 15 * time.Second},
		"within the invocation":           {6 * time.Second, 4 * time.Second, 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s, store, _ := vertexOf(t, env{}, letters())
				down := errors.New("down")
				store.complete = func(int) error { return down }
				ctx, cancel := context.WithTimeout(t.Context(), tt.invocation)
				defer cancel()
				start := time.Now()
				_, err := s.Invoke(ctx, encode(t, request("letters.a,")))
				if _, ok := errors.AsType[*lambda.ReplyError](err); !ok || !errors.Is(err, down) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(start); took < tt.least || took > tt.most {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}

func TestWhatCannotBeAnsweredIsAnError(t *testing.T) {
	t.Parallel()
	s, _, _ := vertexOf(t, env{}, letters())
	for name, in := range map[string][]byte{
		"no event":      []byte(`{"specversion":"1.0"}`),
		"other place":   encode(t, request("letters.a,", functions.AttrReplyTo, "https://secret")),
		"foreign id":    encode(t, request("letters.a,", functions.AttrCorrelationID, "42")),
		"other version": []byte(`{"specversion":"0.3","id":"1","source":"/","type":"t"}`),
	} {
		answer, err := s.Invoke(t.Context(), in)
		if _, ok := errors.AsType[*lambda.PayloadError](err); !ok || answer != nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %s %v", name, answer, err)
		}
	}
}

func TestAnEventWithoutADeadlineHasThatOfItsChain(t *testing.T) {
	t.Parallel()
	left := make(chan time.Duration, 2)
	s, _, _ := vertexOf(t, env{}, single("f", func(ctx context.Context, in event.Event) (*event.Event, error) {
		deadline, _ := ctx.Deadline()
		left <- time.Until(deadline)
		return &in, nil
	}))
	for _, in := range []event.Event{request("f.work,", functions.AttrExpiryTime, ""), direct("f.work,", functions.AttrExpiryTime, "soon")} {
		if _, err := s.Invoke(t.Context(), encode(t, in)); err != nil {
			t.Fatal(err)
		}
		if d := <-left; d > 10*time.Second || d < 5*time.Second {
			t.Errorf("%s left", d)
		}
	}
}

func TestAResultThatIsTooLargeForWhoWaits(t *testing.T) {
	t.Parallel()
	s, _, _ := vertexOf(t, env{}, single("f", func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = make([]byte, 7<<20)
		return &in, nil
	}))
	answer, err := s.Invoke(t.Context(), encode(t, direct("f.work,")))
	if err != nil {
		t.Fatal(err)
	}
	if p := problemIn(t, decode(t, answer), http.StatusInternalServerError); !strings.Contains(p.Detail, "6291456") {
		t.Errorf("%+v", p)
	}
}
