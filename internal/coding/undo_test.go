package coding_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/homing-dev/homing/internal/coding"
)

const limit = 100_000

// coded returns data with codings, by names that are ours or "raw" for a deflate
// without zlib.
func coded(t testing.TB, data []byte, codings ...string) []byte {
	t.Helper()
	for _, c := range codings {
		var out bytes.Buffer
		var w io.WriteCloser
		var err error
		switch c {
		case "gzip":
			w = gzip.NewWriter(&out)
		case "deflate":
			w = zlib.NewWriter(&out)
		case "raw":
			w, err = flate.NewWriter(&out, flate.DefaultCompression)
		case "br":
			w = brotli.NewWriter(&out)
		case "zstd":
			w, err = zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1))
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		data = out.Bytes()
	}
	return data
}

// codings are the names of coded as ours.
func codings(names ...string) []coding.Coding {
	var out []coding.Coding
	for _, name := range names {
		out = append(out, coding.Coding(strings.Replace(name, "raw", "deflate", 1)))
	}
	return out
}

func noise(n int) []byte {
	random := rand.New(rand.NewPCG(1, 2)) // the same in every run
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(random.Uint32())
	}
	return out
}

func chains() [][]string {
	return [][]string{
		{"gzip"},
		{"deflate"},
		{"raw"},
		{"br"},
		{"zstd"},
		{"gzip", "br"}, {"zstd", "zstd"}, {"deflate", "raw"}, {"br", "gzip", "zstd", "deflate", "gzip"},
	}
}

func TestUndoReturnsWhatWasCoded(t *testing.T) {
	t.Parallel()
	for _, names := range chains() {
		for what, data := range map[string][]byte{
			"nothing": {}, "a byte": {'x'}, "text": []byte(strings.Repeat("Homing ", 1000)),
			"zeros as large as they may be": make([]byte, limit), "noise as large as it may be": noise(limit),
		} {
			for range 2 { // the second time with what the first one left
				body := coded(t, data, names...)
				got, err := coding.Undo(iotest.OneByteReader(bytes.NewReader(body)), codings(names...), limit)
				if err != nil || !bytes.Equal(got, data) {
					t.Errorf("%v, %s: got %d bytes, %v", names, what, len(got), err)
				}
			}
		}
	}
}

