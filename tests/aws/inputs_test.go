package aws_test

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// input is a call whose answer must be the same everywhere.
type input struct {
	name, path, body string
	headers          []string
	status           int
	more             int // bytes that the answer must exceed
}

// itemLimit is that of DynamoDB, for all of a reply that is kept in one item.
const itemLimit = 400 << 10

func inputs(t *testing.T) []input {
	t.Helper()
	const side = 410
	photo := sample(t, "testdata", "photo.jpg")
	noise := encoded(t, noisy(side, side), false)
	toPNG := []string{"Accept", "image/png"}
	out := []input{
		{"not JSON", "/quote", "{", nil, 400, 0},
		{"an empty order", "/quote", "", nil, 400, 0},
		{"unknown goods", "/quote", `{"currency":"EUR","country":"DE","lines":[{"sku":"NO-SUCH","quantity":0}]}`, nil, 422, 0},
		{"photo to JPEG", "/thumbnail?w=96", photo, nil, 200, 1000},
		{"photo to PNG", "/thumbnail?w=40&h=30", photo, toPNG, 200, 1000},
		{"noise to a PNG of more than 400 KB", "/thumbnail?w=410", noise, toPNG, 200, itemLimit},
		{"noise to a large JPEG", "/thumbnail?w=410&q=100", noise, []string{"Accept", "image/jpeg"}, 200, 100 << 10},
		{"no format that can be made", "/thumbnail?w=10", photo, []string{"Accept", "text/html"}, 406, 0},
		{"width that is no number", "/thumbnail?w=wide", photo, nil, 422, 0},
		{"no picture", "/thumbnail?w=10", "GIF89a of a kind", nil, 413, 0},
	}
	for _, name := range []string{"order", "bern", "kuwait", "new-york", "tokyo"} {
		body := sample(t, "testdata", name+".json")
		out = append(out, input{"quote of " + name, "/quote", body, []string{"Content-Type", "application/json"}, 200, 100})
	}
	return out
}

// noisy is a picture that cannot be compressed.
func noisy(width, height int) image.Image {
	const seed = 1914
	random := rand.New(rand.NewPCG(seed, 1))
	m := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := range width * height {
		n := random.Uint32()
		m.SetRGBA(i%width, i/width, color.RGBA{byte(n), byte(n >> 8), byte(n >> 16), 0xff})
	}
	return m
}

// encoded is a picture as PNG or as JPEG.
func encoded(t *testing.T, m image.Image, asJPEG bool) string {
	t.Helper()
	var out bytes.Buffer
	var err error
	if asJPEG {
		err = jpeg.Encode(&out, m, &jpeg.Options{Quality: 85})
	} else {
		err = png.Encode(&out, m)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

var requestID = regexp.MustCompile(`"requestid":"[0-9a-f-]{36}"`)

// same compares answers, but for what names one call.
func same(t *testing.T, name string, got, want answer) {
	t.Helper()
	blank := func(s string) string { return requestID.ReplaceAllString(s, `"requestid":""`) }
	if got.status != want.status || blank(got.body) != blank(want.body) {
		t.Errorf("%s: %d %s\nwant %d %s", name, got.status, excerpt(got.body), want.status, excerpt(want.body))
	}
	if g, w := headerLines(got), headerLines(want); !slices.Equal(g, w) {
		t.Errorf("%s: headers\n%q, want\n%q", name, g, w)
	}
}

// headerLines are what must be the same of a header. Whether a problem may be
// stored follows from its status.
func headerLines(a answer) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		switch {
		case name == "Date", name == http.CanonicalHeaderKey("X-Request-ID"):
		case strings.HasPrefix(name, "Apigw-"), name == "X-Amzn-Requestid": // the gateway's own
		case a.status >= http.StatusBadRequest && (name == "Cache-Control" || name == "Vary"):
		default:
			out = append(out, name+": "+strings.Join(a.header[name], " | "))
		}
	}
	return out
}
