package sam_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/sam"
)

func TestFunctionsAreNamedAfterChainAndStep(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		chain      functions.Chain
		id, suffix string
	}{
		"plain":    {chainOf("quote", "price"), "QuotePrice", "quote-price"},
		"capitals": {chainOf("Quote", "toEUR"), "QuoteToEUR", "quote-toeur"},
		"dots":     {chainOf("quote", "shop.price_v2"), "QuoteShopPriceV2", "quote-shop-price-v2"},
		"dashes":   {chainOf("-quote", "price-"), "QuotePrice", "quote-price"},
		"numbers":  {chainOf("1", "2"), "12", "1-2"},
		"as long":  {chainOf("quote", strings.Repeat("x", 34)), "QuoteX" + strings.Repeat("x", 33), "quote-" + strings.Repeat("x", 34)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := deploy(t, shape("split"), tc.chain).functions()[tc.id]
			if got := f.at("Properties")["FunctionName"]; got != "${AWS::StackName}-"+tc.suffix {
				t.Errorf("%s is named %v", tc.id, got)
			}
		})
	}
}

func TestChainsThatCannotBeDeployedAreRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		chains []functions.Chain
		text   string
	}{
		"none":             {nil, "no chains"},
		"wrong chain":      {[]functions.Chain{chainOf("a")}, `chain "a" has no steps`},
		"same name":        {[]functions.Chain{chainOf("a", "x"), chainOf("a", "x")}, "a.x and a.x would both need the name a-x"},
		"steps that meet":  {[]functions.Chain{chainOf("a-b", "c"), chainOf("a", "b-c")}, "a-b.c and a.b-c would both need the name a-b-c"},
		"capitals":         {[]functions.Chain{chainOf("a", "x", "X")}, "a.x and a.X would both need the name a-x"},
		"the adapter's":    {[]functions.Chain{chainOf("adapter", "role")}, "adapter and adapter.role would both need the name AdapterRole"},
		"the API's":        {[]functions.Chain{chainOf("api", "logs")}, "the stack itself and api.logs would both need the name ApiLogs"},
		"SAM's":            {[]functions.Chain{chainOf("streaming", "url")}, "streaming and streaming.url would both need the name StreamingUrl"},
		"a parameter's":    {[]functions.Chain{chainOf("log", "retention")}, "would both need the name LogRetention"},
		"an alarm's":       {[]functions.Chain{chainOf("a", "errors")}, "a.errors and the alarms of a would both need the name AErrors"},
		"the adapter's, 2": {[]functions.Chain{chainOf("adapter", "x")}, "adapter and the alarms of adapter would both need the name AdapterErrors"},
		"too long":         {[]functions.Chain{chainOf("quote", strings.Repeat("x", 35))}, "longer than 40 characters"},
		"no letter":        {[]functions.Chain{chainOf("--", "-")}, "neither letters nor digits"},
		"text in a chain":  {[]functions.Chain{chainOf("a: b", "x")}, `"a: b" is not a name of letters, digits and dashes`},
		"text in a step":   {[]functions.Chain{chainOf("a", "${x}")}, `"${x}" is not a name of letters`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := sam.Template(tc.chains)
			if err == nil || !strings.Contains(err.Error(), tc.text) || text != nil {
				t.Errorf("got %d bytes and %v, want an error with %q", len(text), err, tc.text)
			}
			if _, err := sam.Costs(tc.chains, sam.Load{}); err == nil {
				t.Error("their costs are told")
			}
		})
	}
}

// All names of a large deployment differ, and the text stays YAML whatever a
// route says.
func TestManyChainsFit(t *testing.T) {
	t.Parallel()
	var chains []functions.Chain
	for i := range 12 {
		c := chainOf(fmt.Sprintf("chain-%d", i), "validate", "work", "store")
		c.Path = `/a"b: #{x}/` + c.Name
		chains = append(chains, c)
	}
	s := deploy(t, shape("split"), chains...)
	if got := len(s.functions()); got != 12*3+3 {
		t.Errorf("there are %d functions", got)
	}
	if got, _ := s.at("Outputs", "ApiUrl")["Description"].(string); !strings.Contains(got, `POST /a"b: #{x}/chain-11`) {
		t.Errorf("the routes are %s", got)
	}
}
