package thumbnail_test

import (
	"errors"
	"image"
	"net/http"
	"slices"
	"testing"

	"github.com/homing-dev/homing/functions"
)

func TestQueryChoosesTheSize(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		query         string
		width, height int
		want          image.Point
	}{
		{"", 640, 480, image.Pt(320, 240)},
		{"", 100, 75, image.Pt(100, 75)}, // never enlarged
		{"", 100, 900, image.Pt(100, 900)},
		{"w=64", 640, 480, image.Pt(64, 48)},
		{"h=48", 640, 480, image.Pt(64, 48)},
		{"w=4096", 640, 480, image.Pt(640, 480)},
		{"w=1", 640, 480, image.Pt(1, 1)},
		{"h=1", 640, 480, image.Pt(1, 1)},
		{"w=100&h=100", 640, 480, image.Pt(100, 75)},
		{"w=100&h=100", 480, 640, image.Pt(75, 100)},
		{"w=100&h=75", 640, 480, image.Pt(100, 75)},
		{"w=999&h=60", 640, 480, image.Pt(80, 60)},
		{"w=333", 1000, 10, image.Pt(333, 3)},
		{"w=10", 1000, 1, image.Pt(10, 1)},
		{"h=10", 1, 1000, image.Pt(1, 10)},
		{"h=100", 9000, 100, image.Pt(4096, 46)}, // the free side is bounded too
		{"w=100", 100, 9000, image.Pt(46, 4096)},
		{"q=50&w=32", 64, 64, image.Pt(32, 32)},
		{"w=32&colour=red", 64, 64, image.Pt(32, 32)},
	} {
		t.Run(test.query+" of "+image.Pt(test.width, test.height).String(), func(t *testing.T) {
			t.Parallel()
			m, _ := thumb(t, request{body: asPNG(t, image.NewGray(image.Rect(0, 0, test.width, test.height))), query: test.query})
			if got := m.Bounds().Size(); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestQueryErrorsNameEveryWrongParameter(t *testing.T) {
	t.Parallel()
	body := asPNG(t, gradient(4, 4))
	for query, want := range map[string][]string{
		"w=0":                {"?w"},
		"w=4097":             {"?w"},
		"w=":                 {"?w"},
		"w":                  {"?w"},
		"w=+5":               {"?w"},
		"w=%2B5":             {"?w"},
		"w=-5":               {"?w"},
		"w=1.5":              {"?w"},
		"w=0x10":             {"?w"},
		"w=wide":             {"?w"},
		"w=1&w=2":            {"?w"},
		"w=99999999999999":   {"?w"},
		"h=0":                {"?h"},
		"q=0":                {"?q"},
		"q=101":              {"?q"},
		"w=0&h=5000&q=great": {"?w", "?h", "?q"},
	} {
		t.Run(query, func(t *testing.T) {
			t.Parallel()
			r := request{body: body, query: query}
			for _, step := range r.steps() {
				_, err := step(t.Context(), r.event())
				wantStatus(t, err, http.StatusUnprocessableEntity)
				var problem *functions.Error
				if !errors.As(err, &problem) {
					t.Fatalf("%v has no list of fields", err)
				}
				var got []string
				for _, field := range problem.Errors {
					got = append(got, field.Pointer)
				}
				if !slices.Equal(got, want) {
					t.Errorf("wrong fields %v, want %v", got, want)
				}
			}
		})
	}
}

func TestQueryThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"w=%zz", "w=5;h=6", "%"} {
		r := request{body: asPNG(t, gradient(4, 4)), query: query}
		_, err := call(t, r)
		wantStatus(t, err, http.StatusBadRequest)
	}
}

func TestQualityChangesTheSizeOfJPEG(t *testing.T) {
	t.Parallel()
	body := asPNG(t, gradient(200, 150))
	var sizes []int
	for _, query := range []string{"q=10", "q=50", "", "q=82", "q=100"} {
		out, err := call(t, request{body: body, query: query, accept: "image/jpeg"})
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(out.Data()))
	}
	if !slices.IsSorted(sizes) || sizes[0] == sizes[1] || sizes[2] != sizes[3] || sizes[3] == sizes[4] {
		t.Errorf("sizes at q=10, 50, none, 82, 100: %v; want them to grow, and none to be as 82", sizes)
	}
}
