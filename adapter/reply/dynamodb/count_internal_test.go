package dynamodb

import (
	"testing"
	"time"
)

func TestTheClockOfTheTableIsFoundByItsAnswers(t *testing.T) {
	t.Parallel()
	here := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for name, tt := range map[string]struct {
		ahead, latency time.Duration
		within         time.Duration // after many answers
	}{
		"they agree":     {0, 5 * time.Millisecond, 0},
		"half a second":  {500 * time.Millisecond, 5 * time.Millisecond, 60 * time.Millisecond},
		"a minute":       {time.Minute, 20 * time.Millisecond, 60 * time.Millisecond},
		"an hour behind": {-time.Hour - 333*time.Millisecond, 50 * time.Millisecond, 110 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := &serverClock{}
			see := func(at time.Time, ahead time.Duration) {
				there := at.Add(tt.latency / 2).Add(ahead)
				c.saw(at, at.Add(tt.latency), there.Truncate(time.Second))
			}
			see(here.Add(700*time.Millisecond), tt.ahead)
			if got := c.ahead(); (got - tt.ahead).Abs() > time.Second+tt.latency {
				t.Errorf("after one answer it is %s", got)
			}
			for i := range 100 {
				see(here.Add(time.Duration(i)*1037*time.Millisecond), tt.ahead)
			}
			if got := c.ahead(); (got - tt.ahead).Abs() > tt.within {
				t.Errorf("after many it is %s, want %s", got, tt.ahead)
			}
			see(here, tt.ahead+time.Hour) // a clock was set
			if got := c.ahead(); (got - tt.ahead - time.Hour).Abs() > time.Second+tt.latency {
				t.Errorf("after a clock was set it is %s", got)
			}
		})
	}
	if got := (*serverClock)(nil).ahead(); got != 0 {
		t.Errorf("without one it is %s", got)
	}
}
