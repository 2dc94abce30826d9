// Package dump has chains whose replies hold all that their functions have seen,
// and the calls whose answers must be the same, byte for byte, in every shape, on
// every platform and with every reply store.
package dump

import (
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/functions"
)

// Chains are the chains: dump, whose functions add what they see; spoilt, whose
// second step returns what its input asks for, which cannot be sent; slow, whose
// second step uses up the time; head, whose last step sets headers; and large, whose
// last step returns a hash of the data.
func Chains() []functions.Chain {
	dump := functions.Chain{Name: "dump", Method: http.MethodPost, Path: "/dump", Headers: []string{"X-Tag"}, Timeout: 20 * time.Second}
	dump.Steps = append(dump.Steps, []functions.Step{
		{Name: "typed", Function: dumping(setTypes)},
		{Name: "fresh", Function: dumping(beFresh)},
		{Name: "status", Function: dumping(setStatus)},
		{Name: "bare", Function: dumping(beBare), Policy: functions.Policy{Timeout: 10 * time.Second}},
		{Name: "forge", Function: dumping(forge), Policy: functions.Policy{Retry: functions.Retry{Attempts: 2}}},
		{Name: "last", Function: dumping(func(in event.Event) event.Event { return in })},
	}...)
	spoilt := functions.Chain{Name: "spoilt", Method: http.MethodPost, Path: "/spoilt", Timeout: 20 * time.Second}
	for _, name := range []string{"before", "spoil", "behind"} {
		step := functions.Step{Name: name, Function: func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }}
		if name == "spoil" {
			step.Function = spoil
		}
		spoilt.Steps = append(spoilt.Steps, step)
	}
	slow := functions.Chain{Name: "slow", Method: http.MethodPost, Path: "/slow", Timeout: 3 * time.Second}
	for _, name := range []string{"quick", "hang", "never"} {
		step := functions.Step{Name: name, Function: func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }}
		if name == "hang" {
			step.Function = hang
		}
		slow.Steps = append(slow.Steps, step)
	}
	large := functions.Chain{Name: "large", Method: http.MethodPost, Path: "/large", Timeout: 20 * time.Second}
	large.Steps = []functions.Step{
		{Name: "before", Function: func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }},
		{Name: "sum", Function: sum},
	}
	return []functions.Chain{dump, spoilt, slow, headed(), large}
}

// dumping is a function that adds what it sees to the data of its result.
func dumping(change func(event.Event) event.Event) functions.Function {
	return func(_ context.Context, in event.Event) (*event.Event, error) {
		seen := dump(in)
		out := change(in)
		out.DataEncoded = append(slices.Clip(in.DataEncoded), seen...)
		return &out, nil
	}
}

// sum returns what it sees, with a hash in the place of the data.
func sum(_ context.Context, in event.Event) (*event.Event, error) {
	seen := dump(in)
	in.DataEncoded = fmt.Appendf(nil, "%s%x", seen, sha256.Sum256(in.DataEncoded))
	in.SetDataContentType(event.TextPlain)
	return &in, nil
}

// dump is all that a function can see of an event, with the types of Go.
func dump(ev event.Event) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("--- %T, base64 %v, errors %v, %d bytes", ev.Context, ev.DataBase64, ev.FieldErrors, len(ev.DataEncoded))
	ec := ev.Context.(*event.EventContextV1)
	line("id %s, type %s, source %#v", ec.ID, ec.Type, ec.Source.URL)
	for name, text := range map[string]*string{"subject": ec.Subject, "datacontenttype": ec.DataContentType} {
		if text != nil {
			line("%s %q", name, *text)
		}
	}
	if ec.DataSchema != nil {
		line("dataschema %#v", ec.DataSchema.URL)
	}
	if ec.Time != nil {
		line("time %s in %s, %v", ec.Time.Format(time.RFC3339Nano), ec.Time.Location(), strings.Contains(ec.Time.String(), " m="))
	}
	lines := strings.Split(b.String(), "\n")
	slices.Sort(lines)
	b.Reset()
	line("%s", strings.Join(lines, "\n"))
	for _, name := range slices.Sorted(maps.Keys(ec.Extensions)) {
		line("%s (%T) %v %q", name, ec.Extensions[name], ec.Extensions[name], functions.Attribute(ev, name))
	}
	return b.String()
}

