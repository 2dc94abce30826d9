package console_test

import (
	"testing"

	"github.com/homing-dev/homing/cmd/homing/internal/console"
)

func TestATerminalObeysNothingOfWhatComesFromElsewhere(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a\tb\nc":             "a\tb\nc",
		"\x1b[31mred\x1b[0m":  "[31mred[0m",
		"one\rtwo":            "onetwo",
		"\u009b2J\u202eabc\a": "2Jabc",
		"\xff\xfe broken é":   "\uFFFD broken é",
	} {
		if got := console.Printable(text); got != want {
			t.Errorf("%q is printed as %q, want %q", text, got, want)
		}
	}
}
