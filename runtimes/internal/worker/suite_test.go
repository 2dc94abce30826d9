package worker_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// each runs a test over the shells that it is for, in a bubble where it can be.
func each(t *testing.T, isFor func(shell) bool, test func(t *testing.T, s shell)) {
	t.Helper()
	for _, s := range shells() {
		if isFor(s) {
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				if s.real {
					test(t, s)
					return
				}
				synctest.Test(t, func(t *testing.T) { test(t, s) })
			})
		}
	}
}

func every(shell) bool         { return true }
func vertices(s shell) bool    { return s.name != "inline" }
func whereAsync(s shell) bool  { return !s.waits }
func whereWaited(s shell) bool { return s.waits && vertices(s) }

// run sends one event to a vertex.
func (s shell) run(t *testing.T, with setup, in event.Event) outcome {
	t.Helper()
	if with.log == nil {
		with.log = &records{}
	}
	return s.start(t, with).send(t.Context(), in)
}

func TestEveryEndOfAFunctionIsAReply(t *testing.T) {
	t.Parallel()
	fail := func(err error) functions.Function {
		return func(context.Context, event.Event) (*event.Event, error) { return nil, err }
	}
	busy := &functions.Error{Problem: functions.Problem{Status: http.StatusTooManyRequests, Detail: "slow down"}, RetryAfter: 90 * time.Second}
	for name, tt := range map[string]struct {
		f      functions.Function
		status int
		text   string
	}{
		"result":       {appends("a"), http.StatusOK, "-a"},
		"drop":         {fail(nil), http.StatusNoContent, ""},
		"refusal":      {fail(functions.Errorf(http.StatusConflict, "taken")), http.StatusConflict, "taken"},
		"another's id": {fail(&functions.Error{Problem: functions.Problem{Status: http.StatusGone, RequestID: "forged"}}), http.StatusGone, "Gone"},
		"with a pause": {fail(busy), http.StatusTooManyRequests, "slow down"},
		"error":        {fail(errors.New("secret")), http.StatusInternalServerError, "the log tells more"},
		"panic":        {func(context.Context, event.Event) (*event.Event, error) { panic("secret") }, http.StatusInternalServerError, "panicked"},
		"goexit": {func(context.Context, event.Event) (*event.Event, error) {
			runtime.Goexit()
			return nil, nil
		}, http.StatusInternalServerError, "the log tells more"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, every, func(t *testing.T, s shell) {
				log := &records{}
				in := request("f.work,", 10*time.Second)
				got := s.run(t, setup{chain: single(tt.f), log: log}, in)
				if got.status != tt.status || got.again || !strings.Contains(string(got.event.DataEncoded), tt.text) ||
					strings.Contains(string(got.event.DataEncoded), "secret") || !s.waits && got.replies != 1 {
					t.Errorf("got %+v", got)
				}
				if after := functions.Attribute(got.event, functions.AttrRetryAfter); (after == "90") != (name == "with a pause") {
					t.Errorf("retry after %q", after)
				}
				if tt.status < http.StatusBadRequest || s.name == "inline" {
					return
				}
				if p := got.problem; p.Status != tt.status || p.Step != "work" || p.RequestID != in.ID() {
					t.Errorf("the problem is %+v", p)
				}
				failed := log.named("step failed")
				if len(failed) != 1 {
					t.Fatalf("%d lines in the log", len(failed))
				}
				var keys []string
				failed[0].Attrs(func(a slog.Attr) bool {
					keys = append(keys, a.Key)
					return true
				})
				if !slices.Equal(keys, []string{"requestid", "chain", "step", "status", "attempt", "detail", "error"}) {
					t.Errorf("the log has %v", keys)
				}
			})
		})
	}
}

// A vertex on Knative once waited for the function, and answered 200 after 6 s.
func TestAFunctionThatIgnoresItsDeadlineIsAnsweredForInTime(t *testing.T) {
	t.Parallel()
	each(t, every, func(t *testing.T, s shell) {
		// The function returns long after the deadline, and where time is real
		// not before the test has its answer.
		const takes = 6 * time.Second
		answered := make(chan struct{})
		f := func(_ context.Context, in event.Event) (*event.Event, error) {
			timer := time.NewTimer(takes)
			defer timer.Stop()
			select {
			case <-timer.C:
			case <-answered:
			}
			return &in, nil
		}
		vertex := s.start(t, setup{chain: single(f), log: &records{}})
		start := time.Now()
		within := inlineTimeout
		got := vertex.send(t.Context(), request("f.work,", within))
		took := time.Since(start)
		close(answered)
		if got.status != http.StatusGatewayTimeout || got.again {
			t.Errorf("got %+v after %s", got, took)
		}
		if s.name == "lambda, async" {
			within = takes // it returns when no function runs any more, as the platform freezes it then
		}
		if vertices(s) && !s.real && (took > within || took < within-100*time.Millisecond) {
			t.Errorf("after %s", took)
		}
	})
}

