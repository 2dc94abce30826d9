package main

import (
	"testing"
	"time"
)

// What excuses an answer is only what the rules name, and only at that time.
func TestExcuses(t *testing.T) {
	t.Parallel()
	start := time.Now()
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	times := newTimeline()
	times.spans["adapter-1"] = []*span{{faultKill, at(10), at(12)}, {faultStop, at(40), at(50)}}
	times.spans["store"] = []*span{{faultKill, at(10), at(12)}, {faultStop, at(40), at(50)}}
	seen := func(k kind, adapter string, from, to int) look {
		return look{what: lookFetch, adapter: adapter, kind: k, began: at(from), ended: at(to), id: "id", digest: string(k)}
	}
	other := seen(final, "adapter-1", 9, 20)
	other.digest = "another execution"
	for name, tt := range map[string]struct {
		forgets time.Duration
		looks   []look
		outcome string
	}{
		"broken when its adapter was killed":         {forever, []look{seen(broken, "adapter-1", 9, 10)}, "broken"},
		"refused while its adapter was down":         {forever, []look{seen(unreachable, "adapter-1", 11, 11)}, "no adapter"},
		"broken when the other adapter was killed":   {forever, []look{seen(broken, "adapter-2", 9, 10)}, WRONG},
		"broken while the store was stopped":         {forever, []look{seen(broken, "adapter-2", 41, 42)}, WRONG},
		"broken long after the kill":                 {forever, []look{seen(broken, "adapter-1", 20, 21)}, WRONG},
		"broken while its adapter was stopped":       {forever, []look{seen(broken, "adapter-1", 41, 42)}, brokenByStop},
		"unknown after the store was killed":         {forever, []look{seen(pending, "adapter-1", 9, 9), seen(gone, "adapter-2", 14, 14)}, forgottenOutcome},
		"unknown, though the store keeps all":        {0, []look{seen(pending, "adapter-1", 9, 9), seen(gone, "adapter-2", 14, 14)}, LOST},
		"unknown, accepted after the kill":           {forever, []look{seen(pending, "adapter-1", 13, 13), seen(gone, "adapter-2", 14, 14)}, LOST},
		"unknown, and told shortly before the kill":  {2 * time.Second, []look{seen(pending, "adapter-1", 8, 9), seen(gone, "adapter-2", 14, 14)}, forgottenOutcome},
		"unknown, but told long before the kill":     {2 * time.Second, []look{seen(pending, "adapter-1", 6, 7), seen(gone, "adapter-2", 14, 14)}, LOST},
		"unknown, told long before and seen shortly": {2 * time.Second, []look{seen(pending, "adapter-1", 6, 7), seen(pending, "adapter-1", 9, 9), seen(gone, "adapter-2", 14, 14)}, LOST},
		"unknown after the store was stopped":        {forever, []look{seen(pending, "adapter-1", 39, 39), seen(gone, "adapter-2", 51, 51)}, LOST},
		"two answers around a kill of the store":     {forever, []look{seen(final, "adapter-1", 9, 9), other}, forgottenOutcome},
		"two answers, though the store keeps all":    {0, []look{seen(final, "adapter-1", 9, 9), other}, DOUBLE},
		"the same answer twice":                      {0, []look{seen(final, "adapter-1", 9, 9), seen(final, "adapter-2", 9, 9)}, "result"},
		"a hung call, whatever was killed meanwhile": {forever, []look{seen(hung, "adapter-2", 9, 13)}, HUNG},
		"pending behind a reply":                     {0, []look{seen(final, "adapter-1", 1, 1), seen(pending, "adapter-2", 2, 2)}, LOST},
		"pending beside a reply":                     {0, []look{seen(final, "adapter-1", 1, 3), seen(pending, "adapter-2", 2, 4)}, "result"},
		"gone behind a cancel":                       {0, []look{seen(cancelled, "adapter-1", 1, 1), seen(gone, "adapter-2", 2, 2)}, "cancelled"},
		"a result behind a cancel":                   {0, []look{seen(cancelled, "adapter-1", 1, 1), seen(final, "adapter-2", 2, 2)}, DOUBLE},
		"an honest error":                            {0, []look{{what: lookCall, kind: trouble, status: 504, adapter: "adapter-2"}}, "error 504"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &call{began: tt.looks[0].began, looks: tt.looks}
			v := court{times: times, store: "store", forgets: tt.forgets}.judge(c)
			if v.outcome != tt.outcome {
				t.Errorf("it is %s, %v; want %s", v.outcome, v.faults, tt.outcome)
			}
		})
	}
}

// A DELETE whose answer was lost may have cancelled: then 410 is right, and so is
// a result, but 404 is not.
func TestCancelWithoutAnAnswer(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{410: "gone", 404: LOST} {
		c := &call{looks: []look{
			{what: lookCancel, kind: trouble, status: 503}, {what: lookCancel, kind: gone, status: status},
		}}
		if v := (court{times: newTimeline()}).judge(c); v.outcome != want {
			t.Errorf("%d: it is %s, want %s", status, v.outcome, want)
		}
	}
}
