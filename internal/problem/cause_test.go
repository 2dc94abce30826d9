package problem_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/problem"
)

func TestTheLogHasEveryCause(t *testing.T) {
	t.Parallel()
	disk := errors.New("disk full")
	caused := func(detail string, cause error) *functions.Error {
		return &functions.Error{Problem: functions.Problem{Status: 409, Detail: detail}, Cause: cause}
	}
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"plain":         {disk, "disk full"},
		"problem":       {caused("taken", disk), "Conflict: taken: disk full"},
		"wrapped":       {fmt.Errorf("w: %w", caused("taken", disk)), "w: Conflict: taken: disk full"},
		"nested":        {caused("outer", fmt.Errorf("w: %w", caused("inner", disk))), "Conflict: outer: w: Conflict: inner: disk full"},
		"joined":        {errors.Join(caused("a", disk), caused("b", errors.New("no net"))), "Conflict: a\nConflict: b: disk full: no net"},
		"in the detail": {functions.Errorf(409, "taken: %w", disk), "Conflict: taken: disk full"},
		"no cause":      {caused("taken", nil), "Conflict: taken"},
		"nil problem":   {fmt.Errorf("%w", error(caused("x", (*functions.Error)(nil).Unwrap()))), "Conflict: x"},
	} {
		got := problem.ForLog(tt.err)
		if got.Error() != tt.want || !errors.Is(got, tt.err) {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
	if problem.ForLog(nil) != nil {
		t.Error("no error became one")
	}
}
