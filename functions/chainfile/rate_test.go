package chainfile_test

import (
	"testing"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
)

func TestARateIsRead(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]functions.Rate{
		"rate: {requests: 100, per: 1m, burst: 200, by: chain}": {Requests: 100, Per: time.Minute, Burst: 200, By: functions.RateByChain},
		"rate: {requests: 5}": {Requests: 5, Per: time.Second, Burst: 5, By: functions.RateByTenant},
	} {
		chains, err := chainfile.Parse("chain.yaml", []byte(withField(written)), known())
		if err != nil {
			t.Fatal(err)
		}
		if got := chains[0].Rate.WithDefaults(); got != want {
			t.Errorf("%s: got %+v", written, got)
		}
	}
}

func TestAChainMayLimitItsCalls(t *testing.T) {
	t.Parallel()
	chains, err := chainfile.Parse("chain.yaml", []byte(withField("concurrency: 50")), known())
	if err != nil || chains[0].Concurrency != 50 {
		t.Errorf("got %+v and the error %v", chains, err)
	}
	chains, err = chainfile.Parse("chain.yaml", []byte(withField("backlog: 1000")), known())
	if err != nil || chains[0].Backlog != 1000 {
		t.Errorf("got %+v and the error %v", chains, err)
	}
	const range1 = " is not a whole number from 1 to 1000000"
	refuse(t, map[string]refused{
		"none":       {withField("concurrency: 0"), "chain.yaml:5:18: chains[0].concurrency: 0" + range1},
		"negative":   {withField("backlog: -5"), "chain.yaml:5:14: chains[0].backlog: -5" + range1},
		"a mapping":  {withField("concurrency: {max: 5}"), "chain.yaml:5:18: chains[0].concurrency: expected a whole number from 1 to 1000000, found a mapping"},
		"misspelt":   {withField("backlogs: 5"), `chain.yaml:5:5: chains[0]: unknown field "backlogs"; did you mean "backlog"?`},
		"a fraction": {withField("backlog: 1.5"), "chain.yaml:5:14: chains[0].backlog: expected a whole number from 1 to 1000000, found the number 1.5"},
	})
}

func TestAPriorityIsOneOfThree(t *testing.T) {
	t.Parallel()
	chains, err := chainfile.Parse("chain.yaml", []byte(withField("priority: high")), known())
	if err != nil || chains[0].Priority != functions.PriorityHigh {
		t.Errorf("got %+v and the error %v", chains, err)
	}
	refuse(t, map[string]refused{
		"misspelt": {withField("priority: hihg"), `chain.yaml:5:15: chains[0].priority: "hihg" is not one of high, normal, low; did you mean "high"?`},
		"a number": {withField("priority: 1"), `chain.yaml:5:15: chains[0].priority: expected a text, found the number 1`},
		"empty":    {withField("priority: ''"), `chain.yaml:5:15: chains[0].priority: "" is not one of high, normal, low`},
	})
}

func TestARateIsStrict(t *testing.T) {
	t.Parallel()
	const at = "chain.yaml:5:11: chains[0].rate: "
	refuse(t, map[string]refused{
		"a number":  {withField("rate: 100"), at + "expected a mapping with requests, per, burst, by, found the number 100"},
		"empty":     {withField("rate: {}"), at + `the field "requests" is missing`},
		"misspelt":  {withField("rate: {request: 5}"), at + "the field \"requests\" is missing\nchain.yaml:5:12: chains[0].rate: unknown field \"request\"; did you mean \"requests\"?"},
		"none":      {withField("rate: {requests: 0}"), "chain.yaml:5:22: chains[0].rate.requests: 0 is not a whole number from 1 to 1000000"},
		"negative":  {withField("rate: {requests: 5, burst: -1}"), "chain.yaml:5:32: chains[0].rate.burst: -1 is not a whole number from 1 to 1000000"},
		"fraction":  {withField("rate: {requests: 0.5}"), "chain.yaml:5:22: chains[0].rate.requests: expected a whole number from 1 to 1000000, found the number 0.5"},
		"no unit":   {withField("rate: {requests: 5, per: 10}"), `chain.yaml:5:30: chains[0].rate.per: the duration "10" has no unit; did you mean "10s"?`},
		"a part":    {withField("rate: {requests: 5, per: 100ms}"), `chain.yaml:5:30: chains[0].rate.per: 100ms is not a whole number of seconds, in which callers are told of it; did you mean "1s"?`},
		"uneven":    {withField("rate: {requests: 5, per: 2.6s}"), `chain.yaml:5:30: chains[0].rate.per: 2.6s is not a whole number of seconds, in which callers are told of it; did you mean "3s"?`},
		"by a user": {withField("rate: {requests: 5, by: tenants}"), `chain.yaml:5:29: chains[0].rate.by: "tenants" is not one of tenant, chain; did you mean "tenant"?`},
	})
}
