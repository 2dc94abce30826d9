package suggest_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/cmd/homing/internal/suggest"
)

func TestClosest(t *testing.T) {
	t.Parallel()
	words := []string{"max-body", "max-wait", "keep", "store-bytes", "quote"}
	for written, want := range map[string]string{
		"max-bdy":                 "max-body",
		"maxBody":                 "max-body",
		"MAX_WAIT":                "max-wait",
		"qoute":                   "quote",
		"sto":                     "store-bytes",
		"st":                      "",
		"kepe":                    "keep",
		"kxyz":                    "", // three letters of four
		"kee":                     "keep",
		"listen":                  "",
		"":                        "",
		strings.Repeat("q", 1000): "",
	} {
		if got := suggest.Closest(written, words); got != want {
			t.Errorf("Closest(%.20q) gives %q, want %q", written, got, want)
		}
	}
}

func TestOfEquallyNearWordsTheFirstIsTaken(t *testing.T) {
	t.Parallel()
	if got := suggest.Closest("max-xxxx", []string{"max-wait", "max-body"}); got != "" {
		t.Errorf("four letters of eight are wrong, but it gives %q", got)
	}
	if got := suggest.Closest("max", []string{"max-wait", "max-body"}); got != "max-wait" {
		t.Errorf("got %q", got)
	}
}

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	if got := suggest.DidYouMean("quot", []string{"quote"}); got != `; did you mean "quote"?` {
		t.Errorf("got %q", got)
	}
	if got := suggest.DidYouMean("zzz", []string{"quote"}); got != "" {
		t.Errorf("got %q for a word that is like no other", got)
	}
}
