package memory

import (
	"github.com/cloudevents/sdk-go/v2/event"
)

// What things take on the heap in bytes beside their texts and data, as
// TestBytesAreNearTheHeap measures it: the struct, its slot in a map that is
// between half full and full, and its pointers in the heap of expiry and in
// the mailbox.
const (
	recordOverhead     = 350
	claimOverhead      = 260
	progressOverhead   = 80
	contextOverhead    = 290 // the attributes of an event without extensions
	extensionsOverhead = 310 // the smallest map of extensions
	extensionOverhead  = 50
)

// measure estimates how much memory the record takes.
func (rec *record) measure() int64 {
	r := &rec.reply
	n := recordOverhead + len(r.Tenant) + len(r.Chain) + len(r.Key) + len(r.Callback) + len(r.Event.DataEncoded)
	for i := range r.Progress {
		n += progressOverhead + len(r.Progress[i].Step) + len(r.Progress[i].State)
	}
	return int64(n) + contextSize(r.Event)
}

func contextSize(ev event.Event) int64 {
	if ev.Context == nil {
		return 0
	}
	var extensions map[string]any
	n := contextOverhead + len(ev.ID()) + len(ev.Type()) + len(ev.Subject()) + len(ev.DataContentType()) + len(ev.DataSchema())
	if v1, ok := ev.Context.(*event.EventContextV1); ok {
		extensions = v1.Extensions // without the copy that Extensions makes
		n += len(v1.Source.Scheme) + len(v1.Source.Host) + len(v1.Source.Path) + len(v1.Source.RawQuery)
	} else {
		extensions = ev.Extensions()
		n += len(ev.Source())
	}
	if len(extensions) > 0 {
		n += extensionsOverhead
	}
	for name, value := range extensions {
		n += extensionOverhead + len(name) + valueSize(value)
	}
	return int64(n)
}

func valueSize(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case []byte:
		return len(v)
	default: // a number, a time or a URI: within the overhead
		return 0
	}
}
