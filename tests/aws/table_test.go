package aws_test

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"text/tabwriter"
	"time"
)

// table is what became of faults.
type table struct {
	mu   sync.Mutex
	rows []string
}

// results is the table of all tests, printed at the end of a verbose run.
var results table

// add adds what a caller got, when, and what else was seen.
func (tb *table) add(fault string, a answer, outcome string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	status := fmt.Sprint(a.status)
	if a.status == 0 {
		status = "-"
	}
	tb.rows = append(tb.rows, fmt.Sprintf("%s\t%s\t%s\t%s", fault, status, a.took.Round(time.Millisecond), outcome))
}

func (tb *table) print(to io.Writer) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	slices.Sort(tb.rows)
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "fault\tstatus\ttime\toutcome")
	for _, row := range tb.rows {
		fmt.Fprintln(w, row)
	}
	w.Flush()
}
