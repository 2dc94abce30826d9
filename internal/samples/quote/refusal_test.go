package quote_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions"
)

// order creates an order to Germany, or with its own currency and country in
// more if currency is "".
func order(currency, more, lines string) string {
	fields := []string{`"lines":` + lines}
	if currency != "" {
		fields = append(fields, fmt.Sprintf(`"currency":%q,"country":"DE"`, currency))
	}
	if more != "" {
		fields = append(fields, more)
	}
	return "{" + strings.Join(fields, ", ") + "}"
}

func lines(n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat("{},", n), ",") + "]"
}

// refuses checks the problems of a 422 error by their beginnings.
func refuses(tb testing.TB, err error, want []string) {
	tb.Helper()
	wrong, ok := errors.AsType[*functions.Error](err)
	if !ok || wrong.StatusCode() != http.StatusUnprocessableEntity {
		tb.Fatalf("got %v, want a 422 error", err)
	}
	if len(wrong.Errors) != len(want) {
		tb.Fatalf("got %d problems, want %d: %v", len(wrong.Errors), len(want), wrong)
	}
	for i, field := range wrong.Errors {
		if got := field.Pointer + " " + field.Detail; !strings.HasPrefix(got, want[i]) {
			tb.Errorf("problem %d is %q, want %q", i, got, want[i])
		}
	}
}

// statusOf returns the status of an error, 0 if it has none.
func statusOf(err error) int {
	var coded interface{ StatusCode() int }
	if !errors.As(err, &coded) {
		return 0
	}
	return coded.StatusCode()
}
