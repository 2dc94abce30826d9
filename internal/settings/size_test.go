package settings_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/settings"
)

func TestSizeIsReadAndWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		bytes   int64
		written string
	}{
		"1":                   {1, "1"},
		"4096":                {4096, "4KiB"},
		"1000":                {1000, "1KB"},
		"10MiB":               {10 << 20, "10MiB"},
		"1536KiB":             {1536 << 10, "1536KiB"},
		"100KB":               {100_000, "100KB"},
		"3MB":                 {3_000_000, "3MB"},
		"2GiB":                {2 << 30, "2GiB"},
		"2GB":                 {2_000_000_000, "2GB"},
		"9223372036854775807": {1<<63 - 1, "9223372036854775807"},
	} {
		var s settings.Size
		if err := s.Set(text); err != nil || int64(s) != want.bytes || s.String() != want.written {
			t.Errorf("%s: got %d, written %s, %v; want %d, written %s", text, int64(s), s.String(), err, want.bytes, want.written)
		}
	}
}

func TestWrongSizeIsRefusedWithWhatWasMeant(t *testing.T) {
	t.Parallel()
	for text, hint := range map[string]string{
		"": "", "0": "", "0MiB": "", "-1": "", "+1": "", "1.5MiB": "", "MiB": "", "1 2": "", "10XB": "", "1e3": "",
		"10mib":                "did you mean 10MiB?",
		"10 MB":                "did you mean 10MB?",
		"10M":                  "did you mean 10MiB?",
		"1g":                   "did you mean 1GiB?",
		"9223372036854775807K": "did you mean",
		"9223372036854775KiB":  "more than there is",
		"9223372036854775808":  "",
	} {
		s := settings.Size(7)
		err := s.Set(text)
		if !errors.Is(err, settings.ErrSize) || !strings.Contains(err.Error(), hint) {
			t.Errorf("%q: got %v, want %v with %q", text, err, settings.ErrSize, hint)
		}
		if s != 7 {
			t.Errorf("%q changed the size to %d", text, s)
		}
	}
}

func FuzzSize(f *testing.F) {
	for _, seed := range []string{"1", "10MiB", "1KB", "99999999999GiB", "-1", "1.5MB", "MiB"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var s, again settings.Size
		if s.Set(text) != nil {
			return
		}
		if s <= 0 {
			t.Fatalf("%q is read as %d", text, s)
		}
		if err := again.Set(s.String()); err != nil || again != s {
			t.Fatalf("%q is %d, written as %s, which is read as %d, %v", text, s, s.String(), again, err)
		}
	})
}
