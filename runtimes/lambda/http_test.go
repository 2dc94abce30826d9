package lambda_test

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/httpevent"
)

// problemOf checks that an answer is a problem with a status, and returns it.
func problemOf(t *testing.T, got httpevent.Answer, status int) functions.Problem {
	t.Helper()
	var p functions.Problem
	if err := json.Unmarshal(got.Body, &p); err != nil || got.Status != status || p.Status != status || p.Detail == "" ||
		got.Header.Get("Content-Type") != functions.ProblemContentType {
		t.Fatalf("got %d %s, want the problem %d", got.Status, got.Body, status)
	}
	return p
}

func TestEverySourceIsAnswered(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}, newStore(), letters())
	for _, source := range []httpevent.Source{
		httpevent.HTTPAPI, httpevent.HTTPAPIv1, httpevent.REST, httpevent.URL, httpevent.ALB, httpevent.ALBMulti,
	} {
		answer, err := s.Invoke(t.Context(), post(t, source, "/letters", "-", "Content-Type", "text/plain"))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := httpevent.DecodeResponse(answer, source); err != nil || got.Status != http.StatusOK || string(got.Body) != "-abc" {
			t.Errorf("%s: %v %s", source, err, answer)
		}
	}
}

func TestEveryEndOfAFunctionIsAnAnswer(t *testing.T) {
	t.Parallel()
	for name, f := range map[string]functions.Function{
		"panic": func(context.Context, event.Event) (*event.Event, error) { panic("secret") },
		"goexit": func(context.Context, event.Event) (*event.Event, error) {
			runtime.Goexit()
			return nil, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newCloud().deploy(t, "self", env{}, newStore(), single("f", f))
			if got := call(t, s, "/f", "-"); strings.Contains(problemOf(t, got, http.StatusInternalServerError).Detail, "secret") {
				t.Errorf("got %s", got.Body)
			}
		})
	}
}

func TestACallIsAnsweredBeforeLambdaStopsTheFunction(t *testing.T) {
	t.Parallel()
	heeds := func(ctx context.Context, _ event.Event) (*event.Event, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	for name, f := range map[string]functions.Function{"deaf": deaf(time.Minute), "heeds its context": heeds} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newCloud().deploy(t, "self", env{}, newStore(), single("f", f))
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				start := time.Now()
				payload, err := s.Invoke(ctx, post(t, httpevent.HTTPAPI, "/f", "-"))
				if err != nil {
					t.Fatal(err)
				}
				got, err := httpevent.DecodeResponse(payload, httpevent.HTTPAPI)
				if err != nil {
					t.Fatal(err)
				}
				problemOf(t, got, http.StatusGatewayTimeout)
				if took := time.Since(start); took < 4*time.Second || took >= 5*time.Second {
					t.Errorf("took %s", took)
				}
				time.Sleep(time.Hour) // lets the function end
			})
		})
	}
}

func TestAnHTTPEventThatCannotBeReadIsAnsweredWith400(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}, newStore(), letters())
	payload := strings.Replace(string(post(t, httpevent.HTTPAPI, "/letters", "\x00\xff")), `"isBase64Encoded":true`, `"isBase64Encoded":"no"`, 1)
	answer, err := s.Invoke(t.Context(), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	got, err := httpevent.DecodeResponse(answer, httpevent.HTTPAPI)
	if err != nil {
		t.Fatal(err)
	}
	problemOf(t, got, http.StatusBadRequest)
}

func TestTokensAreAskedFor(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}.with("HOMING_TOKENS", "shop=0123456789abcdef"), newStore(), letters())
	problemOf(t, call(t, s, "/letters", "-"), http.StatusUnauthorized)
	if got := call(t, s, "/letters", "-", "Authorization", "Bearer 0123456789abcdef"); got.Status != http.StatusOK {
		t.Errorf("got %d", got.Status)
	}
}

func TestTheEventOfACallDoesNotShareThePayload(t *testing.T) {
	t.Parallel()
	kept := make(chan event.Event, 1)
	s := newCloud().deploy(t, "self", env{}, newStore(), single("f", func(_ context.Context, in event.Event) (*event.Event, error) {
		kept <- in
		return &in, nil
	}))
	payload := post(t, httpevent.HTTPAPI, "/f", "data")
	if _, err := s.Invoke(t.Context(), payload); err != nil {
		t.Fatal(err)
	}
	clear(payload) // as aws-lambda-go does when it reads the next one into the same memory
	if got := <-kept; string(got.Data()) != "data" {
		t.Errorf("the data has become %q", got.Data())
	}
}

func TestManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}, newStore(), letters())
	done := make(chan httpevent.Answer, 64)
	for range cap(done) {
		go func() { done <- call(t, s, "/letters", "-") }()
	}
	for range cap(done) {
		if got := <-done; got.Status != http.StatusOK || string(got.Body) != "-abc" {
			t.Errorf("got %d %s", got.Status, got.Body)
		}
	}
}

func TestTheSettingsOfAnAdapterCountOnLambda(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}.with("HOMING_MAX_BODY", "3"), newStore(), letters())
	problemOf(t, call(t, s, "/letters", "more"), http.StatusRequestEntityTooLarge)
	if got := call(t, s, "/letters", "-"); got.Status != http.StatusOK {
		t.Errorf("got %d", got.Status)
	}
}

// Steps are for vertices: a function that runs all of a chain takes all of them.
func TestStepsThatDoNotCountAreNotUsed(t *testing.T) {
	t.Parallel()
	s := newCloud().deploy(t, "self", env{}.with("HOMING_STEPS", "letters.a"), newStore(), letters())
	if got := call(t, s, "/letters", "-"); got.Status != http.StatusOK || string(got.Body) != "-abc" {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
}