// at is a time that no clock of a test has.
func at() time.Time {
	return time.Date(2001, time.February, 3, 4, 5, 6, 789, time.FixedZone("", 2*60*60))
}

func setTypes(in event.Event) event.Event {
	for name, value := range map[string]any{
		"num": 7, "flag": true, "at": at(), "bytes": []byte{0, 255}, "text": `a "ü" 100% b`, "empty": "",
		"link": types.ParseURI("https://example.com/a%20b"), "ref": types.ParseURIRef("/r"),
	} {
		in.SetExtension(name, value)
	}
	in.SetTime(at())
	in.SetSubject("Zürich")
	in.SetDataSchema("HTTPS://example.com/schema")
	in.DataBase64 = true
	return in
}

func beFresh(event.Event) event.Event {
	ev := event.New()
	ev.SetID("mine")
	ev.SetSource("https://user@example.com/a%20b?c#d")
	ev.SetExtension(functions.AttrHTTPQuery, "q=mine")
	ev.SetExtension("num", int32(8))
	ev.SetDataContentType(" text/plain; charset=utf-8 ")
	return ev
}

func setStatus(in event.Event) event.Event {
	functions.SetStatus(&in, http.StatusCreated)
	in.SetTime(at())
	return in
}

func beBare(event.Event) event.Event { return event.Event{} }

// forge changes what is the request's own, in the event that it got.
func forge(in event.Event) event.Event {
	for _, name := range []string{
		functions.AttrRoutingSlip, functions.AttrReplyTo, functions.AttrReplyToken, functions.AttrCorrelationID, functions.AttrExpiryTime,
	} {
		in.SetExtension(name, "http://thief.example/")
	}
	ec := in.Context.(*event.EventContextV1)
	delete(ec.Extensions, functions.AttrHTTPMethod)
	ec.ID, ec.Type, ec.Subject, ec.Source.URL = "", "", new(string), url.URL{}
	in.SetDataContentType("text/plain")
	return in
}

// spoil returns an event that cannot be sent, as its input asks for.
func spoil(_ context.Context, in event.Event) (*event.Event, error) {
	ec := in.Context.(*event.EventContextV1)
	switch text := "a\nb"; string(in.DataEncoded) {
	case "subject":
		ec.Subject = &text
	case "not UTF-8":
		text = "a\xff"
		ec.Subject = &text
	case "id":
		ec.ID = text
	case "type":
		ec.Type = text
	case "source":
		ec.Source.URL = url.URL{Opaque: text}
	case "dataschema":
		ec.DataSchema = &types.URI{URL: url.URL{Path: "relative"}}
	case "datacontenttype":
		ec.DataContentType = &text
	case "content type of an event":
		in.SetDataContentType(event.ApplicationCloudEventsJSON)
	case "extension":
		ec.Extensions["color"] = text
	case "extension name":
		ec.Extensions["no-dash"] = "x"
	case "extension too long":
		ec.Extensions["color"] = strings.Repeat("x", 33<<10)
	case "extension of no type":
		ec.Extensions["color"] = 1.5
	case "header":
		functions.SetHeader(&in, "Transfer-Encoding", "chunked")
	case "header value":
		functions.SetHeader(&in, "X-Own", "a\r\nX-Injected: b")
	case "cookie":
		functions.SetCookie(&in, &http.Cookie{Name: "a b"})
	case "headers that are no form":
		ec.Extensions[functions.AttrHTTPHeaders] = "a=%zz"
	case "time":
		ec.Time = &types.Timestamp{Time: time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)}
	}
	return &in, nil
}

// hang uses up the time of its chain, and does not heed its context if it is deaf.
func hang(ctx context.Context, in event.Event) (*event.Event, error) {
	if string(in.DataEncoded) == "deaf" {
		ctx = context.WithoutCancel(ctx)
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(5 * time.Second):
		return &in, nil
	}
}
