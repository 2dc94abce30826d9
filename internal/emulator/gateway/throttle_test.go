package gateway_test

import (
	"slices"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/template"
)

// clock is a time that a test sets.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func TestThrottleLetsABurstThroughAndThenItsRate(t *testing.T) {
	t.Parallel()
	c := &clock{time.Unix(1_800_000_000, 0)}
	h := gateway.NewAPI(template.API{
		Kind: template.HTTP, Stage: "$default", Throttle: template.Throttle{Rate: 2, Burst: 3},
		Routes: []template.Route{
			{Method: "GET", Path: "/a", Function: "f", Payload: "2.0"},
			{Method: "GET", Path: "/own", Function: "f", Payload: "2.0", Throttle: template.Throttle{Rate: 1}},
		},
	}, gateway.Options{Lambda: functions{"f": says(`{"statusCode":204}`)}, Now: c.now})
	statuses := func(path string, n int) []int {
		var got []int
		for range n {
			got = append(got, do(t, h, "GET", path, "").status)
		}
		return got
	}
	for _, step := range []struct {
		after time.Duration
		path  string
		want  []int
	}{
		{0, "/a", []int{204, 204, 204, 429, 429}},
		{500 * time.Millisecond, "/a", []int{204, 429}},
		{0, "/own", []int{204, 429}}, // has a bucket of its own
		{time.Hour, "/a", []int{204, 204, 204, 429}},
		{-time.Minute, "/a", []int{429}}, // a clock that goes back adds nothing
	} {
		c.at = c.at.Add(step.after)
		if got := statuses(step.path, len(step.want)); !slices.Equal(got, step.want) {
			t.Errorf("%s after %s: got %v, want %v", step.path, step.after, got, step.want)
		}
	}
	if got := do(t, h, "GET", "/own", ""); got.body != `{"message":"Too Many Requests"}` && got.status != 204 {
		t.Errorf("got %+v", got)
	}
}
