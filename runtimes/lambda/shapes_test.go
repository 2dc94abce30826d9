package lambda_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// call sends a POST by an HTTP API to a function.
func call(t testing.TB, s *lambda.Service, path, body string, headers ...string) httpevent.Answer {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	payload, err := s.Invoke(ctx, post(t, httpevent.HTTPAPI, path, body, headers...))
	if err != nil {
		t.Fatal(err)
	}
	got, err := httpevent.DecodeResponse(payload, httpevent.HTTPAPI)
	if err != nil {
		t.Fatalf("%v: %s", err, payload)
	}
	return got
}

// shapes are the deployments of some chains.
func shapes(t *testing.T, chains ...functions.Chain) map[string]*lambda.Service {
	t.Helper()
	inline, whole, split := newCloud(), newCloud(), newCloud()
	store := newStore()
	whole.deploy(t, "v", env{}.with("HOMING_ROLE", "vertex"), store, chains...)
	for _, step := range []string{"a", "b", "c"} {
		split.deploy(t, step, env{}.with("HOMING_ROLE", "vertex", "HOMING_STEPS", "letters."+step,
			"HOMING_VERTICES", "letters.a=a,letters.b=b,letters.c=c"), store, chains...)
	}
	return map[string]*lambda.Service{
		"inline": inline.deploy(t, "self", env{}, newStore(), chains...),
		"vertex": whole.deploy(t, "adapter", env{}.with("HOMING_ROLE", "adapter", "HOMING_VERTICES", "*=v"), store, chains...),
		"split": split.deploy(t, "adapter", env{}.with("HOMING_ROLE", "adapter",
			"HOMING_VERTICES", "letters.a=a,letters.b=b,letters.c=c"), store, chains...),
	}
}

func TestEveryShapeHasTheSameReply(t *testing.T) {
	t.Parallel()
	for name, s := range shapes(t, letters()) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := call(t, s, "/letters", "-", "Content-Type", "text/plain")
			if got.Status != http.StatusOK || string(got.Body) != "-abc" || got.Header.Get("Content-Type") != "text/plain" {
				t.Errorf("got %d %v %s", got.Status, got.Header, got.Body)
			}
		})
	}
}

func TestEveryShapeReportsTheSameFailure(t *testing.T) {
	t.Parallel()
	c := letters()
	c.Steps[1].Function = func(context.Context, event.Event) (*event.Event, error) {
		return nil, functions.Errorf(http.StatusConflict, "taken")
	}
	for name, s := range shapes(t, c) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := call(t, s, "/letters", "-")
			id := got.Header.Get("X-Request-ID")
			want := `{"title":"Conflict","status":409,"detail":"taken","step":"b","attempt":1,"requestid":"`
			if got.Status != http.StatusConflict || len(got.Body) < len(want) || string(got.Body[:len(want)]) != want {
				t.Errorf("got %d %s (%s)", got.Status, got.Body, id)
			}
		})
	}
}

func TestADuplicateDeliveryHasOneReply(t *testing.T) {
	t.Parallel()
	c, store := newCloud(), newStore()
	c.copies = 2
	c.deploy(t, "v", env{}.with("HOMING_ROLE", "vertex"), store, letters())
	s := c.deploy(t, "adapter", env{}.with("HOMING_ROLE", "adapter", "HOMING_VERTICES", "*=v"), store, letters())
	if got := call(t, s, "/letters", "-"); got.Status != http.StatusOK || string(got.Body) != "-abc" {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	c.running.Wait()
	if store.tries != 3 {
		t.Errorf("%d replies were written, of 3 deliveries", store.tries)
	}
}

func TestWhatOutlivesItsConnectionIsAnotherInvocationOfTheFunction(t *testing.T) {
	t.Parallel()
	c, store := newCloud(), newStore()
	s := c.deploy(t, "self", env{}, store, letters())
	got := call(t, s, "/letters", "-", "Prefer", "respond-async")
	if got.Status != http.StatusAccepted || c.count() != 1 || *c.sent[0].FunctionName != "self" {
		t.Fatalf("got %d %s; %d invocations", got.Status, got.Body, c.count())
	}
	c.running.Wait()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example.com"+got.Header.Get("Location"), nil)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := gateway.Encode(r, nil, gateway.EncodeOptions{Source: httpevent.URL})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.Invoke(t.Context(), payload)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := httpevent.DecodeResponse(answer, httpevent.URL); err != nil || got.Status != http.StatusOK || string(got.Body) != "-abc" {
		t.Errorf("%v: %s", err, answer)
	}
}

func TestAPlainCallOfTheInlineShapeInvokesNothing(t *testing.T) {
	t.Parallel()
	c, store := newCloud(), newStore()
	s := c.deploy(t, "self", env{}, store, letters())
	if got := call(t, s, "/letters", "-"); got.Status != http.StatusOK || c.count() != 0 || store.tries != 0 {
		t.Errorf("got %d; %d invocations, %d replies stored", got.Status, c.count(), store.tries)
	}
}

func TestAStepInAForeignLambdaIsCalled(t *testing.T) {
	t.Parallel()
	c, store := newCloud(), newStore()
	theirs := single("theirs", func(ctx context.Context, in event.Event) (*event.Event, error) {
		for _, attr := range []string{functions.AttrReplyTo, functions.AttrReplyToken, functions.AttrRoutingSlip} {
			if got := functions.Attribute(in, attr); got != "" {
				t.Errorf("it sees %s %s", attr, got)
			}
		}
		return appends("b")(ctx, in)
	})
	theirs.Type = "homing.letters" // by which a vertex finds the chain of an event without a slip
	c.deploy(t, "theirs", env{}.with("HOMING_ROLE", "vertex"), newStore(), theirs)
	chain := letters()
	chain.Steps[1].Function, chain.Steps[1].URL = nil, "lambda:theirs"
	s := c.deploy(t, "self", env{}, store, chain)
	if got := call(t, s, "/letters", "-"); got.Status != http.StatusOK || string(got.Body) != "-abc" || c.count() != 1 {
		t.Errorf("got %d %s; %d invocations", got.Status, got.Body, c.count())
	}
}

func TestAVertexThatCannotForwardCompletesTheRequest(t *testing.T) {
	t.Parallel()
	c, store := newCloud(), newStore()
	s := c.deploy(t, "a", env{}.with("HOMING_ROLE", "vertex", "HOMING_STEPS", "letters.a", "HOMING_VERTICES", "letters.b=missing"), store, letters())
	in := request("letters.a,letters.b,")
	if _, err := s.Invoke(t.Context(), encode(t, in)); err != nil {
		t.Fatal(err)
	}
	problemIn(t, replyOf(t, store, in).Event, http.StatusBadGateway)
	alone := direct("letters.a,letters.b,") // who waits would take half a result for the whole
	answer, err := s.Invoke(t.Context(), encode(t, alone))
	if err != nil {
		t.Fatal(err)
	}
	problemIn(t, decode(t, answer), http.StatusNotFound)
}
