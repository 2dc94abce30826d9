package claimcheck_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/replytest"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/claimcheck"
	"github.com/homing-dev/homing/internal/httpbody"
)

func newCheck() (*claimcheck.Check, *replytest.MemoryBodies) {
	bodies := &replytest.MemoryBodies{}
	return &claimcheck.Check{Bodies: bodies, Retention: time.Hour, Log: slog.New(slog.DiscardHandler)}, bodies
}

func request(data string, attrs ...string) event.Event {
	ev := event.New()
	ev.SetID(reply.NewID(time.Now(), 7).String())
	ev.SetSource("/chains/photo")
	ev.SetType("homing.photo")
	ev.SetDataContentType("image/jpeg")
	ev.SetExtension(functions.AttrCorrelationID, ev.ID())
	ev.SetExtension(functions.AttrExpiryTime, time.Now().Add(time.Minute).UTC().Format(time.RFC3339Nano))
	for i := 0; i < len(attrs); i += 2 {
		ev.SetExtension(attrs[i], attrs[i+1])
	}
	ev.DataEncoded = []byte(data)
	return ev
}

func checkIn(t *testing.T, c *claimcheck.Check, ev event.Event) event.Event {
	t.Helper()
	small, err := c.In(t.Context(), ev)
	if err != nil {
		t.Fatal(err)
	}
	if len(small.DataEncoded) != 0 || functions.Attribute(small, "dataref") == "" || small.DataContentType() != ev.DataContentType() {
		t.Fatalf("checked in: %v", small)
	}
	return small
}

func TestTheDataOfAnEventComesBack(t *testing.T) {
	t.Parallel()
	c, bodies := newCheck()
	for _, theirs := range []string{"", "https://theirs.example/a b?c=d"} {
		in := request("a photo", "dataref", theirs)
		small := checkIn(t, c, in)
		if id := in.ID(); !strings.HasPrefix(functions.Attribute(small, "dataref"), "memory:"+id+"/") {
			t.Errorf("dataref is %s", functions.Attribute(small, "dataref"))
		}
		if again := checkIn(t, c, in); again.String() != small.String() {
			t.Errorf("a second time it is %v, and was %v", again, small)
		}
		out, kept, err := c.Fetch(t.Context(), small, &httpbody.Hold{})
		if err != nil || string(out.DataEncoded) != "a photo" || functions.Attribute(out, "dataref") != theirs || len(kept) != 1 {
			t.Fatalf("%v, %v, %v", out, kept, err)
		}
		c.Delete(t.Context(), kept)
	}
	if n := bodies.Kept(); n != 0 {
		t.Errorf("%d bodies are left", n)
	}
}

func TestARequestRemembersTheBodiesOfAllItsEvents(t *testing.T) {
	t.Parallel()
	c, bodies := newCheck()
	ev := request("one")
	for _, data := range []string{"two", "three", "one", "small"} {
		small := checkIn(t, c, ev)
		out, _, err := c.Fetch(t.Context(), small, &httpbody.Hold{})
		if err != nil {
			t.Fatal(err)
		}
		out.DataEncoded = []byte(data)
		ev = out
	}
	out, kept, err := c.Fetch(t.Context(), ev, &httpbody.Hold{}) // which was small enough
	if err != nil || string(out.DataEncoded) != "small" || len(kept) != 3 || bodies.Kept() != 3 {
		t.Fatalf("%v: %v, %d are kept; %v", out, kept, bodies.Kept(), err)
	}
	c.Delete(t.Context(), kept)
	if n := bodies.Kept(); n != 0 {
		t.Errorf("%d bodies are left", n)
	}
}

