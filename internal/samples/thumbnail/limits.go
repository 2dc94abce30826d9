package thumbnail

import (
	"cmp"
	"net/http"

	"github.com/homing-dev/homing/functions"
)

// Defaults of [Limits].
const (
	DefaultMaxPixels = 50_000_000
	DefaultMaxEdge   = 30_000
	DefaultMaxScans  = 100
)

// Limits bound what a picture may cost. They are checked against the header,
// before anything is decoded.
//
// To decode takes 1.5 to 4 bytes a pixel as a rule, 8 for a PNG of 16 bits a
// channel, 15 for a progressive JPEG and 20 for one in four colours; to scale
// takes at most 4 for a thumbnail of the greatest size. So at worst a call
// takes 1.2 GB with the default limits and 300 MB with 12 megapixels, and the
// concurrency of the step bounds how many of them there can be.
type Limits struct {
	// Pixels is the greatest width times height; 0 means [DefaultMaxPixels].
	Pixels int
	// Edge is the greatest width and height; 0 means [DefaultMaxEdge].
	Edge int
	// Scans is how many scans a JPEG may have, as each costs a pass over the
	// whole picture and only a few bytes; 0 means [DefaultMaxScans]. Encoders
	// write about ten.
	Scans int
}

func (l Limits) withDefaults() Limits {
	return Limits{
		Pixels: cmp.Or(l.Pixels, DefaultMaxPixels),
		Edge:   cmp.Or(l.Edge, DefaultMaxEdge),
		Scans:  cmp.Or(l.Scans, DefaultMaxScans),
	}
}

// check refuses a picture that is too large.
func (l Limits) check(width, height int) error {
	if width > l.Edge || height > l.Edge {
		return functions.Errorf(http.StatusRequestEntityTooLarge,
			"the picture is %d by %d pixels; a side may have %d", width, height, l.Edge)
	}
	if width*height > l.Pixels { // no overflow: both were compared with Edge
		return functions.Errorf(http.StatusRequestEntityTooLarge,
			"the picture is %d by %d pixels, %d in all; it may have %d", width, height, width*height, l.Pixels)
	}
	return nil
}
