package chainfile_test

import (
	"errors"
	"testing"

	"github.com/homing-dev/homing/functions/chainfile"
)

func TestErrorsAreGivenOneByOne(t *testing.T) {
	t.Parallel()
	_, err := chainfile.Parse("chain.yaml", []byte(withField("timeuot: 5s", "progress: 1")), known())
	var all chainfile.Errors
	if !errors.As(err, &all) || len(all) != 2 {
		t.Fatalf("got %v, want two errors", err)
	}
	want := chainfile.Error{
		File: "chain.yaml", Line: 5, Column: 5, Path: "chains[0]",
		Message: `unknown field "timeuot"`, Suggestion: "timeout",
	}
	if *all[0] != want {
		t.Errorf("got %+v, want %+v", *all[0], want)
	}
	var first *chainfile.Error
	if !errors.As(err, &first) || first != all[0] {
		t.Errorf("errors.As found %v, want the first error", first)
	}
	if !errors.Is(err, all[1]) {
		t.Error("errors.Is does not find the second error")
	}
}

func TestErrorsComeInTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	refuse(t, map[string]refused{
		// The collision of routes is found last, and stands first.
		"by line": {
			"chains:\n- name: a\n  route: GET /a\n  steps: [quote.price]\n- route: GET /a\n  name: b\n  steps: [quote.prise]\n  progress: 1\n",
			`
chain.yaml:5:10: chains[1].route: the route "GET /a" conflicts with "GET /a" of the chain "a", at line 3
chain.yaml:7:11: chains[1].steps[0]: unknown function "quote.prise"; known are quote.enrich, quote.price, quote.validate; ` +
				`did you mean "quote.price"?
chain.yaml:8:13: chains[1].progress: expected true or false, found the number 1`,
		},
		"by column": {
			"chains: [{name: a, route: GET /a, steps: [], progress: 1, tenants: []}]\n",
			`
chain.yaml:1:42: chains[0].steps: the list of steps is empty
chain.yaml:1:56: chains[0].progress: expected true or false, found the number 1
chain.yaml:1:68: chains[0].tenants: the list of tenants is empty`,
		},
	})
}

func TestErrorWithoutPathOrSuggestionSaysNeither(t *testing.T) {
	t.Parallel()
	err := &chainfile.Error{File: "a.yaml", Line: 3, Column: 4, Message: "is wrong"}
	if got, want := err.Error(), "a.yaml:3:4: is wrong"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