// A dataref of the client's own, or of a function, is theirs.
func TestAForeignDatarefIsNotFetched(t *testing.T) {
	t.Parallel()
	c, bodies := newCheck()
	bodies.Fail = func(what string) error { t.Errorf("%s was called", what); return nil }
	in := request("x", "dataref", "http://169.254.169.254/")
	out, kept, err := c.Fetch(t.Context(), in, &httpbody.Hold{})
	if err != nil || len(kept) != 0 || out.String() != in.String() {
		t.Errorf("%v, %v, %v", out, kept, err)
	}
}

func TestAnEventThatIsNotAsWeWroteItFetchesNothing(t *testing.T) {
	t.Parallel()
	c, bodies := newCheck()
	other := checkIn(t, c, request("of somebody else"))
	good := request("x")
	ticket := functions.Attribute(checkIn(t, c, good), functions.AttrClaimCheck)
	bodies.Fail = func(what string) error { t.Errorf("%s was called", what); return nil }
	id := functions.AttrCorrelationID
	for name, attrs := range map[string][]string{
		"another place":         {functions.AttrClaimCheck, ticket, "dataref", "http://169.254.169.254/latest"},
		"no place":              {functions.AttrClaimCheck, ticket},
		"another request":       {functions.AttrClaimCheck, functions.Attribute(other, functions.AttrClaimCheck), "dataref", functions.Attribute(other, "dataref")},
		"no request":            {functions.AttrClaimCheck, ticket, id, "42"},
		"no ticket":             {functions.AttrClaimCheck, "="},
		"a short hash":          {functions.AttrClaimCheck, "=abcd-3"},
		"a long hash":           {functions.AttrClaimCheck, strings.Replace(ticket, "=", "=ab", 1)},
		"no size":               {functions.AttrClaimCheck, strings.Split(ticket, "-")[0]},
		"a negative size":       {functions.AttrClaimCheck, strings.Replace(ticket, "-", "--", 1)},
		"a mark where none is":  {functions.AttrClaimCheck, ticket + " " + ticket},
		"a path in a hash":      {functions.AttrClaimCheck, "=../../" + ticket[7:]},
		"a ref that is no text": {functions.AttrClaimCheck, ticket + " @%zz"},
	} {
		out, _, err := c.Fetch(t.Context(), request("", attrs...), &httpbody.Hold{})
		if p, ok := errors.AsType[*functions.Error](err); !ok || p.StatusCode() < http.StatusBadRequest || len(out.DataEncoded) != 0 {
			t.Errorf("%s: %v, %v", name, out, err)
		}
	}
}

var errDown = errors.New("secret: connection refused")

