// Package thumbnail is the sample chain "thumbnail": a picture goes in, a
// small one comes home. Three functions share the work:
//
//	inspect  refuses what is no picture, mislabelled, truncated or too large,
//	         and writes what it found into attributes of the event
//	resize   decodes, scales, turns the picture upright
//	encode   writes JPEG or PNG, whichever Accept asks for
//
// JPEG, PNG, GIF (its first frame) and WebP (without animation) are read.
// Between resize and encode the picture is a PNG that is compressed in a
// hurry: every step returns real bytes of a registered media type, so the
// chain returns the same reply in one process and in three, and a step in
// another language can be put in between.
//
// # The request
//
// The body is the picture. Its Content-Type is needed by nobody, but if it
// names an image type, it has to be the right one. The query may have
//
//	w  greatest width in pixels, 1 to 4096
//	h  greatest height in pixels, 1 to 4096
//	q  quality of a JPEG, 1 to 100; 82 if absent
//
// The shape of the picture is kept and it is never enlarged. With neither w
// nor h the width is 320. Other parameters are ignored. The header Accept,
// which the chain's list of headers must name, chooses between image/jpeg and
// image/png by its quality values (RFC 9110 section 12.5.1); on a draw, as
// with */* or without the header, it is PNG if any pixel is transparent and
// JPEG if none is.
//
// # The answer to a bad request
//
//	400  the body is empty, or the query is none
//	406  Accept allows neither JPEG nor PNG
//	413  more pixels than the [Limits] allow
//	415  a format that is not read
//	422  an invalid parameter, a body that is not of its Content-Type, or
//	     one that is truncated or damaged
//
// The entries in the error document's list of invalid fields point to the
// query: "?w" is the parameter w.
//
// # What it does not do
//
// Colours are averaged as they are stored, without linearising them, as most
// programs do: fine bright detail on a dark ground gets slightly darker. A
// colour profile is dropped with all other metadata, and the values are taken
// as sRGB. Of an animation only the first frame is used.
package thumbnail
