package backoff_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/homing-dev/homing/internal/backoff"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for value, want := range map[string]time.Duration{
			"": 0, "soon": 0, "-1": 0, "1.5": 0, "0": 0, "7": 7 * time.Second, "99999999999999999999": 0, "9999999999": time.Hour,
			time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat): 90 * time.Second,
			time.Now().Add(-time.Minute).UTC().Format(http.TimeFormat):     0,
			"Fri, 31 Dec 9999 23:59:59 GMT":                                time.Hour,
		} {
			if got := backoff.RetryAfter(http.Header{"Retry-After": {value}}, time.Hour); got != want {
				t.Errorf("%q: %s, want %s", value, got, want)
			}
		}
	})
}

func TestSleepEndsWithItsContextAndNotBehindIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if !backoff.Sleep(t.Context(), time.Second) || time.Since(start) != time.Second {
			t.Errorf("without an end: %s", time.Since(start))
		}
		start = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if backoff.Sleep(ctx, time.Second) || time.Since(start) != 0 {
			t.Errorf("a pause that cannot end in time took %s", time.Since(start))
		}
		ctx, cancel = context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if backoff.Sleep(ctx, time.Minute) || time.Since(start) != time.Second {
			t.Errorf("cancelled: %s", time.Since(start))
		}
	})
}

func TestJitterStaysWithinItsPart(t *testing.T) {
	t.Parallel()
	differs := false
	for range 100 {
		d := backoff.Jitter(time.Second, 0.2)
		if d < 800*time.Millisecond || d > 1200*time.Millisecond {
			t.Errorf("%s", d)
		}
		differs = differs || d != time.Second
	}
	if !differs || backoff.Jitter(time.Second, 0) != time.Second {
		t.Error("not varied, or varied without a part")
	}
}
