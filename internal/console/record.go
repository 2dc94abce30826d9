package console

import (
	"bytes"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"
)

// record is what is kept of a request. All is guarded by the recorder's mutex.
type record struct {
	id, tenant, kind string
	chain            *chain
	of               string // the request of which a step was run again
	start, deadline  time.Time
	answered, ended  time.Time // zero if not yet
	status           int       // of the answer; that of the reply once it has come behind 202
	failure          string    // what it failed with
	failedStep       string
	in, out          *payload
	runs             []run
	last             *payload // what came out of the step that ran last
	source           []byte   // what last was copied from; only compared
	bytes            int
	gone             bool // it is not kept any more
	change           uint64
}

// Kinds of a request: how it is held, or that it is a step which was run again.
const (
	kindSync, kindAsync, kindKeyed, kindStep = "sync", "async", "keyed", "step"
)

// run is an attempt of a step.
type run struct {
	step       *step
	name       string
	attempt    int
	start, end time.Time // the end is zero while it runs
	state      string    // "running", "finished", "failed", "dropped", "accepted" or "retrying"
	status     int
	failure    string
	in, out    *payload
}

// payload is what is kept of an event.
type payload struct {
	typ, subject, contentType string
	source                    types.URIRef
	size                      int
	data                      []byte // the first part of it
	attrs                     []attr
}

type attr struct {
	name  string
	value any
}

// keep copies what is shown of an event. The event must not change meanwhile.
func (r *Recorder) keep(ev *event.Event) *payload {
	return r.keepData(ev, nil).with(ev, nil)
}

// keepData is keep without the attributes, which another step is still to get. It is
// before, which may be nil, if that has the same data.
func (r *Recorder) keepData(ev *event.Event, before *payload) *payload {
	size := len(ev.DataEncoded)
	data := ev.DataEncoded[:min(size, r.Limits.Body)]
	if before != nil && before.size == size && bytes.Equal(before.data, data) {
		return before
	}
	p := &payload{size: size, data: bytes.Clone(data)}
	if ec, ok := ev.Context.(*event.EventContextV1); ok {
		p.contentType = value(ec.DataContentType)
	}
	return p
}

// with returns the data of p with the attributes of an event that has the same data.
// They are not copied if they are as before, which may be nil.
func (p *payload) with(ev *event.Event, before *payload) *payload {
	p = &payload{size: p.size, data: p.data}
	ec, ok := ev.Context.(*event.EventContextV1)
	if !ok {
		return p
	}
	p.typ, p.source = ec.Type, ec.Source
	p.subject, p.contentType = value(ec.Subject), value(ec.DataContentType)
	if before.hasAttributes(ec) {
		p.attrs = before.attrs
		return p
	}
	p.attrs = make([]attr, 0, len(ec.Extensions))
	for name, value := range ec.Extensions {
		p.attrs = append(p.attrs, attr{name, value})
	}
	return p
}

// hasAttributes reports whether p has the attributes of an event.
func (p *payload) hasAttributes(ec *event.EventContextV1) bool {
	if p == nil || len(p.attrs) != len(ec.Extensions) {
		return false
	}
	for _, a := range p.attrs {
		text, isText := a.value.(string)
		other, wasText := ec.Extensions[a.name].(string)
		if !isText || !wasText || text != other {
			return false
		}
	}
	return true
}

// is reports whether p is all that would be kept of an event with the same data.
func (p *payload) is(ev *event.Event) bool {
	ec, ok := ev.Context.(*event.EventContextV1)
	return ok && p.typ == ec.Type && p.source.URL == ec.Source.URL && value(ec.Subject) == p.subject &&
		value(ec.DataContentType) == p.contentType && p.hasAttributes(ec)
}

// value is what an optional attribute is; "" if it is not there.
func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (p *payload) memory() int { return len(p.data) + 32*len(p.attrs) + 128 } //nolint:mnd // about

// attributes are what is shown of the attributes, by name.
func (p *payload) attributes() map[string]string {
	all := map[string]string{}
	for _, a := range p.attrs {
		text, _ := types.Format(a.value)
		if text, ok := shown(a.name, text); ok {
			all[a.name] = text
		}
	}
	for name, value := range map[string]string{
		"type": p.typ, "source": p.source.String(), "subject": p.subject, "datacontenttype": p.contentType,
	} {
		if value != "" {
			all[name] = value
		}
	}
	return all
}

// Kinds of a body.
const (
	kindEmpty, kindText, kindBinary = "empty", "text", "binary"
)

// kind is what a body is by its bytes, whatever its type says: "empty", "text",
// "binary", or the type of an image that a browser may show as one.
func (p *payload) kind() string {
	if p.size == 0 {
		return kindEmpty
	}
	switch sniffed := http.DetectContentType(p.data); sniffed {
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return sniffed
	}
	if bytes.IndexByte(p.data, 0) < 0 && utf8.Valid(p.text()) {
		return kindText
	}
	return kindBinary
}

// text is the data without a character that was cut.
func (p *payload) text() []byte {
	if len(p.data) == p.size {
		return p.data
	}
	for n := len(p.data); n > max(0, len(p.data)-utf8.UTFMax); n-- {
		if utf8.RuneStart(p.data[n-1]) {
			if !utf8.FullRune(p.data[n-1:]) {
				return p.data[:n-1]
			}
			break
		}
	}
	return p.data
}

// same reports whether two slices are the same memory.
func same(a, b []byte) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0])
}
