package chainfile_test

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
)

func echo(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }

func known() map[string]functions.Function {
	return map[string]functions.Function{
		"quote.enrich": echo, "quote.price": echo, "quote.validate": echo,
		"broken": nil,
	}
}

// withoutFunctions makes chains comparable: functions are not.
func withoutFunctions(chains []functions.Chain) []functions.Chain {
	for _, c := range chains {
		for i := range c.Steps {
			c.Steps[i].Function = nil
		}
	}
	return chains
}

func TestEveryFieldOfAFileReachesTheChain(t *testing.T) {
	t.Parallel()
	chains, err := chainfile.Load(filepath.Join("testdata", "good.yaml"), known())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range chains {
		if err := c.Validate(); err != nil {
			t.Error(err)
		}
	}
	want := []functions.Chain{
		{
			Name: "quote", Description: "Prices an order", Method: "POST", Path: "/quote/{id}",
			Type: "com.example.order", Timeout: 10 * time.Second, AsyncTimeout: 5 * time.Minute, MaxBody: 1 << 20,
			Headers: []string{"Accept", "Accept-Language"}, Tenants: []string{"shop", "desk"}, Progress: true,
			Consumes: []string{"application/json"}, Produces: []string{"application/json; charset=utf-8", "image/*"},
			Query: []functions.Param{
				{Name: "w", Description: "Width in pixels", Type: "integer", Required: true},
				{Name: "currency", Type: "string"},
			},
			Steps: []functions.Step{
				{Name: "check", Uses: "quote.validate", Policy: functions.Policy{
					Timeout:     time.Second,
					Retry:       functions.Retry{Attempts: 3, Delay: 50 * time.Millisecond, MaxDelay: time.Second, Jitter: 0.2},
					Concurrency: functions.Concurrency{Max: 8},
					Breaker:     functions.Breaker{Failures: 5, Of: 10, Delay: 10 * time.Second},
				}},
				{Name: "enrich", Uses: "quote.enrich"},
				{Name: "price", Uses: "quote.price", Policy: functions.Policy{
					Concurrency: functions.Concurrency{Max: 16, Adaptive: true, Wait: 100 * time.Millisecond},
				}},
			},
		},
		{
			Name: "quote-2", Method: "GET", Path: "/quote/{id}",
			Steps: []functions.Step{{Name: "price", Uses: "quote.price"}},
		},
	}
	for i, c := range chains {
		for _, s := range c.Steps {
			if s.Function == nil {
				t.Errorf("step %q of chain %d has no function", s.Name, i)
			}
		}
	}
	if got := withoutFunctions(chains); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestGoodValues(t *testing.T) {
	t.Parallel()
	const head = "chains:\n- name: a\n  steps: [quote.price]\n  route: "
	for name, test := range map[string]struct {
		file string
		got  func(functions.Chain) any
		want any
	}{
		"bytes":                        {head + "GET /a\n  maxBody: 4096\n", maxBody, int64(4096)},
		"quoted bytes":                 {head + "GET /a\n  maxBody: \"4096\"\n", maxBody, int64(4096)},
		"decimal kilobytes":            {head + "GET /a\n  maxBody: 3KB\n", maxBody, int64(3000)},
		"binary kilobytes":             {head + "GET /a\n  maxBody: 3KiB\n", maxBody, int64(3072)},
		"decimal megabytes":            {head + "GET /a\n  maxBody: 3MB\n", maxBody, int64(3_000_000)},
		"binary gigabytes":             {head + "GET /a\n  maxBody: 1GiB\n", maxBody, int64(1 << 30)},
		"upper-case boolean":           {head + "GET /a\n  progress: TRUE\n", progress, true},
		"false":                        {head + "GET /a\n  progress: false\n", progress, false},
		"wildcard under all":           {head + "GET /{all...}\n", path, "/{all...}"},
		"wildcard of one segment":      {head + "POST /{any}\n", path, "/{any}"},
		"name that begins as reserved": {head + "GET /eventsource\n", path, "/eventsource"},
		"anchor without an alias":      {head + "&r GET /a\n", path, "/a"},
		"windows line ends":            {"chains:\r\n- name: a\r\n  steps: [quote.price]\r\n  route: GET /a\r\n", path, "/a"},
		"document marks":               {"---\n" + head + "GET /a\n...\n", path, "/a"},
		"no jitter at all": {
			"chains:\n- {name: a, route: GET /a, steps: [{function: quote.price, retry: {attempts: 2, jitter: 0}}]}\n",
			func(c functions.Chain) any { return c.Steps[0].Policy.Retry.Jitter }, 1e-9,
		},
		"step longer than the timeout, within a written asyncTimeout": {
			"chains:\n- {name: a, route: GET /a, timeout: 5s, asyncTimeout: 1m, steps: [{function: quote.price, timeout: 60s}]}\n",
			func(c functions.Chain) any { return c.Steps[0].Policy.Timeout }, time.Minute,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chains, err := chainfile.Parse("chain.yaml", []byte(test.file), known())
			if err != nil {
				t.Fatal(err)
			}
			if got := test.got(chains[0]); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func maxBody(c functions.Chain) any  { return c.MaxBody }
func progress(c functions.Chain) any { return c.Progress }
func path(c functions.Chain) any     { return c.Path }

func TestParseLeavesWhatItReadsUnchanged(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("testdata", "good.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	before, functionsBefore := string(data), len(known())
	all := known()
	if _, err := chainfile.Parse("good.yaml", data, all); err != nil {
		t.Fatal(err)
	}
	if string(data) != before || len(all) != functionsBefore {
		t.Error("Parse changed its arguments")
	}
}
