package adapter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

const structuredType = "application/cloudevents+json"

// expiring is an event for the chain of a name with an expirytime as JSON.
func expiring(name, expiry string) string {
	return fmt.Sprintf(`{"specversion":"1.0","id":"1","source":"/s","type":"homing.%s","expirytime":%s}`, name, expiry)
}

func TestAnEventThatHasExpiredIsRefusedBeforeAnyFunctionRuns(t *testing.T) {
	t.Parallel()
	var ran atomic.Int32
	s := serve(t, setup{chains: []functions.Chain{chain("count", func(_ context.Context, in event.Event) (*event.Event, error) {
		ran.Add(1)
		return &in, nil
	})}})
	for value, status := range map[string]int{
		`"2020-01-01T00:00:00Z"`: 504, `"2020-01-01T02:00:00.5+02:00"`: 504,
		`"tomorrow"`: 400, `"2020-01-01"`: 400, `17`: 400, `true`: 400,
	} {
		for _, prefer := range []string{"", "respond-async", "wait=1"} {
			p := s.do("POST", "/events", expiring("count", value), "Content-Type", structuredType, "Prefer", prefer).problem(t, status)
			if !strings.Contains(p.Detail, "expirytime") {
				t.Errorf("%s: %q names no attribute", value, p.Detail)
			}
		}
		got := s.do("POST", "/events", "["+expiring("count", value)+"]", "Content-Type", batchType)
		var replies []struct {
			HTTPStatus any `json:"httpstatus"`
			Data       functions.Problem
		}
		if err := json.Unmarshal(got.body, &replies); err != nil || got.status != 200 || len(replies) != 1 ||
			replies[0].Data.Status != status || !strings.Contains(replies[0].Data.Detail, "expirytime") {
			t.Errorf("%s in a batch: %d %s", value, got.status, got.body)
		}
	}
	s.do("POST", "/events", "x", "Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "homing.count",
		"Ce-Expirytime", "2020-01-01T00:00:00Z", "Idempotency-Key", "k").problem(t, 504)
	if n := ran.Load(); n != 0 {
		t.Errorf("the function ran %d times", n)
	}
	s.do("POST", "/events", expiring("count", "null"), "Content-Type", structuredType)
	if n := ran.Load(); n != 1 {
		t.Errorf("without an expirytime the function ran %d times", n)
	}
}

func TestAnEarlierExpirytimeIsTheDeadline(t *testing.T) {
	t.Parallel()
	saw := make(chan string, 1)
	look := chain("look", func(ctx context.Context, in event.Event) (*event.Event, error) {
		end, _ := ctx.Deadline()
		saw <- functions.Attribute(in, functions.AttrExpiryTime)
		if text := functions.Attribute(in, functions.AttrExpiryTime); end.UTC().Format(time.RFC3339Nano) > text {
			t.Errorf("the work ends at %v, behind %s", end, text)
		}
		return &in, nil
	})
	look.Timeout = 20 * time.Minute
	s := serve(t, setup{chains: []functions.Chain{look}})
	early := time.Now().Add(10 * time.Minute).UTC().Truncate(time.Second)
	s.do("POST", "/events", expiring("look", `"`+early.Format(time.RFC3339)+`"`), "Content-Type", structuredType)
	if got := <-saw; got != early.Format(time.RFC3339Nano) {
		t.Errorf("deadline %s, want %s", got, early)
	}
	late := early.Add(time.Hour)
	s.do("POST", "/events", expiring("look", `"`+late.Format(time.RFC3339)+`"`), "Content-Type", structuredType)
	if got, err := time.Parse(time.RFC3339Nano, <-saw); err != nil || !got.Before(early.Add(look.Timeout)) {
		t.Errorf("a later expirytime lengthened the deadline to %s", got)
	}
}
