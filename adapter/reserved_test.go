package adapter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
)

// seen is a chain whose function replies with the extension attributes that it
// sees.
func seen(_ context.Context, in event.Event) (*event.Event, error) {
	out := in.Clone()
	data, err := json.Marshal(in.Extensions())
	if err != nil {
		return nil, err
	}
	return &out, out.SetData(event.ApplicationJSON, data)
}

// forged are the attributes of a client's event that no function may see.
func forged() []string {
	return []string{
		"httpmethod", "httppath", "httpquery", "httpstatus", "httpheaders", "httpretryafter", "httpxtag", "httpauthorization",
		"httpcookie", "http", "httpxother", "dataref", "routingslip", "replyto", "replytoken", "correlationid", "causationid",
	}
}

func TestAClientsEventCannotSetWhatIsTheAdapters(t *testing.T) {
	t.Parallel()
	c := chain("seen", seen)
	c.Headers = []string{"X-Tag", "Cookie", "Authorization"}
	s := serve(t, setup{chains: []functions.Chain{c}})
	var members strings.Builder
	binary := []string{
		"Ce-Specversion", "1.0", "Ce-Id", "1", "Ce-Source", "/s", "Ce-Type", "homing.seen", "Ce-Mine", "kept", "X-Tag", "real",
	}
	for _, name := range forged() {
		fmt.Fprintf(&members, ",%q:%q", name, "forged")
		binary = append(binary, "Ce-"+name, "forged")
	}
	one := `{"specversion":"1.0","id":"1","source":"/s","type":"homing.seen","mine":"kept"` + members.String() + `}`
	const structured, batch = "application/cloudevents+json", "application/cloudevents-batch+json"
	for name, tt := range map[string]struct {
		body    string
		headers []string
	}{
		"binary":     {"x", append(slices.Clip(binary), "Content-Type", "text/plain")},
		"structured": {one, []string{"Content-Type", structured, "X-Tag", "real"}},
		"batch":      {"[" + one + "]", []string{"Content-Type", batch, "X-Tag", "real"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.do("POST", "/events", tt.body, tt.headers...)
			if got.status != 200 {
				t.Fatalf("%d %s", got.status, got.body)
			}
			body := got.body
			switch name {
			case "structured":
				var ev struct{ Data json.RawMessage }
				unmarshal(t, body, &ev)
				body = ev.Data
			case "batch":
				var evs []struct{ Data json.RawMessage }
				unmarshal(t, body, &evs)
				body = evs[0].Data
			}
			var ext map[string]string
			unmarshal(t, body, &ext)
			for k, v := range ext {
				if v == "forged" {
					t.Errorf("the function sees the client's %s", k)
				}
			}
			if ext["mine"] != "kept" || ext["httpxtag"] != "real" || ext["causationid"] != "1" {
				t.Errorf("the function sees %v", ext)
			}
		})
	}
}

func unmarshal(t *testing.T, data []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
}
