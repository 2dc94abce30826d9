package lambda_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/bench/internal/figures"
	"github.com/homing-dev/homing/tests/bench/internal/lambda"
	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/peer/lambda/handling"
)

func TestEveryProgramIsBuilt(t *testing.T) {
	t.Parallel()
	for _, path := range []string{built.Bootstrap(), built.Chains(), built.CreateTable()} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o100 == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestABuildThatFailsSaysSo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if p, err := lambda.Build(ctx, t.TempDir()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", p, err)
	}
}

func TestEveryFunctionIsStarted(t *testing.T) {
	t.Parallel()
	const times = 2
	all, err := lambda.MeasureStarts(t.Context(), built, times)
	if err != nil {
		t.Fatal(err)
	}
	roles := map[string]string{}
	for _, s := range all {
		if s.Name == "" || s.Call == "" || len(s.Seconds) != times || s.Quantile(0) <= 0 || s.Quantile(1) < s.Quantile(0) {
			t.Errorf("got %+v", s)
		}
		if s.Role != "" {
			roles[s.Role] = s.Call
		}
	}
	if len(all) != 5 || len(roles) != 2 || roles["all"] != "POST /quote" || roles["adapter"] != "GET /health/liveness" {
		t.Errorf("there are %d, with the roles %v", len(all), roles)
	}
}

func TestBothFunctionsOfAPairAreMeasured(t *testing.T) {
	t.Parallel()
	pairs, err := lambda.Pairs()
	if err != nil {
		t.Fatal(err)
	}
	if len(pairs) != 2 || pairs[0].Work != peer.Identity || pairs[1].Work != peer.Quote {
		t.Fatalf("got %+v", pairs)
	}
	for _, pair := range pairs {
		r, err := lambda.MeasureWarm(t.Context(), built, pair, 0, time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range []lambda.Sample{r.Bare, r.Homing} {
			if s.P50 <= 0 || s.P99 < s.P50 || s.Rate <= 0 || s.Rate*s.P50 > 2 {
				t.Errorf("%s: got %+v", pair.Work, s)
			}
		}
	}
}

func TestBothHandlersOfAWorkAreMeasured(t *testing.T) {
	t.Parallel()
	r, err := lambda.MeasureHandling(t.Context(), built, peer.Quote)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []handling.Cost{r.Bare, r.Homing} {
		if c.Nanoseconds <= 0 || c.Allocs < 100 || c.Bytes < 1000 {
			t.Errorf("got %+v", c)
		}
	}
	if r, err := lambda.MeasureHandling(t.Context(), built, "nap"); err == nil || !strings.Contains(err.Error(), `no work "nap"`) {
		t.Errorf("got %+v, %v", r, err)
	}
}

func TestFiguresAreComparedWithinARound(t *testing.T) {
	t.Parallel()
	w := lambda.Warm{Rounds: []lambda.Round{
		{Bare: lambda.Sample{Rate: 100, P50: 1, P99: 2}, Homing: lambda.Sample{Rate: 50, P50: 2, P99: 2}},
		{Bare: lambda.Sample{Rate: 100, P50: 4, P99: 2}, Homing: lambda.Sample{Rate: 100, P50: 4, P99: 6}},
		{Bare: lambda.Sample{Rate: 100, P50: 2, P99: 2}, Homing: lambda.Sample{Rate: 80, P50: 3, P99: 8}},
	}}
	h := lambda.Handling{Rounds: []lambda.Handled{
		{Bare: handling.Cost{Allocs: 5}, Homing: handling.Cost{Allocs: 9}},
		{Bare: handling.Cost{Allocs: 1}, Homing: handling.Cost{Allocs: 2}},
	}}
	for name, tt := range map[string]struct{ got, want figures.Spread }{
		"p50":         {w.Ratio(lambda.P50), figures.Spread{Median: 1.5, Min: 1, Max: 2}},
		"p99":         {w.Ratio(lambda.P99), figures.Spread{Median: 3, Min: 1, Max: 4}},
		"rate":        {w.Ratio(lambda.Rate), figures.Spread{Median: 0.8, Min: 0.5, Max: 1}},
		"one side":    {w.Spread(func(r lambda.Round) float64 { return r.Bare.P50 }), figures.Spread{Median: 2, Min: 1, Max: 4}},
		"allocations": {h.Difference(handling.Allocs), figures.Spread{Median: 2.5, Min: 1, Max: 4}},
		"none":        {lambda.Warm{}.Ratio(lambda.P50), figures.Spread{}},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: got %+v, want %+v", name, tt.got, tt.want)
		}
	}
}
