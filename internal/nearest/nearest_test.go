package nearest_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/nearest"
)

func TestWord(t *testing.T) {
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
		if got := nearest.Word(written, words); got != want {
			t.Errorf("Word(%.20q) returns %q, want %q", written, got, want)
		}
	}
}

func TestOfEquallyNearWordsTheFirstIsTaken(t *testing.T) {
	t.Parallel()
	if got := nearest.Word("max-xxxx", []string{"max-wait", "max-body"}); got != "" {
		t.Errorf("four letters of eight are wrong, but it gives %q", got)
	}
	if got := nearest.Word("max", []string{"max-wait", "max-body"}); got != "max-wait" {
		t.Errorf("got %q", got)
	}
}

func TestDidYouMean(t *testing.T) {
	t.Parallel()
	if got := nearest.DidYouMean("quot", []string{"quote"}); got != `; did you mean "quote"?` {
		t.Errorf("got %q", got)
	}
	if got := nearest.DidYouMean("zzz", []string{"quote"}); got != "" {
		t.Errorf("got %q for a word that is like no other", got)
	}
}
