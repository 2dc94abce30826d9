package lambda_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// deaf does not heed its context, and returns after d.
func deaf(d time.Duration) functions.Function {
	return func(_ context.Context, in event.Event) (*event.Event, error) {
		time.Sleep(d)
		return &in, nil
	}
}

// steps is how long the steps may take of the 10 s until the deadline of a request:
// the adapter is to find their 504, which names the step, before it answers itself.
const steps = 9500 * time.Millisecond

// invocation holds when an invocation returned, and when its request had a reply.
type invocation struct{ returned, replied time.Duration }

func watch(t *testing.T, chain functions.Chain, limit time.Duration) (invocation, event.Event) {
	t.Helper()
	s, store, _ := vertexOf(t, env{}, chain)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	start := time.Now()
	var got invocation
	store.complete = func(int) error {
		got.replied = time.Since(start)
		return nil
	}
	in := request(chain.Name + ".work,")
	if _, err := s.Invoke(ctx, encode(t, in)); err != nil {
		t.Fatal(err)
	}
	got.returned = time.Since(start)
	synctest.Wait()
	ev := replyOf(t, store, in).Event
	time.Sleep(time.Hour) // lets every function end
	return got, ev
}

func TestAFunctionThatIgnoresItsDeadline(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		takes, limit time.Duration
		want         invocation
	}{
		"is answered for at the deadline, and waited for": {20 * time.Second, time.Minute, invocation{20 * time.Second, steps}},
		"is waited for until Lambda kills it":             {2 * time.Minute, time.Minute, invocation{time.Minute, steps}},
		"is answered for before Lambda kills it":          {20 * time.Second, 5 * time.Second, invocation{5 * time.Second, 4500 * time.Millisecond}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				got, ev := watch(t, single("f", deaf(tt.takes)), tt.limit)
				if got != tt.want {
					t.Errorf("got %+v, want %+v", got, tt.want)
				}
				problemIn(t, ev, http.StatusGatewayTimeout)
			})
		})
	}
}

func TestAFunctionThatGoesOnBehindItsStepTimeoutIsWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		chain := single("f", deaf(7*time.Second))
		chain.Steps[0].Policy.Timeout = 2 * time.Second
		got, ev := watch(t, chain, time.Minute)
		if want := (invocation{7 * time.Second, 2 * time.Second}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		problemIn(t, ev, http.StatusGatewayTimeout)
	})
}

func TestAFunctionThatHeedsItsDeadlineEndsTheInvocation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		got, ev := watch(t, single("f", func(ctx context.Context, _ event.Event) (*event.Event, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}), time.Minute)
		if want := (invocation{steps, steps}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		problemIn(t, ev, http.StatusGatewayTimeout)
	})
}

func TestWhoWaitsIsAnsweredAtTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, _, _ := vertexOf(t, env{}, single("f", deaf(time.Minute)))
		start := time.Now()
		answer, err := s.Invoke(t.Context(), encode(t, direct("f.work,")))
		if err != nil || time.Since(start) != steps {
			t.Fatalf("after %s: %v", time.Since(start), err)
		}
		problemIn(t, decode(t, answer), http.StatusGatewayTimeout)
		time.Sleep(time.Hour) // lets the function end
	})
}

func TestAChainThatAsksForProgressHasItInItsReply(t *testing.T) {
	t.Parallel()
	for _, wanted := range []bool{true, false} {
		chain := letters()
		chain.Progress = wanted
		s, store, _ := vertexOf(t, env{}, chain)
		in := request("letters.a,letters.b,letters.c,")
		if _, err := s.Invoke(t.Context(), encode(t, in)); err != nil {
			t.Fatal(err)
		}
		if got := replyOf(t, store, in).Progress; (len(got) == 6) != wanted || (len(got) == 0) == wanted {
			t.Errorf("wanted %v: %v", wanted, got)
		}
	}
}