func TestATimeoutNamesTheStepThatRan(t *testing.T) {
	t.Parallel()
	each(t, every, func(t *testing.T, s shell) {
		c := letters()
		c.Steps[1].Function = func(ctx context.Context, _ event.Event) (*event.Event, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		got := s.run(t, setup{chain: c}, request("letters.a,letters.b,letters.c,", s.brief()))
		if got.status != http.StatusGatewayTimeout || got.problem.Step != "b" {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAnExpiredEventIsAnsweredForBeforeAnyFunctionRuns(t *testing.T) {
	t.Parallel()
	each(t, vertices, func(t *testing.T, s shell) {
		got := s.run(t, setup{chain: single(func(context.Context, event.Event) (*event.Event, error) {
			t.Error("it was run")
			return nil, nil
		})}, request("f.work,", -time.Second))
		if got.status != http.StatusGatewayTimeout || got.again || !strings.Contains(got.problem.Detail, "deadline") {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAnEventForStepsThatAreNotHereIsRefused(t *testing.T) {
	t.Parallel()
	for slip, status := range map[string]int{
		"nobody.a,": 404, "f.z,": 404, "f.work": 400, "f,": 400, "": 400, "f.work,oops": 400,
	} {
		each(t, vertices, func(t *testing.T, s shell) {
			got := s.run(t, setup{chain: single(func(context.Context, event.Event) (*event.Event, error) {
				t.Error("it was run")
				return nil, nil
			})}, request(slip, 10*time.Second))
			if slip == "" && s.name == "lambda, sync" { // there is nobody to answer: Lambda counts it as a failure
				if !got.again || got.replies != 0 {
					t.Errorf("%q: got %+v", slip, got)
				}
				return
			}
			if got.status != status || got.again || got.problem.Detail == "" {
				t.Errorf("%q: got %+v", slip, got)
			}
		})
	}
}

func TestWhoWaitsGetsNoPartOfAChain(t *testing.T) {
	t.Parallel()
	each(t, whereWaited, func(t *testing.T, s shell) {
		got := s.run(t, setup{chain: letters(), steps: "letters.a"}, request("letters.a,letters.b,", 10*time.Second))
		if got.status != http.StatusNotFound || len(got.forwarded) != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestTheResultGoesToTheVertexOfTheNextStep(t *testing.T) {
	t.Parallel()
	each(t, whereAsync, func(t *testing.T, s shell) {
		in := request("letters.a,letters.b,letters.c,", 10*time.Second)
		got := s.run(t, setup{chain: letters(), steps: "letters.a"}, in)
		if got.again || got.tries != 0 || len(got.forwarded) != 1 {
			t.Fatalf("got %+v", got)
		}
		out := got.forwarded[0]
		if carrier.SlipOf(out) != "letters.b,letters.c," || string(out.DataEncoded) != "-a" || carrier.RequestID(out) != in.ID() ||
			functions.Attribute(out, functions.AttrReplyTo) == "" {
			t.Errorf("forwarded %v", out)
		}
	})
}

func TestAResultThatCannotBeForwardedEndsItsRequest(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"for good": errForGood, "for now": errForNow} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, whereAsync, func(t *testing.T, s shell) {
				got := s.run(t, setup{chain: letters(), steps: "letters.a", forward: err}, request("letters.a,letters.b,", s.brief()))
				if got.status < http.StatusInternalServerError || got.again || got.replies != 1 || got.problem.Step != "a" {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

func TestAResultThatCanNeverBeWrittenIsReplacedByAProblem(t *testing.T) {
	t.Parallel()
	large := func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = make([]byte, 7<<20)
		return &in, nil
	}
	unreadable := func(_ context.Context, in event.Event) (*event.Event, error) {
		contentType := event.ApplicationCloudEventsJSON // it would be taken for structured mode
		in.Context = &event.EventContextV1{DataContentType: &contentType}
		return &in, nil
	}
	for name, tt := range map[string]struct {
		setup setup
		isFor string
	}{
		"too large for the platform": {setup{chain: single(large)}, "lambda, sync"},
		"invalid in HTTP":            {setup{chain: single(unreadable)}, "knative"},
		"too large for the store": {setup{chain: single(appends("a")), complete: func(n int) error {
			if n == 1 {
				return reply.ErrTooLarge
			}
			return nil
		}}, "async broker"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			isFor := func(s shell) bool {
				platform, way, _ := strings.Cut(s.name, ", ")
				return s.name == tt.isFor || platform == tt.isFor || strings.Contains(tt.isFor, way) && way != "" && !s.waits
			}
			each(t, isFor, func(t *testing.T, s shell) {
				got := s.run(t, tt.setup, request("f.work,", 10*time.Second))
				if got.status != http.StatusInternalServerError || got.again || got.problem.Step != "work" ||
					got.problem.Title != "Invalid result" && got.problem.Title != "Result too large" {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

func TestAReplyThatNobodyWantsIsDealtWith(t *testing.T) {
	t.Parallel()
	for _, why := range []error{reply.ErrCompleted, reply.ErrExpired, reply.ErrCancelled, reply.ErrSuperseded} {
		t.Run(why.Error(), func(t *testing.T) {
			t.Parallel()
			each(t, whereAsync, func(t *testing.T, s shell) {
				got := s.run(t, setup{chain: letters(), complete: func(int) error { return why }}, request("letters.a,", 10*time.Second))
				if got.again || got.tries != 1 {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

func TestAnEventThatIsDeliveredTwiceHasOneReply(t *testing.T) {
	t.Parallel()
	each(t, whereAsync, func(t *testing.T, s shell) {
		var taken atomic.Bool
		vertex := s.start(t, setup{chain: letters(), log: &records{}, complete: func(int) error {
			if taken.Swap(true) {
				return reply.ErrCompleted
			}
			return nil
		}})
		in := request("letters.a,", 10*time.Second)
		for n := range 2 {
			if got := vertex.send(t.Context(), in.Clone()); got.again || got.replies != 1 || got.tries != n+1 || string(got.event.DataEncoded) != "-a" {
				t.Errorf("delivery %d: got %+v", n+1, got)
			}
		}
	})
}

func TestAReplyThatCannotBeDeliveredHasTheEventSentAgain(t *testing.T) {
	t.Parallel()
	isFor := func(s shell) bool { return !s.waits && !s.real } // it takes seconds
	each(t, isFor, func(t *testing.T, s shell) {
		got := s.run(t, setup{chain: letters(), complete: func(int) error { return errForNow }}, request("letters.a,", time.Second))
		if !got.again || got.tries < 3 || got.replies != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestAnEventThatAStepAcceptedNeedsNoReply(t *testing.T) {
	t.Parallel()
	accepts := func(context.Context, event.Event) (*event.Event, error) { return nil, carrier.ErrAccepted }
	each(t, vertices, func(t *testing.T, s shell) {
		got := s.run(t, setup{chain: single(accepts)}, request("f.work,", 10*time.Second))
		want := map[string]int{"knative, http": http.StatusAccepted, "lambda, sync": http.StatusInternalServerError} // it cannot answer so
		if got.status != want[s.name] || got.again || got.tries != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestProgressIsInTheReplyOfAChainThatAsksForIt(t *testing.T) {
	t.Parallel()
	isFor := func(s shell) bool { return s.name == "lambda, async" } // a reply over HTTP has no progress
	each(t, isFor, func(t *testing.T, s shell) {
		for want, asks := range map[int]bool{6: true, 0: false} {
			c := letters()
			c.Progress = asks
			if got := s.run(t, setup{chain: c}, request("letters.a,letters.b,letters.c,", 10*time.Second)); got.progress != want {
				t.Errorf("got %d, want %d", got.progress, want)
			}
		}
	})
}

func TestNothingBecomesOfAnEventWhoseSenderHasGone(t *testing.T) {
	t.Parallel()
	each(t, vertices, func(t *testing.T, s shell) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		vertex := s.start(t, setup{chain: single(func(ctx context.Context, in event.Event) (*event.Event, error) {
			cancel()
			<-ctx.Done()
			return &in, nil
		}), log: &records{}})
		if got := vertex.send(ctx, request("f.work,", 10*time.Second)); !got.again || got.tries+len(got.forwarded) != 0 {
			t.Errorf("got %+v", got)
		}
	})
}

// A function may do what it likes with the event that it was called with.
func TestNoFunctionChangesWhoseReplyItIs(t *testing.T) {
	t.Parallel()
	each(t, whereAsync, func(t *testing.T, s shell) {
		got := s.run(t, setup{chain: single(func(_ context.Context, in event.Event) (*event.Event, error) {
			for _, attr := range []string{functions.AttrReplyTo, functions.AttrReplyToken, functions.AttrCorrelationID, functions.AttrExpiryTime} {
				in.SetExtension(attr, "http://127.0.0.1:1/")
			}
			return nil, functions.Errorf(http.StatusConflict, "taken")
		})}, request("f.work,", 10*time.Second))
		if got.status != http.StatusConflict || got.again || got.replies != 1 {
			t.Errorf("got %+v", got)
		}
	})
}
