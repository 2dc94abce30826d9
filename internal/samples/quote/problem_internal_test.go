package quote

import (
	"strings"
	"testing"
)

func TestPointerIsAURIFragment(t *testing.T) {
	t.Parallel()
	cases := map[string]place{
		"#":                    {line: noLine},
		"#/currency":           {noLine, "currency"},
		"#/lines/0":            {line: 0},
		"#/lines/12/sku":       {12, "sku"},
		"#/a~1b~0c":            {noLine, "a/b~c"},
		"#/%22%20%C3%BC%25":    {noLine, "\" ü%"},
		"#/lines/0/~01~1":      {0, "~1/"},
		"#/lines/3/%3Cb%3E%23": {3, "<b>#"},
	}
	for want, at := range cases {
		if got := at.pointer(); got != want {
			t.Errorf("%+v is %s, want %s", at, got, want)
		}
	}
}

func TestSuggestion(t *testing.T) {
	t.Parallel()
	known := []string{"PEN-RED", "PEN-BED", "LAMP", "ÖL"}
	cases := map[string]string{
		"PEN-REED":              "PEN-RED",
		"pen-bed":               "PEN-BED",
		"PEN-TED":               "PEN-RED", // the first of two that are as near
		"LAMB":                  "LAMP",
		"LIMB":                  "", // half of it is wrong
		"öl":                    "ÖL",
		"X":                     "",
		"":                      "",
		strings.Repeat("A", 41): "",
	}
	for wrong, want := range cases {
		if want != "" {
			want = "; did you mean \"" + want + "\"?"
		}
		if got := suggestion(wrong, known); got != want {
			t.Errorf("%q: got %q, want %q", wrong, got, want)
		}
	}
}

func TestLongWordIsNotCompared(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", maxShown+1)
	if got := suggestion(long, []string{long}); got != "" {
		t.Errorf("got %q, want none", got)
	}
}

func TestLongValueIsCutWhereACharacterEnds(t *testing.T) {
	t.Parallel()
	cases := map[string]string{
		"":                                  `""`,
		"a\"b":                              `"a\"b"`,
		strings.Repeat("ü", maxShown):       `"` + strings.Repeat("ü", maxShown) + `"`,
		strings.Repeat("ü", maxShown) + "x": `"` + strings.Repeat("ü", maxShown) + `…"`,
	}
	for value, want := range cases {
		if got := shown(value); got != want {
			t.Errorf("%q is shown as %s, want %s", value, got, want)
		}
	}
}
