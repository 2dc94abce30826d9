package thumbnail

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// options are what the query asks for.
type options struct {
	width, height int // of the box into which the thumbnail fits, in pixels
	quality       int // of a JPEG, 1 to 100
}

const maxQuality = 100

// parseOptions reads the query. The error is a 400 if that is malformed and 422
// with every parameter that is invalid.
func parseOptions(ev event.Event) (options, error) {
	query, err := url.ParseQuery(functions.Attribute(ev, functions.AttrHTTPQuery)) // functions.Query returns no error
	if err != nil {
		return options{}, functions.Errorf(http.StatusBadRequest, "the query cannot be read: %w", err)
	}
	var invalid []functions.FieldError
	number := func(name string, most, otherwise int) int {
		n, ok := parseNumber(query[name], most, otherwise)
		if !ok {
			invalid = append(invalid, functions.FieldError{
				Pointer: "?" + name,
				Detail:  fmt.Sprintf("must be one whole number from 1 to %d", most),
			})
		}
		return n
	}
	otherwise := MaxSide
	if !query.Has("w") && !query.Has("h") {
		otherwise = DefaultWidth
	}
	out := options{
		width:   number("w", MaxSide, otherwise),
		height:  number("h", MaxSide, MaxSide),
		quality: number("q", maxQuality, DefaultQuality),
	}
	if len(invalid) > 0 {
		return options{}, functions.Invalid(invalid...)
	}
	return out, nil
}

func parseNumber(values []string, most, otherwise int) (n int, ok bool) {
	if len(values) == 0 {
		return otherwise, true
	}
	n, err := strconv.Atoi(values[0])
	signed := strings.HasPrefix(values[0], "+") // Atoi would allow it
	return n, err == nil && len(values) == 1 && !signed && n >= 1 && n <= most
}

// fit returns the size of the thumbnail of a picture: the largest one of the
// same shape that fits into the box, and not larger than the picture.
func (o options) fit(width, height int) (w, h int) {
	if width <= o.width && height <= o.height {
		return width, height
	}
	if o.width*height <= o.height*width { // the width is what limits it
		return o.width, max(1, rounded(height*o.width, width))
	}
	return max(1, rounded(width*o.height, height)), o.height
}

// rounded is n over d, neither of them negative, to the nearest whole number.
func rounded[N int | uint64](n, d N) N {
	const half = 2
	return (n + d/half) / d
}
