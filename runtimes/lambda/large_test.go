package lambda_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	clambda "github.com/homing-dev/homing/adapter/carrier/lambda"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/replytest"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/settings"
	"github.com/homing-dev/homing/runtimes/lambda"
)

// keeping is a store that keeps bodies, too.
type keeping struct {
	*polled
	*replytest.MemoryBodies
}

func newKeeping() keeping { return keeping{newStore(), &replytest.MemoryBodies{}} }

// photo is no text, and more than an asynchronous invocation takes.
func photo() []byte { return bytes.Repeat([]byte{0xff, 0xd8, 0, 1, 2, 3, 4, 5}, 192<<10) }

// hashing is the chain letters, whose last step returns the hash of the data.
func hashing(t *testing.T) functions.Chain {
	c := letters()
	c.Timeout = settings.LambdaWait // photos take their time where every access of memory is checked
	for i := range c.Steps {
		f := c.Steps[i].Function
		c.Steps[i].Function = func(ctx context.Context, in event.Event) (*event.Event, error) {
			for _, attr := range []string{"dataref", functions.AttrClaimCheck} {
				if got := functions.Attribute(in, attr); got != "" {
					t.Errorf("a function sees %s %s", attr, got)
				}
			}
			return f(ctx, in)
		}
	}
	last := c.Steps[2].Function
	c.Steps[2].Function = func(ctx context.Context, in event.Event) (*event.Event, error) {
		out, err := last(ctx, in)
		if err == nil {
			sum := sha256.Sum256(out.DataEncoded)
			out.DataEncoded = []byte(hex.EncodeToString(sum[:]))
		}
		return out, err
	}
	return c
}

// deployments are a vertex and a split deployment with the same store.
func deployments(t *testing.T, copies int, store reply.Store, chain functions.Chain) map[string]struct {
	*cloud
	*lambda.Service
} {
	t.Helper()
	whole, split := newCloud(), newCloud()
	whole.copies, split.copies = copies, copies
	whole.deploy(t, "v", env{}.with("HOMING_ROLE", "vertex"), store, chain)
	vertices := "letters.a=a,letters.b=b,letters.c=c"
	for _, step := range []string{"a", "b", "c"} {
		split.deploy(t, step, env{}.with("HOMING_ROLE", "vertex", "HOMING_STEPS", "letters."+step, "HOMING_VERTICES", vertices), store, chain)
	}
	return map[string]struct {
		*cloud
		*lambda.Service
	}{
		"vertex": {whole, whole.deploy(t, "adapter", env{}.with("HOMING_ROLE", "adapter", "HOMING_VERTICES", "*=v"), store, chain)},
		"split":  {split, split.deploy(t, "adapter", env{}.with("HOMING_ROLE", "adapter", "HOMING_VERTICES", vertices), store, chain)},
	}
}

func TestAPhotoGoesThroughEveryShapeAndNothingOfItIsLeft(t *testing.T) {
	t.Parallel()
	sum := sha256.Sum256(append(photo(), "abc"...))
	want := hex.EncodeToString(sum[:])
	for _, copies := range []int{0, 2} {
		store := newKeeping()
		for name, on := range deployments(t, copies, store, hashing(t)) {
			got := call(t, on.Service, "/letters", string(photo()), "Content-Type", "image/jpeg")
			if got.Status != http.StatusOK || string(got.Body) != want {
				t.Errorf("%s, %d copies: got %d %s", name, copies, got.Status, got.Body)
			}
			on.running.Wait()
			if n := store.Kept(); n != 0 || store.Puts() == 0 {
				t.Errorf("%s, %d copies: %d bodies are left of %d", name, copies, n, store.Puts())
			}
			for _, sent := range on.sent {
				if len(sent.Payload) > clambda.MaxAsync {
					t.Errorf("%s: an event of %d bytes", name, len(sent.Payload))
				}
			}
		}
	}
}

// What only a step made large is kept beside its event, too.
func TestAResultBetweenStepsMayBeLarge(t *testing.T) {
	t.Parallel()
	chain := hashing(t)
	chain.Steps[0].Function = func(_ context.Context, in event.Event) (*event.Event, error) {
		in.DataEncoded = photo()
		return &in, nil
	}
	sum := sha256.Sum256(append(photo(), "bc"...))
	for name, on := range deployments(t, 0, newKeeping(), chain) {
		got := call(t, on.Service, "/letters", "small")
		if got.Status != http.StatusOK || string(got.Body) != hex.EncodeToString(sum[:]) {
			t.Errorf("%s: got %d %s", name, got.Status, got.Body)
		}
	}
}

// A delivery whose reply could not be written leaves the body for the next one.
func TestAnEventThatIsSentAgainFindsItsBody(t *testing.T) {
	t.Parallel()
	store := newKeeping()
	c := newCloud()
	c.copies = -1 // nothing is delivered but by this test
	v := c.deploy(t, "v", env{}.with("HOMING_ROLE", "vertex"), store, hashing(t))
	s := c.deploy(t, "adapter", env{}.with("HOMING_ROLE", "adapter", "HOMING_VERTICES", "*=v"), store, hashing(t))
	if got := call(t, s, "/letters", string(photo()), "Prefer", "respond-async"); got.Status != http.StatusAccepted {
		t.Fatalf("got %d %s", got.Status, got.Body)
	}
	for n, fails := range []bool{true, false, false} { // the last one when the request has its reply
		store.complete = nil
		if fails {
			store.complete = func(int) error { return errDown }
		}
		patience := time.Minute
		if fails {
			patience = 2 * time.Second // for which it is tried
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		_, err := v.Invoke(ctx, c.sent[0].Payload)
		cancel()
		if kept := store.Kept() == 1; (err != nil) != fails || kept != fails {
			t.Errorf("delivery %d: %v; kept: %v", n+1, err, kept)
		}
	}
	got := replyOf(t, store, decode(t, c.sent[0].Payload))
	sum := sha256.Sum256(append(photo(), "abc"...))
	if string(got.Event.DataEncoded) != hex.EncodeToString(sum[:]) {
		t.Errorf("got %v", got.Event)
	}
}

var errDown = errors.New("down")

func TestWithoutAPlaceForItAPhotoIsRefused(t *testing.T) {
	t.Parallel()
	store := newKeeping()
	c := newCloud()
	c.deploy(t, "v", env{}.with("HOMING_ROLE", "vertex"), store, letters())
	s := c.deploy(t, "adapter", env{}.with("HOMING_ROLE", "adapter", "HOMING_VERTICES", "*=v", "HOMING_BODIES", "none"), store, letters())
	if got := call(t, s, "/letters", string(photo())); got.Status != http.StatusRequestEntityTooLarge || c.count() != 0 {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
	c.deploy(t, "v", env{}.with("HOMING_ROLE", "vertex", "HOMING_BODIES", "none"), store, letters())
	s = c.deploy(t, "adapter", env{}.with("HOMING_ROLE", "adapter", "HOMING_VERTICES", "*=v"), store, letters())
	if got := call(t, s, "/letters", string(photo())); got.Status != http.StatusInternalServerError || !bytes.Contains(got.Body, []byte("HOMING_BODIES")) {
		t.Errorf("got %d %s", got.Status, got.Body)
	}
}
