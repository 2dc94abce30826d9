package thumbnail

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// preference is how much the caller wants each format, in thousandths: 0 is
// not at all, 1000 is most (RFC 9110 section 12.4.2).
type preference struct {
	jpeg, png int
}

const mostWanted = 1000

// negotiate reads Accept. The error is a 406 if the header allows neither format.
//
// The most specific range that matches a format decides. Parameters other than
// q are ignored, and so is a range that is malformed; a header without any
// well-formed range counts as absent.
func negotiate(accept string) (preference, error) {
	var ranges []mediaRange
	for _, element := range splitList(accept) {
		if r, ok := parseRange(element); ok {
			ranges = append(ranges, r)
		}
	}
	if len(ranges) == 0 {
		return preference{jpeg: mostWanted, png: mostWanted}, nil
	}
	out := preference{jpeg: quality(ranges, formatJPEG), png: quality(ranges, formatPNG)}
	if out.jpeg == 0 && out.png == 0 {
		return preference{}, functions.Errorf(http.StatusNotAcceptable,
			"a thumbnail is image/jpeg or image/png, and Accept allows neither")
	}
	return out, nil
}

// choose picks the format: the one that is wanted more, and on a draw the one
// that suits the picture.
func (p preference) choose(transparent bool) format {
	if p.png > p.jpeg || p.png == p.jpeg && transparent {
		return formatPNG
	}
	return formatJPEG
}

// mediaRange is an element of Accept.
type mediaRange struct {
	name    string
	quality int
}

// quality is that of the ranges that name a format most closely.
func quality(ranges []mediaRange, f format) int {
	closest, best := notAtAll, 0
	for _, r := range ranges {
		switch s := specificity(r.name, f); {
		case s > closest:
			closest, best = s, r.quality
		case s == closest && s > notAtAll:
			best = max(best, r.quality)
		}
	}
	return best
}

// How closely a range names a format.
const (
	notAtAll = iota
	asAnything
	asImage
	byName
)

// specificity is how closely a range names a format.
func specificity(name string, f format) int {
	switch canonical(name) {
	case f.mediaType():
		return byName
	case "image/*":
		return asImage
	case "*/*", "*": // the bare star is what old Java clients send
		return asAnything
	default:
		return notAtAll
	}
}

// parseRange reads one element such as "image/*;q=0.5".
func parseRange(element string) (r mediaRange, ok bool) {
	name, params, _ := strings.Cut(element, ";")
	r = mediaRange{name: strings.ToLower(strings.TrimSpace(name)), quality: mostWanted}
	for param := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(param, "=")
		if strings.EqualFold(strings.TrimSpace(key), "q") {
			if r.quality, ok = parseQuality(strings.TrimSpace(value)); !ok {
				return r, false
			}
			break
		}
	}
	return r, r.name == "*" || strings.Contains(r.name, "/")
}

// parseQuality reads a weight: 0 or 1 with up to three decimals, at most 1.
func parseQuality(s string) (thousandths int, ok bool) {
	const zeros = "000"
	whole, decimals, _ := strings.Cut(s, ".")
	if whole != "0" && whole != "1" || len(decimals) > len(zeros) {
		return 0, false
	}
	n, err := strconv.Atoi(whole + (decimals + zeros)[:len(zeros)])
	if err != nil || n > mostWanted {
		return 0, false
	}
	return n, true
}

// splitList splits a header at the commas that are not inside a quoted string.
func splitList(header string) []string {
	quoted, escaped := false, false
	return strings.FieldsFunc(header, func(r rune) bool {
		switch {
		case escaped:
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		}
		return r == ',' && !quoted
	})
}