func TestWhatCannotBeFetchedIsAProblemThatSaysWhy(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil  func(*claimcheck.Check, *replytest.MemoryBodies)
		status int
		detail string
	}{
		"changed": {func(_ *claimcheck.Check, b *replytest.MemoryBodies) { b.Replace([]byte("a phot0")) }, 500, "is not what it was"},
		"longer":  {func(_ *claimcheck.Check, b *replytest.MemoryBodies) { b.Replace([]byte("a photo!")) }, 500, "is not what it was"},
		"expired": {func(_ *claimcheck.Check, b *replytest.MemoryBodies) {
			b.Now = func() time.Time { return time.Now().Add(2 * time.Hour) }
		}, 500, "is gone"},
		"no store": {func(c *claimcheck.Check, _ *replytest.MemoryBodies) { c.Bodies = nil }, 500, "HOMING_BODIES"},
		"no right": {func(_ *claimcheck.Check, b *replytest.MemoryBodies) {
			b.Fail = func(string) error { return reply.ErrNoRight }
		}, 500, "no right"},
		"full": {func(_ *claimcheck.Check, b *replytest.MemoryBodies) {
			b.Fail = func(string) error { return reply.ErrFull }
		}, 503, "later"},
		"down": {func(_ *claimcheck.Check, b *replytest.MemoryBodies) {
			b.Fail = func(string) error { return errDown }
		}, 503, "later"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, bodies := newCheck()
			small := checkIn(t, c, request("a photo"))
			tt.spoil(c, bodies)
			_, _, err := c.Fetch(t.Context(), small, &httpbody.Hold{})
			p, ok := errors.AsType[*functions.Error](err)
			if !ok || p.StatusCode() != tt.status || !strings.Contains(p.Detail, tt.detail) || strings.Contains(p.Detail, "secret") {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestWhatCannotBeKeptIsAProblem(t *testing.T) {
	t.Parallel()
	c, bodies := newCheck()
	bodies.Fail = func(string) error { return errDown }
	_, err := c.In(t.Context(), request("a photo"))
	if p, ok := errors.AsType[*functions.Error](err); !ok || p.StatusCode() != http.StatusServiceUnavailable || p.RetryAfter == 0 || !errors.Is(err, errDown) {
		t.Errorf("%v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("gone")
	cancel(gone)
	if _, err := c.In(ctx, request("a photo")); !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
}

func TestNothingIsLargeWithoutAPlaceForIt(t *testing.T) {
	t.Parallel()
	var none *claimcheck.Check
	if none.Large() != nil || (&claimcheck.Check{}).Large() != nil {
		t.Error("there is a place")
	}
	none.Delete(t.Context(), []reply.Body{{}})
	c, _ := newCheck()
	small := checkIn(t, c, request("x"))
	if _, _, err := none.Fetch(t.Context(), small, &httpbody.Hold{}); err == nil {
		t.Error("it was fetched")
	}
	if got := carrier.StripRouting(small); functions.Attribute(got, functions.AttrClaimCheck) != "" {
		t.Errorf("somebody else gets %v", got)
	}
}

// What is fetched counts as bodies that callers send do: many large ones at once would
// end the process.
func TestWhatIsFetchedIsWithinTheBudget(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, bodies := newCheck()
		c.Budget = httpbody.NewBudget(1 << 20)
		reg := prometheus.NewRegistry()
		if err := errors.Join(c.Count(reg), reg.Register(c.Budget)); err != nil {
			t.Fatal(err)
		}
		const size = 400 << 10
		var first, second httpbody.Hold
		small := checkIn(t, c, request(strings.Repeat("x", size)))
		out, kept, err := c.Fetch(t.Context(), small, &first)
		if err != nil || len(out.DataEncoded) != size || c.Budget.Held() != size {
			t.Fatalf("%d bytes are held, %v", c.Budget.Held(), err)
		}
		other := checkIn(t, c, request(strings.Repeat("y", size)))
		bodies.Fail = func(what string) error { t.Errorf("%s was called", what); return nil }
		_, _, err = c.Fetch(t.Context(), other, &second)
		if p, ok := errors.AsType[*functions.Error](err); !ok || p.StatusCode() != http.StatusServiceUnavailable || !errors.Is(err, httpbody.ErrBusy) || p.RetryAfter == 0 {
			t.Errorf("without room: %v", err)
		}
		bodies.Fail = nil
		first.Release()
		if _, _, err := c.Fetch(t.Context(), other, &second); err != nil || c.Budget.Held() != size {
			t.Errorf("with room again: %v", err)
		}
		second.Release()
		c.Delete(t.Context(), kept)
		want := `
# HELP homing_body_budget_bytes Bytes of bodies that may be held at once.
# TYPE homing_body_budget_bytes gauge
homing_body_budget_bytes 1.048576e+06
# HELP homing_body_bytes Bytes of the bodies that are held now.
# TYPE homing_body_bytes gauge
homing_body_bytes 0
# HELP homing_claim_check_bodies_total Bodies of events that were too large to be sent with them, by what was done: stored, fetched or deleted.
# TYPE homing_claim_check_bodies_total counter
homing_claim_check_bodies_total{operation="deleted"} 1
homing_claim_check_bodies_total{operation="fetched"} 2
homing_claim_check_bodies_total{operation="stored"} 2
`
		if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
			t.Error(err)
		}
	})
}
