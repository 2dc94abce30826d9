package lambda_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter/carrier/lambda"
)

func TestTheFirstPatternThatMeansAStepWins(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:lambda:eu-west-1:123456789012:function:price:live"
	v := parse(t, " quote.price = "+arn+" , quote.*=quote,, other.shop.price=dotted, *=rest ")
	for step, want := range map[string]string{"quote.price": arn, "quote.enrich": "quote", "thumbnail.resize": "rest", "quote2.price": "rest", "other.shop.price": "dotted"} {
		chain, name, _ := strings.Cut(step, ".")
		if got, ok := v.Find(chain, name); !ok || got != want {
			t.Errorf("%s: %q %v", step, got, ok)
		}
	}
	if !v.Any() {
		t.Error("there are entries")
	}
}

func TestAStepThatNoPatternMeans(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", " , ", "quote.price=f", "other.*=f"} {
		if got, ok := parse(t, s).Find("quote", "enrich"); ok || got != "" {
			t.Errorf("%q: %q", s, got)
		}
	}
	if (lambda.Vertices{}).Any() {
		t.Error("the zero value has entries")
	}
}

func TestWhatIsNoEntryIsRefusedByItsPlace(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"f", "=f", "*=", "quote=f", ".x=f", "quote.=f", "*.x=f", "*=f g", "*=f/g", "*=f=g", "a.b c=f"} {
		_, err := lambda.ParseVertices("*=ok," + s)
		if err == nil || !strings.Contains(err.Error(), "entry 2") {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func FuzzParseVertices(f *testing.F) {
	f.Add("quote.*=f,*=arn:aws:lambda:eu-west-1:123456789012:function:f:$LATEST")
	f.Add("=,=")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := lambda.ParseVertices(s)
		if function, ok := v.Find("quote", "price"); ok && (err != nil || function == "" || !strings.Contains(s, function)) {
			t.Errorf("%q gives %q, %v", s, function, err)
		}
	})
}
