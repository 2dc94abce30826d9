package knative_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/knative"
)

func TestNamesOfServicesAreDNSLabels(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		chain functions.Chain
		want  string
	}{
		"plain":     {chainOf("quote", "price"), "homing-quote-price"},
		"capitals":  {chainOf("Quote", "Price"), "homing-quote-price"},
		"dots":      {chainOf("quote", "shop.price_v2"), "homing-quote-shop-price-v2"},
		"dashes":    {chainOf("-quote", "price-"), "homing-quote-price"},
		"as long":   {chainOf("quote", strings.Repeat("x", 44)), "homing-quote-" + strings.Repeat("x", 44)},
		"a keyword": {chainOf("true", "1"), "homing-true-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			docs := generate(t, one(knative.Split), tc.chain)
			if docs["Service "+tc.want] == nil || docs["Trigger "+tc.want] == nil {
				t.Errorf("there is no %s among %q", tc.want, slices.Sorted(maps.Keys(docs)))
			}
		})
	}
}

func TestNamesThatCannotBeAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		shape  knative.Shape
		chains []functions.Chain
		text   string
	}{
		"steps that meet": {
			knative.Split,
			[]functions.Chain{chainOf("a-b", "c"), chainOf("a", "b-c")},
			"the Services of a-b.c and a.b-c would both be named homing-a-b-c",
		},
		"chains that meet": {
			knative.Vertex,
			[]functions.Chain{chainOf("A", "x"), chainOf("a", "x")},
			"the Services of A and a would both be named homing-a",
		},
		"the adapter's": {
			knative.Vertex,
			[]functions.Chain{chainOf("adapter", "x")},
			"the Services of the adapter and adapter would both be named homing-adapter",
		},
		"the dead letters'": {
			knative.Split,
			[]functions.Chain{chainOf("dead", "letter")},
			"the Services of the dead letters and dead.letter would both be named homing-dead-letter",
		},
		"too long": {
			knative.Split,
			[]functions.Chain{chainOf("quote", strings.Repeat("x", 45))},
			"longer than 57 characters",
		},
		"no letter": {knative.Vertex, []functions.Chain{chainOf("--", "x")}, "neither letters nor digits"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := knative.Manifests(tc.chains, one(tc.shape))
			if err == nil || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %v, want an error with %q", err, tc.text)
			}
		})
	}
}

func TestNamesStayTextWhateverTheyHold(t *testing.T) {
	t.Parallel()
	for _, odd := range []string{"a\nkind: Secret", "a\n---\nb", "a: b", "a # b", `a"b`, "{{.Image}}", "a'b", "*a"} {
		c := chainOf(odd, odd)
		c.Steps[0].Policy.Concurrency.Max = 2
		docs := generate(t, one(knative.Split), c)
		if len(docs) != 8 {
			t.Errorf("%q: there are %q", odd, slices.Sorted(maps.Keys(docs)))
		}
		for name, doc := range docs {
			if strings.HasPrefix(name, "Trigger ") && doc.at(t, "spec", "filters", "prefix", "routingslip") != odd+"."+odd+"," {
				t.Errorf("%q: %s takes %v", odd, name, doc.at(t, "spec", "filters", "prefix", "routingslip"))
			}
		}
	}
}

func TestNamesOfOneShapeDoNotHinderAnother(t *testing.T) {
	t.Parallel()
	generate(t, one(knative.Vertex), chainOf("a-b", "c"), chainOf("a", "b-c"))
	generate(t, one(knative.Inline), chainOf("adapter", "x"))
}
