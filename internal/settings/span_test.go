package settings_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/settings"
)

func TestSpanIsReadAndWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		span    time.Duration
		written string
	}{
		"0":      {0, "0"},
		"0s":     {0, "0"},
		"10s":    {10 * time.Second, "10s"},
		"500ms":  {500 * time.Millisecond, "500ms"},
		"90s":    {90 * time.Second, "1m30s"},
		"120s":   {2 * time.Minute, "2m"},
		"60m":    {time.Hour, "1h"},
		"1h1s":   {time.Hour + time.Second, "1h0m1s"},
		"1h0.5s": {time.Hour + time.Second/2, "1h0m0.5s"},
	} {
		var s settings.Span
		if err := s.Set(text); err != nil || time.Duration(s) != want.span || s.String() != want.written {
			t.Errorf("%s: got %s, %v; want %s", text, s.String(), err, want.written)
		}
	}
}

func TestWrongSpanIsRefusedWithWhatWasMeant(t *testing.T) {
	t.Parallel()
	for text, hint := range map[string]string{
		"": "", "-1s": "", "soon": "", "1d": "", "-5": "",
		"10": "did you mean 10s?",
	} {
		s := settings.Span(7)
		if err := s.Set(text); !errors.Is(err, settings.ErrSpan) || !strings.Contains(err.Error(), hint) || s != 7 {
			t.Errorf("%q: got %v and %d, want %v with %q", text, err, s, settings.ErrSpan, hint)
		}
	}
}
