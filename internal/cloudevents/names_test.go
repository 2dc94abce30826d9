package cloudevents_test

import (
	"net/http"
	"testing"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// Names that are known in advance take a shorter way than others; both ways
// must end at the same header and the same attribute.
func TestKnownExtensionsHaveTheirOwnHeaders(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		functions.AttrCorrelationID, functions.AttrCausationID, functions.AttrExpiryTime, functions.AttrTraceParent, functions.AttrTraceState,
		functions.AttrHTTPMethod, functions.AttrHTTPPath, functions.AttrHTTPQuery, functions.AttrHTTPStatus, functions.AttrRoutingSlip,
		functions.AttrReplyTo, functions.AttrReplyToken, functions.HeaderAttr("Accept-Language"), "sequence", "1st", "x",
	} {
		h := http.Header{}
		if err := cloudevents.SetHeaders(h, withExtension(name, "v")); err != nil {
			t.Fatal(err)
		}
		if key := http.CanonicalHeaderKey("ce-" + name); len(h[key]) != 1 || h[key][0] != "v" {
			t.Errorf("%s is not in the header %s: %v", name, key, h)
		}
		for mode := cloudevents.Binary; mode <= cloudevents.Structured; mode++ {
			h := http.Header{}
			body, err := cloudevents.Write(h, withExtension(name, "v"), mode)
			if err != nil {
				t.Fatal(err)
			}
			ev, err := cloudevents.Read(h, body)
			if err != nil {
				t.Fatal(err)
			}
			wantAttrs(t, ev, minimal(attrs{name: "v"}))
		}
	}
}

func TestErrorsSayWhereTheFaultIs(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]*cloudevents.Error{
		"header ce-id: is wrong":            {Attribute: "id", Header: "ce-id", Detail: "is wrong"},
		"event at #/3/source: is wrong":     {Attribute: "source", Pointer: "#/3/source", Detail: "is wrong"},
		"event attribute subject: is wrong": {Attribute: "subject", Detail: "is wrong"},
		"event: is wrong":                   {Detail: "is wrong"},
	} {
		if got := err.Error(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
