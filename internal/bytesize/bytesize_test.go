package bytesize_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/homing-dev/homing/internal/bytesize"
)

func TestSizeIsReadAndWritten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		bytes   int64
		written string
	}{
		"0":                   {0, "0"},
		"1":                   {1, "1"},
		"4096":                {4096, "4KiB"},
		"1000":                {1000, "1KB"},
		"10MiB":               {10 << 20, "10MiB"},
		"1536KiB":             {1536 << 10, "1536KiB"},
		"3MB":                 {3_000_000, "3MB"},
		"2GiB":                {2 << 30, "2GiB"},
		"2GB":                 {2_000_000_000, "2GB"},
		"9223372036854775807": {1<<63 - 1, "9223372036854775807"},
	} {
		got, err := bytesize.Parse(text)
		if err != nil || got != want.bytes || bytesize.Format(got) != want.written {
			t.Errorf("%s: got %d, written %s, %v; want %d, written %s", text, got, bytesize.Format(got), err, want.bytes, want.written)
		}
	}
}

func TestWhatIsNoSizeIsAnErrorWithAGuess(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		err   error
		meant string
	}{
		"": {strconv.ErrSyntax, ""}, "-1": {strconv.ErrSyntax, ""}, "1.5MiB": {strconv.ErrSyntax, ""},
		"MiB": {strconv.ErrSyntax, ""}, "1 2": {strconv.ErrSyntax, ""}, "0x10": {strconv.ErrSyntax, ""}, "1e3": {strconv.ErrSyntax, ""},
		"10mib": {strconv.ErrSyntax, "10MiB"},
		"10 MB": {strconv.ErrSyntax, "10MB"},
		"10M":   {strconv.ErrSyntax, "10MiB"},
		"1Ki":   {strconv.ErrSyntax, "1KiB"},
		"1g":    {strconv.ErrSyntax, "1GiB"},

		"9223372036854775808":   {strconv.ErrRange, ""},
		"9223372036854775807KB": {strconv.ErrRange, ""},
	} {
		_, err := bytesize.Parse(text)
		if meant := bytesize.Meant(text); !errors.Is(err, want.err) || meant != want.meant {
			t.Errorf("%q: got %v and %q, want %v and %q", text, err, meant, want.err, want.meant)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1", "10MiB", "1KB", "99999999999GiB", "-1", "1.5MB", "MiB"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := bytesize.Parse(text)
		if err != nil {
			return
		}
		if again, err := bytesize.Parse(bytesize.Format(n)); err != nil || again != n || n < 0 {
			t.Fatalf("%q is %d, written as %s, which is read as %d, %v", text, n, bytesize.Format(n), again, err)
		}
	})
}