func TestABodyOfNoBytesStandsForNone(t *testing.T) {
	t.Parallel()
	if got, err := coding.Undo(strings.NewReader(""), codings("gzip", "br"), limit); err != nil || len(got) > 0 {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestUndoRefusesWhatIsBroken(t *testing.T) {
	t.Parallel()
	text := []byte(strings.Repeat("Homing brings it home. ", 100))
	for _, names := range chains() {
		body := coded(t, text, names...)
		changed := slices.Clone(body)
		for i := len(changed) / 3; i < len(changed); i++ {
			changed[i] ^= 0x5a
		}
		outer := names[len(names)-1]
		for what, bad := range map[string][]byte{
			"cut short": body[:len(body)-1], "cut in half": body[:len(body)/2], "its first byte": body[:1],
			"changed":  changed,
			"trailing": append(slices.Clip(body), "garbage"...), "a zero behind it": append(slices.Clip(body), 0), "text": text,
			"twice, cut": append(slices.Clip(body), body[:len(body)/2]...),
		} {
			got, err := coding.Undo(bytes.NewReader(bad), codings(names...), limit)
			var broken *coding.BrokenError
			if !errors.As(err, &broken) || broken.Cause == nil || len(got) > 0 {
				t.Errorf("%v, %s: got %d bytes, %v", names, what, len(got), err)
			} else if broken.Coding == "" {
				t.Errorf("%v, %s: %v names no coding; the outer one is %s", names, what, err, outer)
			}
		}
	}
}

// Streams one behind the other are one (RFC 1952 section 2.2, RFC 8878 section 3).
func TestUndoReadsStreamsInARow(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"gzip", "zstd"} {
		body := append(coded(t, []byte("a"), name), coded(t, []byte("b"), name)...)
		if got, err := coding.Undo(bytes.NewReader(body), codings(name), limit); err != nil || string(got) != "ab" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

// counter counts what is read of it.
type counter struct {
	r io.Reader
	n int
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p[:min(len(p), 512)])
	c.n += n
	return n, err
}

func TestABombIsNotReadOn(t *testing.T) {
	t.Parallel()
	zeros := make([]byte, 64<<20)
	for _, names := range [][]string{{"gzip"}, {"deflate"}, {"raw"}, {"br"}, {"zstd"}, {"gzip", "gzip"}, {"br", "zstd"}} {
		body := coded(t, zeros, names...)
		c := &counter{r: bytes.NewReader(body)}
		_, err := coding.Undo(c, codings(names...), limit)
		if !errors.Is(err, coding.ErrTooLarge) {
			t.Errorf("%v: got %v", names, err)
		}
		if most := 40 << 10; len(body) > most && c.n > most {
			t.Errorf("%v: %d of %d bytes were read", names, c.n, len(body))
		}
	}
	for name, endless := range map[string]io.Reader{
		"streams of nothing": repeat{coded(t, nil, "gzip")}, "streams of nothing in two": repeat{coded(t, nil, "gzip")},
	} {
		c := &counter{r: endless}
		names := codings("gzip", "gzip")[:strings.Count(name, " two")+1]
		_, err := coding.Undo(c, names, limit)
		if err == nil || c.n > 2*limit {
			t.Errorf("%s: %d bytes were read, %v", name, c.n, err)
		}
	}
}

// A layer between is bounded, too: here it becomes streams of nothing.
func TestABombBetweenTheCodingsIsNotReadOn(t *testing.T) {
	t.Parallel()
	inner := bytes.Repeat(coded(t, nil, "gzip"), 1<<20)
	body := coded(t, inner, "gzip")
	if _, err := coding.Undo(bytes.NewReader(body), codings("gzip", "gzip"), 1<<20); !errors.Is(err, coding.ErrTooLarge) {
		t.Errorf("%d bytes: got %v", len(body), err)
	}
}

// repeat is a part without an end.
type repeat struct{ part []byte }

func (r repeat) Read(p []byte) (int, error) { return copy(p, r.part[:min(len(p), len(r.part))]), nil }

func TestAWindowThatIsTooLargeIsRefused(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out, zstd.WithWindowSize(64<<20), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := coding.Undo(&out, codings("zstd"), limit); !errors.Is(err, coding.ErrTooLarge) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestTheErrorOfTheReaderIsKept(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	for _, names := range chains() {
		body := coded(t, noise(5000), names...)
		for _, n := range []int{0, 1, len(body) / 2, len(body)} {
			r := io.MultiReader(bytes.NewReader(body[:n]), iotest.ErrReader(gone))
			if _, err := coding.Undo(r, codings(names...), limit); !errors.Is(err, gone) {
				t.Errorf("%v, behind %d bytes: got %v", names, n, err)
			}
		}
	}
}

func TestOfReadsTheCodingsOfAMessage(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lines []string
		want  string // with spaces
		bad   string
	}{
		"none":           {nil, "", ""},
		"empty":          {[]string{"", " , "}, "", ""},
		"identity":       {[]string{"identity", "IDENTITY,identity"}, "", ""},
		"one":            {[]string{"gzip"}, "gzip", ""},
		"case and alias": {[]string{"X-GZip, Br"}, "gzip br", ""},
		"several lines":  {[]string{"deflate", "zstd,\tgzip"}, "deflate zstd gzip", ""},
		"with identity":  {[]string{"gzip, identity, br"}, "gzip br", ""},
		"five":           {[]string{"gzip,br,gzip,br,gzip"}, "gzip br gzip br gzip", ""},
		"six":            {[]string{"gzip,gzip,gzip,gzip,gzip,gzip"}, "", "more than 5"},
		"unknown":        {[]string{"gzip, compress"}, "", `"compress"`},
		"with a weight":  {[]string{"gzip;q=1"}, "", `"gzip;q=1"`},
		"no token":       {[]string{"gz ip"}, "", `"gz ip"`},
	} {
		got, err := coding.Of(http.Header{"Content-Encoding": tt.lines})
		var unknown *coding.UnknownError
		if tt.bad != "" {
			if !errors.As(err, &unknown) || !strings.Contains(err.Error(), tt.bad) {
				t.Errorf("%s: got %v, %v", name, got, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got, codings(strings.Fields(tt.want)...)) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
}

func TestMemoryIsThatOfTheWindows(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]int64{
		"": 0, "identity": 0, "gzip, deflate": 128 << 10, "br": 16 << 20, "zstd, br": 24 << 20, "lzma": 0,
	} {
		if got := coding.Memory(http.Header{"Content-Encoding": {line}}); got != want {
			t.Errorf("%s: got %d", line, got)
		}
	}
}

func FuzzUndo(f *testing.F) {
	for _, names := range chains() {
		body := coded(f, []byte("an event, an event, an answer"), names...)
		f.Add(body, strings.Join(names, ","))
		f.Add(body[:len(body)/2], strings.Join(names, ","))
		f.Add(append(slices.Clip(body), 0), strings.Join(names, ","))
	}
	f.Fuzz(func(t *testing.T, body []byte, line string) {
		names, err := coding.Of(http.Header{"Content-Encoding": {line}})
		if err != nil {
			return
		}
		const limit = 1 << 12
		got, err := coding.Undo(bytes.NewReader(body), names, limit)
		if len(got) > limit || err != nil && len(got) > 0 {
			t.Errorf("%d bytes, %v", len(got), err)
		}
		slow, slowErr := coding.Undo(iotest.OneByteReader(bytes.NewReader(body)), names, limit)
		if !bytes.Equal(slow, got) || (slowErr == nil) != (err == nil) {
			t.Errorf("byte by byte %q, %v; at once %q, %v", slow, slowErr, got, err)
		}
		if err != nil {
			var broken *coding.BrokenError
			if !errors.As(err, &broken) && !errors.Is(err, coding.ErrTooLarge) {
				t.Errorf("got %v", err)
			}
		}
	})
}
