package thumbnail

import (
	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// Names of the extension attributes that describe the picture in the data of
// the event that carries them.
const (
	// AttrFormat is jpeg, png, gif or webp.
	AttrFormat = "imageformat"
	// AttrWidth is in pixels, as stored.
	AttrWidth = "imagewidth"
	// AttrHeight is in pixels, as stored.
	AttrHeight = "imageheight"
	// AttrOrientation is the orientation of EXIF, 1 to 8: how the stored
	// picture is to be turned or mirrored to be upright.
	AttrOrientation = "imageorientation"
)

// describe returns an event like in, with other data and with the attributes for
// it. The event of the caller stays as it is: its context, which is shared by
// all copies of an event, is cloned before it is changed.
func describe(in event.Event, data []byte, picture header, turn orientation) *event.Event {
	out := &event.Event{
		Context:     &event.EventContextV1{},
		DataEncoded: data,
		DataBase64:  true, // or the JSON format of the event would write the bytes as text
	}
	if in.Context != nil {
		out.Context = in.Context.Clone()
	}
	out.SetDataContentType(picture.format.mediaType())
	out.SetExtension(AttrFormat, string(picture.format))
	out.SetExtension(AttrWidth, picture.width)
	out.SetExtension(AttrHeight, picture.height)
	out.SetExtension(AttrOrientation, int(turn))
	return out
}

// noted returns the orientation that inspect found, if it is there.
func noted(in event.Event) (turn orientation, ok bool) {
	n, err := types.ToInteger(in.Extensions()[AttrOrientation])
	turn = orientation(n)
	return turn, err == nil && turn.valid()
}
