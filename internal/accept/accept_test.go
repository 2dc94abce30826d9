package accept_test

import (
	"fmt"
	"testing"

	"github.com/homing-dev/homing/internal/accept"
)

func TestQualityIsThatOfTheNearestRange(t *testing.T) {
	t.Parallel()
	for i, tt := range []struct {
		lines []string
		want  float64 // of text/plain
	}{
		{nil, 1},
		{[]string{""}, 1},
		{[]string{",,"}, 1},
		{[]string{"text/plain"}, 1},
		{[]string{"TEXT/Plain ; Q=0.5"}, 0.5},
		{[]string{"text/*;q=0.3, */*;q=0.9"}, 0.3},
		{[]string{"*/*;q=0.9", "text/*;q=0.3"}, 0.3},
		{[]string{"*/*, text/plain;q=0"}, 0},
		{[]string{"text/*;q=0, text/plain;q=0.1"}, 0.1},
		{[]string{"text/html, */*;q=0"}, 0},
		{[]string{"text/html"}, 0},
		{[]string{"text/html", "text/plain;q=0.25"}, 0.25},
		{[]string{"text/plain;format=flowed;q=0.9, text/plain;q=0.2"}, 0.2},
		{[]string{"text/plain;format=flowed;q=0.9, text/*;q=0.2"}, 0.9},
		{[]string{`text/html;a=",";q=0, text/plain;b="\";q=0";q=0.7`}, 0.7},
		{[]string{"text/plain;q=0.4;ext=1"}, 0.4},
		{[]string{"text/plain;q=2, */*"}, 0},
		{[]string{"text/plain;q=-1"}, 0},
		{[]string{"text/plain;q=1e0"}, 0},
		{[]string{"text/plain;q="}, 0},
		{[]string{"text/plain;"}, 1},
		{[]string{"text, /plain, text/, */plain, *, text/pl ain"}, 1}, // nothing that could be read
		{[]string{"text/plain;q=0.3, text/plain;q=0.6"}, 0.6},
	} {
		if got := accept.Parse(tt.lines).Quality("text/plain"); got != tt.want {
			t.Errorf("%d %q: got %g, want %g", i, tt.lines, got, tt.want)
		}
	}
}

func ExampleRanges_Prefers() {
	for _, line := range []string{
		"text/event-stream", "*/*", "text/event-stream;q=0, application/json", "application/json, text/event-stream",
		"application/json, text/event-stream;q=0.5",
	} {
		fmt.Println(accept.Parse([]string{line}).Prefers("text/event-stream", ""))
	}
	// Output:
	// true
	// false
	// false
	// true
	// false
}

func FuzzParse(f *testing.F) {
	f.Add("text/*;q=0.5, */*;q=0", "text/plain")
	f.Add(`a/b;c="\",;q=0.1`, "a/b")
	f.Fuzz(func(t *testing.T, line, mediaType string) {
		ranges := accept.Parse([]string{line})
		if q := ranges.Quality(mediaType); q < 0 || q > 1 {
			t.Errorf("%q: %g", line, q)
		}
		if ranges.Prefers(mediaType, "") && ranges.Quality(mediaType) == 0 {
			t.Errorf("%q prefers what it refuses", line)
		}
	})
}
