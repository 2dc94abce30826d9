package e2e_test

import (
	"slices"
	"strings"
)

// metricIs reports whether a page of metrics has a value of a metric without
// labels.
func metricIs(page, name, value string) bool {
	return slices.Contains(strings.Split(page, "\n"), name+" "+value)
}
