package chainfile_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/homing-dev/homing/functions/chainfile"
)

// refused is a file with all its errors, one a line.
type refused struct{ file, want string }

// refuse checks that each file is refused with exactly these words.
func refuse(t *testing.T, tests map[string]refused) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			chains, err := chainfile.Parse("chain.yaml", []byte(test.file), known())
			var all chainfile.Errors
			if !errors.As(err, &all) {
				t.Fatalf("got %v and the error %v, want one of type Errors", chains, err)
			}
			if chains != nil {
				t.Errorf("got chains beside the error: %v", chains)
			}
			if got, want := all.Error(), strings.TrimSpace(test.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// withField is a good file but for what its only chain has at line 5, column 5.
func withField(lines ...string) string {
	return "chains:\n  - name: a\n    route: POST /a\n    steps: [quote.price]\n    " +
		strings.Join(lines, "\n    ") + "\n"
}

// withRoute is a good file but for the route, at line 3, column 12.
func withRoute(route string) string {
	return "chains:\n  - name: a\n    route: " + route + "\n    steps: [quote.price]\n"
}

// withPolicy is a good file but for what its only step has at line 6, column 9.
func withPolicy(line string) string {
	return "chains:\n  - name: a\n    route: POST /a\n    steps:\n      - function: quote.price\n        " + line + "\n"
}

// withSteps is a good file but for the steps, at line 4, column 12.
func withSteps(steps string) string {
	return "chains:\n  - name: a\n    route: POST /a\n    steps: " + steps + "\n"
}
