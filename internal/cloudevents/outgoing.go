package cloudevents

import (
	"slices"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// outgoing is the context of an event that is to be written, with all its
// attributes checked. Optional ones are "" if they are not set.
type outgoing struct {
	*event.EventContextV1

	source, contentType, schema, subject, time string
}

// newOutgoing checks an event by the rules by which it would be read.
func newOutgoing(ev event.Event) (outgoing, error) {
	ec, ok := ev.Context.(*event.EventContextV1)
	if !ok || ec == nil {
		return outgoing{}, attributeError("", faultContext)
	}
	out := outgoing{EventContextV1: ec}
	if err := out.required(); err != nil {
		return outgoing{}, err
	}
	if err := out.optional(); err != nil {
		return outgoing{}, err
	}
	return out, nil
}

func (o *outgoing) required() error {
	if err := checkRequired(o.ID); err != nil {
		return attributeError(attrID, err)
	}
	if err := checkRequired(o.Type); err != nil {
		return attributeError(attrType, err)
	}
	var err error
	if o.source, err = formatReference(&o.Source.URL); err != nil {
		return attributeError(attrSource, err)
	}
	return nil
}

func (o *outgoing) optional() error {
	var err error
	if o.DataContentType != nil {
		o.contentType = *o.DataContentType
		if err = checkMediaType(o.contentType); err != nil {
			return attributeError(attrDataContentType, err)
		}
	}
	if o.DataSchema != nil {
		if o.schema, err = formatURI(o.DataSchema); err != nil {
			return attributeError(attrDataSchema, err)
		}
	}
	if o.Subject != nil {
		o.subject = *o.Subject
		if err = checkRequired(o.subject); err != nil {
			return attributeError(attrSubject, err)
		}
	}
	if o.Time != nil {
		if o.time, err = formatTimestamp(o.Time.Time); err != nil {
			return attributeError(attrTime, err)
		}
	}
	return nil
}

func checkRequired(s string) error {
	if s == "" {
		return faultEmpty
	}
	return checkText(s)
}

func formatURI(u *types.URI) (string, error) {
	s, err := formatReference(&u.URL)
	if err != nil || u.Scheme == "" {
		return "", faultURI
	}
	return s, nil
}

// extensions returns the names of the extensions in order. Those that are nil
// are unset.
func (o *outgoing) extensions() ([]string, error) {
	if len(o.Extensions) == 0 {
		return nil, nil
	}
	names := make([]string, 0, len(o.Extensions))
	for name, value := range o.Extensions {
		if value != nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if err := checkName(name); err != nil {
			return nil, attributeError(clip(name), err)
		}
		if isCore(name) {
			return nil, attributeError(name, faultReserved)
		}
	}
	return names, nil
}

// canonical returns the value of an extension as a string, bool or int32. Of the
// other types it is the string encoding (CloudEvents section "Type System").
func canonical(value any) (any, error) {
	switch v := value.(type) {
	case string:
		return v, checkText(v)
	case bool, int32:
		return v, nil
	case float32, float64: // the SDK would cut the fraction off
		return nil, faultExtension
	}
	valid, err := types.Validate(value)
	if err != nil || valid == nil {
		return nil, faultExtension
	}
	switch v := valid.(type) {
	case int32, bool:
		return v, nil
	case types.Timestamp:
		return formatTimestamp(v.Time)
	}
	text, err := types.Format(valid)
	if err != nil {
		return nil, faultExtension
	}
	return text, checkText(text)
}
