package carrier_test

import (
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
)

func TestSlipIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	slip := carrier.NewSlip("orders", functions.Step{Name: "a"}, functions.Step{Name: "b"}, functions.Step{Name: "c"})
	if slip != "orders.a,orders.b,orders.c," {
		t.Fatalf("got %q", slip)
	}
	for n, step := range []string{"a", "b", "c"} {
		if c, s, ok := slip.Skip(n).Next(); c != "orders" || s != step || !ok {
			t.Errorf("entry %d: %q, %q, %v", n, c, s, ok)
		}
	}
	if carrier.NewSlip("orders") != "" {
		t.Error("a slip of no steps is not empty")
	}
}

func TestSlipNext(t *testing.T) {
	t.Parallel()
	for slip, want := range map[carrier.Slip]struct {
		chain, step string
		ok          bool
	}{
		"":         {"", "", false},
		",":        {"", "", false},
		"a.b":      {"", "", false}, // it may have been cut
		"a,":       {"a", "", false},
		".b,":      {"", "b", false},
		"a.,":      {"a", "", false},
		"a.b,":     {"a", "b", true},
		"a.b,c":    {"a", "b", true},
		"a.b.c,":   {"a", "b.c", true},
		",a.b,":    {"", "", false},
		"a.b,,c.d": {"a", "b", true},
	} {
		if c, s, ok := slip.Next(); c != want.chain || s != want.step || ok != want.ok {
			t.Errorf("%q: got %q, %q, %v", slip, c, s, ok)
		}
	}
}

func TestSlipSkipEndsAtTheEnd(t *testing.T) {
	t.Parallel()
	for n, want := range []carrier.Slip{"a.b,c.d,", "c.d,", "", "", ""} {
		if got := carrier.Slip("a.b,c.d,").Skip(n); got != want {
			t.Errorf("%d: got %q, want %q", n, got, want)
		}
	}
	if got := carrier.Slip("cut").Skip(1); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestSlipOfAnEvent(t *testing.T) {
	t.Parallel()
	in, _ := request()
	if got := carrier.SlipOf(in); got != "" {
		t.Errorf("got %q of an event without one", got)
	}
	if got := carrier.SlipOf(carrier.Routed(in, "a.b,")); got != "a.b," {
		t.Errorf("got %q", got)
	}
	odd := event.Event{Context: &event.EventContextV1{Extensions: map[string]any{functions.AttrRoutingSlip: int32(1)}}}
	if _, _, ok := carrier.SlipOf(odd).Next(); ok {
		t.Error("a number is a slip")
	}
}

func FuzzSlip(f *testing.F) {
	for _, seed := range []string{"", ",", "a.b,", "a.b,c.d,", ".,", "a.b", ",,,,", "a.b,\x00.\xff,"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		slip, commas := carrier.Slip(text), strings.Count(text, ",")
		var rebuilt strings.Builder
		for range commas {
			c, s, ok := slip.Next()
			rest := slip.Skip(1)
			if !strings.HasSuffix(string(slip), string(rest)) {
				t.Fatalf("%q goes on as %q", slip, rest)
			}
			if ok && (c == "" || s == "" || strings.Contains(c, ".") || !strings.HasPrefix(string(slip), c+"."+s+",")) {
				t.Fatalf("%q: %q and %q", slip, c, s)
			}
			rebuilt.WriteString(strings.TrimSuffix(string(slip), string(rest)))
			slip = rest
		}
		if rebuilt.String()+string(slip) != text || slip != carrier.Slip(text).Skip(commas) {
			t.Fatalf("%q was read as %q and %q", text, rebuilt.String(), slip)
		}
		if _, _, ok := slip.Next(); ok {
			t.Fatalf("%q has a step behind its last comma", text)
		}
	})
}
