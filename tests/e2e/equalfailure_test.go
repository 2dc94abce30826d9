package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/homing-dev/homing/tests/internal/dump"
)

// failing declares a chain for each fault: a step that passes its event on, and
// behind it the one that fails.
func failing(faults []fault) (text string, chains map[string][]string) {
	var b strings.Builder
	chains = map[string][]string{}
	b.WriteString("chains:\n")
	for _, f := range faults {
		fmt.Fprintf(&b, "  - {name: %s, route: POST /%s, timeout: %s, steps: [{name: near, url: '{url}/gate'}, {name: far, url: '{url}/%s'}]}\n",
			f.name, f.name, f.timeout(), f.name)
		chains[f.name] = []string{"near", "far"}
	}
	return b.String(), chains
}

// TestFailuresAreEqualInEveryShape compares whole problems and their headers with
// those of the inline shape.
func TestFailuresAreEqualInEveryShape(t *testing.T) {
	t.Parallel()
	want := failures(t, inline, nil)
	for _, s := range shapes()[1:] {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			failures(t, s, want)
		})
	}
}

// failures makes the calls of all faults, and compares what they answer with
// what is wanted, if that is known.
func failures(t *testing.T, s shape, want map[string]answer) map[string]answer {
	t.Helper()
	steps := newStepServer(t)
	close(steps.open)
	all := faults()
	if s.isSplit() { // one of a kind, as each takes two processes
		kinds := []string{"garbage", "refused", "unavailable", "failed", "hung-up", "status-that-is-none", "never"}
		all = slices.DeleteFunc(all, func(f fault) bool { return !slices.Contains(kinds, f.name) })
	}
	text, chains := failing(all)
	d := deploy(t, plan{shape: s, file: steps.chainFile(t, text), chains: chains, broker: patient()})
	got := map[string]answer{}
	var calls sync.WaitGroup
	var mu sync.Mutex
	for _, f := range all {
		calls.Go(func() {
			var a answer
			var err error
			dump.Timely(func() string {
				a, err = try(t.Context(), newClient(t), http.MethodPost, d.url+"/"+f.name, "data")
				return a.body
			}, dump.NamesStep, dump.TimeOver)
			if err != nil {
				t.Errorf("%s: no answer: %v", f.name, err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			got[f.name] = a
		})
	}
	calls.Wait()
	for name, a := range got {
		if want != nil {
			same(t, name, a, want[name])
		}
	}
	return got
}
