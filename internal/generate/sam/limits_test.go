package sam_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/generate/sam"
)

func timeout(t *testing.T, f tree) time.Duration {
	t.Helper()
	return parseSeconds(t, f.at("Properties")["Timeout"])
}

func parseSeconds(t *testing.T, v any) time.Duration {
	t.Helper()
	text, _ := v.(string)
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(n) * time.Second
}

// An inner limit ends before the outer one, whose answer is worse.
func TestAdaptersAnswerBeforeTheyAreCut(t *testing.T) {
	t.Parallel()
	const api = 30 * time.Second
	for _, name := range shapes() {
		s := deploy(t, shape(name), builtIn(t)...)
		for _, id := range []string{"Adapter", "Streaming"} {
			wait, err := time.ParseDuration(s.environment(id)["HOMING_MAX_WAIT"])
			if err != nil {
				t.Fatal(err)
			}
			limit := timeout(t, s.functions()[id])
			if wait >= limit {
				t.Errorf("%s: %s holds calls for %s and ends after %s", name, id, wait, limit)
			}
			if id == "Adapter" && (wait >= api || name != "inline" && limit > api) {
				t.Errorf("%s: %s holds calls for %s and ends after %s, the API after %s", name, id, wait, limit, api)
			}
		}
		call := s.functions()["Adapter"].at("Properties", "Events", "Any", "Properties")
		if call["TimeoutInMillis"] != "30000" || call["Path"] != nil || call["Method"] != nil {
			t.Errorf("%s: the API calls the adapter so: %v", name, call)
		}
	}
}

func TestWhoRunsStepsHasTimeForThem(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		timeout, async time.Duration
		want, age      time.Duration
	}{
		"defaults":    {0, 0, 900 * time.Second, 900 * time.Second},
		"short":       {time.Second, time.Second, 11 * time.Second, 60 * time.Second},
		"fractions":   {1500 * time.Millisecond, 1500 * time.Millisecond, 12 * time.Second, 60 * time.Second},
		"async":       {time.Second, 5 * time.Minute, 310 * time.Second, 300 * time.Second},
		"as can be":   {890 * time.Second, 890 * time.Second, 900 * time.Second, 890 * time.Second},
		"async, long": {time.Second, time.Hour, 900 * time.Second, time.Hour},
		"async, days": {time.Second, 48 * time.Hour, 900 * time.Second, 6 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := chainOf("a", "x")
			c.Timeout, c.AsyncTimeout = tc.timeout, tc.async
			for shapeName, id := range map[string]string{"inline": "Adapter", "vertex": "Vertex", "split": "AX"} {
				f := deploy(t, shape(shapeName), c).functions()[id]
				want := tc.want
				if shapeName == "inline" {
					want = max(want, 29*time.Second)
				}
				if got := timeout(t, f); got != want {
					t.Errorf("%s ends after %s, want %s", id, got, want)
				}
				if got := parseSeconds(t, f.at("Properties", "EventInvokeConfig")["MaximumEventAgeInSeconds"]); got != tc.age {
					t.Errorf("an event waits for %s up to %s, want %s", id, got, tc.age)
				}
			}
		})
	}
}

func TestTheLongestChainCounts(t *testing.T) {
	t.Parallel()
	a, b := chainOf("a", "x"), chainOf("b", "x")
	a.Timeout, a.AsyncTimeout = time.Second, time.Minute
	b.Timeout, b.AsyncTimeout = time.Second, 2*time.Minute
	if got := timeout(t, deploy(t, nil, a, b).functions()["Vertex"]); got != 130*time.Second {
		t.Errorf("the vertex ends after %s", got)
	}
}

func TestACallThatLambdaCannotRunIsRefused(t *testing.T) {
	t.Parallel()
	c := chainOf("slow", "x")
	c.Timeout = 890*time.Second + 1
	_, err := sam.Template([]functions.Chain{c})
	if err == nil || !strings.Contains(err.Error(), "chain slow: ") || !strings.Contains(err.Error(), "its timeout may be 890 s") {
		t.Errorf("got %v", err)
	}
}

func TestAsyncWorkThatLambdaCutsIsSaid(t *testing.T) {
	t.Parallel()
	for async, cut := range map[time.Duration]bool{time.Minute: false, 890 * time.Second: false, time.Hour: true} {
		c := chainOf("a", "x")
		c.AsyncTimeout = async
		text, err := sam.Template([]functions.Chain{c})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(string(text), "# Lambda ends it after 900 s"); got != cut {
			t.Errorf("async %s: said is %v, want %v", async, got, cut)
		}
	}
}

// In the shape split an event waits as long as calls of its own chain.
func TestAnEventWaitsAsLongAsItsOwnChain(t *testing.T) {
	t.Parallel()
	a, b := chainOf("a", "x"), chainOf("b", "x")
	a.Timeout, a.AsyncTimeout = 25*time.Second, 30*time.Second
	b.Timeout, b.AsyncTimeout = 25*time.Second, 2*time.Minute
	for shapeName, want := range map[string]map[string]time.Duration{
		"split": {"AX": time.Minute, "BX": 2 * time.Minute}, "vertex": {"Vertex": 2 * time.Minute}, "inline": {"Adapter": 2 * time.Minute},
	} {
		functions := deploy(t, shape(shapeName), a, b).functions()
		for id, age := range want {
			if got := parseSeconds(t, functions[id].at("Properties", "EventInvokeConfig")["MaximumEventAgeInSeconds"]); got != age {
				t.Errorf("an event waits for %s up to %s, want %s", id, got, age)
			}
		}
	}
}
