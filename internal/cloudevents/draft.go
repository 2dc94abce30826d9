package cloudevents

import (
	"slices"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// attributes is the context of an event in one piece of memory: the pointers
// of the context point into it.
type attributes struct {
	event.EventContextV1

	contentType string
	subject     string
	time        types.Timestamp
}

// draft is an event while it is read, in whatever mode.
type draft struct {
	*attributes

	limits     Limits
	count      int      // of attributes and members so far
	seen       uint16   // the core ones among them, by coreBit
	unset      []string // the extensions among them that are null
	hasVersion bool
	hasSource  bool
}

func newDraft(limits Limits) draft {
	return draft{attributes: &attributes{}, limits: limits}
}

// add notes the name of an attribute or member, which must be new.
func (d *draft) add(name string) error {
	if d.count == d.limits.Attributes {
		return faultTooMany
	}
	d.count++
	if bit := coreBit(name); bit != 0 {
		if d.seen&bit != 0 {
			return faultTwice
		}
		d.seen |= bit
		return nil
	}
	if _, ok := d.Extensions[name]; ok || slices.Contains(d.unset, name) {
		return faultTwice
	}
	return nil
}

// unsetAttribute notes that an attribute is null.
func (d *draft) unsetAttribute(name string) {
	if !isCore(name) {
		d.unset = append(d.unset, name)
	}
}

// isCore reports whether an attribute is defined by the specification itself.
func isCore(name string) bool {
	bit := coreBit(name)
	return bit != 0 && bit < dataBit
}

// dataBit is the first bit of a member that is no attribute.
const dataBit = 1 << 8

// coreBit returns a bit for each core attribute and data member, and 0 for
// extensions.
func coreBit(name string) uint16 {
	switch name {
	case attrSpecVersion:
		return 1 << 0
	case attrID:
		return 1 << 1
	case attrSource:
		return 1 << 2
	case attrType:
		return 1 << 3
	case attrDataContentType:
		return 1 << 4
	case attrDataSchema:
		return 1 << 5
	case attrSubject:
		return 1 << 6
	case attrTime:
		return 1 << 7
	case memberData:
		return dataBit
	case memberDataBase64:
		return 1 << 9
	default:
		return 0
	}
}

// set sets an attribute to a value that is a valid String.
func (d *draft) set(name, value string) error {
	if value == "" && isCore(name) {
		return faultEmpty
	}
	var err error
	switch name {
	case attrSpecVersion:
		d.hasVersion = true
		err = checkVersion(value)
	case attrID:
		d.ID = value
	case attrSource:
		d.hasSource = true
		d.Source.URL, err = parseReference(value)
	case attrType:
		d.Type = value
	case attrDataContentType:
		return d.setContentType(value)
	case attrDataSchema:
		d.DataSchema = &types.URI{}
		d.DataSchema.URL, err = parseURI(value)
	case attrSubject:
		d.subject = value
		d.Subject = &d.subject
	case attrTime:
		d.time.Time, err = ParseTimestamp(value)
		d.Time = &d.time
	default:
		d.setExtension(name, value)
	}
	return err
}

func (d *draft) setContentType(value string) error {
	if err := checkMediaType(value); err != nil {
		return err
	}
	d.contentType = value
	d.DataContentType = &d.contentType
	return nil
}

func (d *draft) setExtension(name string, value any) {
	if d.Extensions == nil {
		d.Extensions = make(map[string]any)
	}
	d.Extensions[name] = value
}

func checkVersion(value string) error {
	switch value {
	case specVersion:
		return nil
	case "0.3":
		return faultVersion03
	default:
		return faultVersion
	}
}

// missing names the first required attribute that was not set, or "".
func (d *draft) missing() string {
	switch {
	case !d.hasVersion:
		return attrSpecVersion
	case d.ID == "":
		return attrID
	case !d.hasSource:
		return attrSource
	case d.Type == "":
		return attrType
	default:
		return ""
	}
}

// event creates the event of the draft.
func (d *draft) event(data []byte) event.Event {
	if len(data) == 0 { // binary mode cannot distinguish empty data from none
		data = nil
	}
	return event.Event{Context: &d.EventContextV1, DataEncoded: data}
}
