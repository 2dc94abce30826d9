package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/homing-dev/homing/tests/internal/wait"
)

const second = time.Second

// busy is what a machine that runs other tests beside, or stands still, may add to a
// time. Who hangs does so for longer.
const busy = 20 * time.Second

// table is what callers got, and when, for the log of a test.
type table struct {
	mu   sync.Mutex
	rows []string
}

func (tb *table) add(what string, a answer) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.rows = append(tb.rows, fmt.Sprintf("%s\t%d\t%s", what, a.status, a.took.Round(time.Millisecond)))
}

// log writes the table.
func (tb *table) log(t *testing.T) {
	t.Helper()
	tb.mu.Lock()
	defer tb.mu.Unlock()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nfault\tstatus\ttime")
	for _, row := range tb.rows {
		fmt.Fprintln(w, row)
	}
	w.Flush()
	t.Log(b.String())
}

// within holds an answer to a span of time, to its end on a machine that has
// time for it.
func (a answer) within(t *testing.T, least, most time.Duration) answer {
	t.Helper()
	if a.took < least || a.took > wait.Bound(most+busy) {
		t.Errorf("it took %s, want %s to %s", a.took, least, most)
	}
	return a
}
