package exit_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
)

func TestCode(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err  error
		want int
	}{
		"no error":                     {nil, 0},
		"an error of no code":          {errors.New("broken"), 1},
		"a usage error":                {exit.Usagef("wrong"), 2},
		"a usage error inside another": {fmt.Errorf("outer: %w", exit.Usagef("wrong")), 2},
		"a reported error":             {exit.Reported(), 1},
	} {
		if got := exit.Code(tc.err); got != tc.want {
			t.Errorf("%s: code %d, want %d", name, got, tc.want)
		}
	}
}

func TestUsageErrorKeepsItsCauseAndWhatToDo(t *testing.T) {
	t.Parallel()
	err := exit.Usagef("read: %w", fs.ErrNotExist).Then("name %s", "another")
	if !errors.Is(err, fs.ErrNotExist) || err.Error() != "read: file does not exist" || err.Next != "name another" {
		t.Errorf("got %q, next %q", err.Error(), err.Next)
	}
}

func TestReportedErrorHasNothingToShow(t *testing.T) {
	t.Parallel()
	err := exit.Reported()
	if err.Unwrap() != nil || err.Error() != "exit code 1" {
		t.Errorf("got %v, %q", err.Unwrap(), err.Error())
	}
}
