package thumbnail_test

import (
	"image"
	"image/color"
	"net/http"
	"testing"
)

// dotted is a picture with a hole: one quarter is transparent.
func dotted(width, height int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			if x >= width/2 || y >= height/2 {
				m.SetNRGBA(x, y, color.NRGBA{200, 30, 60, 255})
			}
		}
	}
	return m
}

func TestAcceptChoosesTheFormat(t *testing.T) {
	t.Parallel()
	const jpeg, png = "image/jpeg", "image/png"
	solid, holed := asPNG(t, gradient(8, 8)), asPNG(t, dotted(8, 8))
	for _, test := range []struct {
		accept             string
		solid, transparent string // "" means 406
	}{
		{"", jpeg, png},
		{"*/*", jpeg, png},
		{"*", jpeg, png},
		{"image/*", jpeg, png},
		{"IMAGE/*", jpeg, png},
		{"image/jpeg", jpeg, jpeg},
		{"image/jpg", jpeg, jpeg},
		{"image/png", png, png},
		{" image/png ; q=0.5 ", png, png},
		{"image/apng", png, png}, // a PNG is an APNG too
		{"image/jpeg, image/png", jpeg, png},
		{"image/jpeg;q=0.9, image/png", png, png},
		{"image/jpeg, image/png;q=0.999", jpeg, jpeg},
		{"image/png;q=0.001", png, png},
		{"image/png;q=0, image/*", jpeg, jpeg},
		{"image/jpeg;q=0, */*;q=0.1", png, png},
		{"image/*;q=0.2, image/png;q=0.1, */*", jpeg, jpeg},
		{"*/*, image/*;q=0", "", ""},
		{"image/png;q=0.2, image/png;q=0.8, image/jpeg;q=0.5", png, png},
		{"image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", jpeg, png},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8", jpeg, png},
		{"text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", jpeg, jpeg},
		{`text/plain;note="a, image/png", image/jpeg`, jpeg, jpeg},
		{`text/plain;note="\", image/png;", image/jpeg`, jpeg, jpeg},
		{"image/webp", "", ""},
		{"text/html", "", ""},
		{"image/jpeg;q=0", "", ""},
		{"image/*;q=0.000", "", ""},
		{"*/*;q=0", "", ""},
		// what is malformed is as if it were not there
		{"image/png;q=2", jpeg, png},
		{"image/png;q=1.001", jpeg, png},
		{"image/png;q=-1", jpeg, png},
		{"image/png;q=NaN, image/jpeg;q=0.1", jpeg, jpeg},
		{"image/png;q=0.1234, image/jpeg;q=0.1", jpeg, jpeg},
		{"png", jpeg, png},
		{",,;,", jpeg, png},
	} {
		t.Run(test.accept, func(t *testing.T) {
			t.Parallel()
			check := func(body []byte, want string) {
				r := request{body: body, accept: test.accept}
				if want == "" {
					_, err := r.steps()[0](t.Context(), r.event())
					wantStatus(t, err, http.StatusNotAcceptable)
					return
				}
				if _, got := thumb(t, r); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			}
			check(solid, test.solid)
			check(holed, test.transparent)
		})
	}
}

func TestEncodeNegotiatesForItself(t *testing.T) {
	t.Parallel()
	r := request{body: asPNG(t, gradient(4, 4)), contentType: "image/png", accept: "text/plain"}
	_, err := r.steps()[2](t.Context(), r.event())
	wantStatus(t, err, http.StatusNotAcceptable)
}
