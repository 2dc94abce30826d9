package functions_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

func identity(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }

func orders() functions.Chain {
	return functions.Chain{
		Name: "orders", Method: "POST", Path: "/orders", Headers: []string{"Accept-Language"},
		Steps: []functions.Step{{Name: "a", Function: identity}, {Name: "b", Function: identity}},
	}
}

func TestChainWithDefaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		given, want functions.Chain
	}{
		"zero": {
			functions.Chain{Name: "orders"},
			functions.Chain{Type: "homing.orders", Timeout: 25 * time.Second, AsyncTimeout: 15 * time.Minute},
		},
		"set": {
			functions.Chain{Type: "t", Timeout: time.Second, AsyncTimeout: time.Minute},
			functions.Chain{Type: "t", Timeout: time.Second, AsyncTimeout: time.Minute},
		},
		"longer than the default": {
			functions.Chain{Type: "t", Timeout: time.Hour},
			functions.Chain{Type: "t", Timeout: time.Hour, AsyncTimeout: time.Hour},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := tt.given.WithDefaults()
			if got.Type != tt.want.Type || got.Timeout != tt.want.Timeout || got.AsyncTimeout != tt.want.AsyncTimeout {
				t.Errorf("got %s %s %s", got.Type, got.Timeout, got.AsyncTimeout)
			}
		})
	}
}

func TestChainValidateNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		spoil func(*functions.Chain)
		want  string // "" means right
	}{
		"right":              {func(*functions.Chain) {}, ""},
		"no name":            {func(c *functions.Chain) { c.Name = "" }, "the chain has no name"},
		"no method":          {func(c *functions.Chain) { c.Method = "" }, `the route "/orders" is not METHOD /path`},
		"no path":            {func(c *functions.Chain) { c.Path = "" }, `the route "POST" is not METHOD /path`},
		"relative path":      {func(c *functions.Chain) { c.Path = "orders" }, `the route "POST orders" is not METHOD /path`},
		"negative timeout":   {func(c *functions.Chain) { c.Timeout = -1 }, "a timeout is negative"},
		"negative async":     {func(c *functions.Chain) { c.AsyncTimeout = -1 }, "a timeout is negative"},
		"no steps":           {func(c *functions.Chain) { c.Steps = nil }, "has no steps"},
		"step without name":  {func(c *functions.Chain) { c.Steps[1].Name = "" }, "step 2 has no name"},
		"name taken":         {func(c *functions.Chain) { c.Steps[1].Name = "a" }, `two steps are named "a"`},
		"no function":        {func(c *functions.Chain) { c.Steps[1].Function = nil }, `step "b" has neither function nor URL`},
		"header Method":      {func(c *functions.Chain) { c.Headers = []string{"Method"} }, `header "Method" cannot be carried`},
		"header Status":      {func(c *functions.Chain) { c.Headers = []string{"STATUS"} }, `header "STATUS" cannot be carried`},
		"header of no name":  {func(c *functions.Chain) { c.Headers = []string{"-"} }, `header "-" cannot be carried`},
		"several at a time":  {func(c *functions.Chain) { c.Name, c.Steps = "", nil }, "has no steps"},
		"several at a time2": {func(c *functions.Chain) { c.Name, c.Steps = "", nil }, "has no name"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := orders()
			tt.spoil(&c)
			err := c.Validate()
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
