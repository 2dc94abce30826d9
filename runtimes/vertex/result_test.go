package vertex_test

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/functions"
)

func returns(make func() *event.Event) functions.Function {
	return func(context.Context, event.Event) (*event.Event, error) { return make(), nil }
}

func emptyEvent() *event.Event { return &event.Event{} }

func inContext(c event.EventContext) func() *event.Event {
	return func() *event.Event { return &event.Event{Context: c} }
}

// but returns the request's event with a change.
func but(change func(*event.Event)) func() *event.Event {
	return func() *event.Event {
		ev := request()
		change(&ev)
		return &ev
	}
}

func untimed(ev *event.Event) { ev.SetTime(time.Time{}) }

func old() *event.Event {
	ev := event.New(event.CloudEventsVersionV03)
	ev.SetID("old")
	ev.SetExtension("color", "red")
	ev.DataEncoded = []byte("{}")
	return &ev
}

// attributes shows what counts of an event.
func attributes(ev *event.Event) string {
	ec, ok := ev.Context.(*event.EventContextV1)
	if !ok {
		return fmt.Sprintf("%T", ev.Context)
	}
	contentType := "none"
	if ec.DataContentType != nil {
		contentType = *ec.DataContentType
	}
	return fmt.Sprintf("%s %s %s %s %s", ec.ID, ec.Source.String(), ec.Type, contentType, ec.Time.UTC().Format(time.TimeOnly))
}

func TestWhatAFunctionLeavesEmptyIsFilledIn(t *testing.T) {
	t.Parallel()
	const filled = requestID + " /chains/orders/steps/only homing.orders.only "
	withData := func(contentType *string) func() *event.Event {
		return func() *event.Event {
			return &event.Event{Context: &event.EventContextV1{DataContentType: contentType}, DataEncoded: []byte("x")}
		}
	}
	tests := map[string]struct {
		answer func() *event.Event
		want   string
	}{
		"no context":         {emptyEvent, filled + "none 00:00:00"},
		"nil context":        {inContext((*event.EventContextV1)(nil)), filled + "none 00:00:00"},
		"nil old context":    {inContext((*event.EventContextV03)(nil)), filled + "none 00:00:00"},
		"data without type":  {withData(nil), filled + "application/json 00:00:00"},
		"data, empty type":   {withData(new("")), filled + "application/json 00:00:00"},
		"no data, no type":   {inContext(&event.EventContextV1{DataContentType: new("")}), filled + "none 00:00:00"},
		"type with charset":  {withData(new("text/plain; charset=utf-8")), filled + "text/plain; charset=utf-8 00:00:00"},
		"CloudEvents 0.3":    {old, "old /chains/orders/steps/only homing.orders.only application/json 00:00:00"},
		"everything set":     {but(func(ev *event.Event) { ev.SetID("mine") }), "mine /adapter homing.orders application/json 03:04:05"},
		"only the time left": {but(untimed), requestID + " /adapter homing.orders application/json 00:00:00"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // its clock starts at midnight
				res, err := build(t, under(functions.Policy{}, returns(tt.answer))).Carry(t.Context(), request(), nil)
				out := res.Event
				if err != nil {
					t.Fatal(err)
				}
				if got := attributes(out); got != tt.want {
					t.Errorf("got  %s\nwant %s", got, tt.want)
				}
				if got := out.Extensions()[functions.AttrCorrelationID]; got != requestID {
					t.Errorf("got correlationid %v", got)
				}
			})
		})
	}
}

func TestExtensionsAreCarriedAndTheStatusIsNot(t *testing.T) {
	t.Parallel()
	c := chain(
		plain("first", returns(func() *event.Event {
			ev := emptyEvent()
			ev.Context = &event.EventContextV1{Extensions: map[string]any{"color": "red", functions.AttrHTTPQuery: "b=2"}}
			functions.SetStatus(ev, 201)
			return ev
		})),
		plain("second", returns(emptyEvent)),
	)
	c.Headers = []string{"Accept-Language", "X-A", "X-B", "X-C", "X-D", "X-E"} // more than fit without an allocation
	in := request()
	for _, h := range c.Headers {
		in.SetExtension(functions.HeaderAttr(h), h)
	}
	in.SetExtension("stray", "x")
	first := c
	first.Steps = c.Steps[:1]
	out := carryOne(t, first, in)
	if status, _ := functions.Status(*out); status != 201 || out.Extensions()["color"] != "red" || functions.Query(*out).Get("b") != "2" {
		t.Errorf("what the function has set is gone: %v", out.Extensions())
	}
	out = carryOne(t, c, in)
	ext := out.Extensions()
	for _, h := range c.Headers {
		if functions.Header(*out, h) != h {
			t.Errorf("header %s is gone: %v", h, ext)
		}
	}
	// As in another process, which knows nothing but the event: what the first function has set goes on.
	if functions.Query(*out).Get("b") != "2" || ext[functions.AttrReplyTo] != "box" {
		t.Errorf("the request is gone from %v", ext)
	}
	for _, name := range []string{functions.AttrHTTPStatus, "color", "stray"} {
		if value, there := ext[name]; there {
			t.Errorf("%s=%v was carried to a new event", name, value)
		}
	}
}

// Several requests may get the same event of a function.
func TestSharedResultKeepsRequestsApart(t *testing.T) {
	t.Parallel()
	for name, shared := range map[string]*event.Event{
		"event": {}, "context": {Context: &event.EventContextV1{Extensions: map[string]any{"color": "red"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := build(t, under(functions.Policy{}, returns(func() *event.Event { return shared })))
			for _, id := range []string{"one", "two"} {
				in := request()
				in.SetID(id)
				in.SetExtension(functions.AttrReplyTo, "box of "+id)
				res, err := v.Carry(t.Context(), in, nil)
				out := res.Event
				if err != nil {
					t.Fatal(err)
				}
				if out.ID() != id || out.Extensions()[functions.AttrReplyTo] != "box of "+id {
					t.Errorf("request %s got the reply address %v of %s", id, out.Extensions()[functions.AttrReplyTo], out.ID())
				}
			}
			if ec, ok := shared.Context.(*event.EventContextV1); ok && (ec.ID != "" || len(ec.Extensions) != 1) {
				t.Errorf("the function's event was changed: %v", shared)
			}
		})
	}
}

func TestInvalidResultIsA500(t *testing.T) {
	t.Parallel()
	withExtension := func(name string, value any) func() *event.Event {
		return func() *event.Event {
			return &event.Event{Context: &event.EventContextV1{Extensions: map[string]any{name: value}}}
		}
	}
	setting := func(set func(*event.Event)) func() *event.Event {
		return func() *event.Event { ev := event.New(); set(&ev); return &ev }
	}
	for name, answer := range map[string]func() *event.Event{
		"setter refused a source":    setting(func(ev *event.Event) { ev.SetSource("%zz") }),
		"setter refused a name":      setting(func(ev *event.Event) { ev.SetExtension("no-dash", "x") }),
		"name with a dash":           withExtension("no-dash", "x"),
		"name of an attribute":       withExtension("id", "x"),
		"value of no type":           withExtension("color", struct{}{}),
		"number out of range":        withExtension("color", int64(1)<<40),
		"content type of two lines":  setting(func(ev *event.Event) { ev.SetDataContentType("text/plain\r\nX-Evil: 1") }),
		"content type of an event":   setting(func(ev *event.Event) { ev.SetDataContentType(event.ApplicationCloudEventsJSON) }),
		"subject of two lines":       setting(func(ev *event.Event) { ev.SetSubject("a\nb") }),
		"subject that is not UTF-8":  setting(func(ev *event.Event) { ev.SetSubject("a\xff") }),
		"id with a control":          setting(func(ev *event.Event) { ev.SetID("a\x7fb") }),
		"type with a control":        setting(func(ev *event.Event) { ev.SetType("a\tb") }),
		"source with a control":      inContext(&event.EventContextV1{Source: types.URIRef{URL: url.URL{Opaque: "a\nb"}}}),
		"schema that is relative":    inContext(&event.EventContextV1{DataSchema: &types.URI{URL: url.URL{Path: "/s"}}}),
		"time of the year 10000":     inContext(&event.EventContextV1{Time: &types.Timestamp{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}}),
		"extension of two lines":     withExtension("color", "a\r\nb"),
		"extension that is no UTF-8": withExtension("color", "a\xff"),
		"extension that is too long": withExtension("color", strings.Repeat("x", 32<<10+1)),
		"extension that is twice":    inContext(&event.EventContextV1{Extensions: map[string]any{"color": 1, "Color": 2}}),
		"extension named data":       withExtension("data", "x"),
		"a fraction":                 withExtension("color", 1.5),
		"in the event it was given":  but(func(ev *event.Event) { ev.SetSubject("a\nb") }),
		"content type without slash": setting(func(ev *event.Event) { ev.SetDataContentType("/") }),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var j journal
			_, err := build(t, under(functions.Policy{Retry: functions.Retry{Attempts: 3}}, returns(answer))).Carry(t.Context(), request(), j.add)
			p := wantStatus(t, err, 500)
			if p.Title != "Invalid result" || p.Cause == nil || p.Step != "only" || !strings.Contains(p.Detail, "event attribute ") {
				t.Errorf("got %+v, cause %v", p.Problem, p.Cause)
			}
			j.want(t, "only started 1", "only failed 1 500")
		})
	}
}

func TestEveryFunctionSeesTheCanonicalTextOfAnAttribute(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, time.January, 2, 3, 4, 5, 600, time.FixedZone("", 2*60*60))
	given := map[string]any{
		"Count": 3, "flag": true, "when": at, "at": types.Timestamp{Time: at}, "none": nil, "text": "x", "bytes": []byte("hi"),
		"link": types.URI{URL: url.URL{Scheme: "https", Host: "example.com", Path: "/a b"}}, "ref": types.URIRef{URL: url.URL{Path: "/r"}},
	}
	kept := maps.Clone(given)
	want := map[string]any{
		"count": "3", "flag": "true", "when": "2026-01-02T01:04:05.0000006Z", "at": "2026-01-02T01:04:05.0000006Z", "text": "x", "bytes": "aGk=",
		"link": "https://example.com/a%20b", "ref": "/r", functions.AttrCorrelationID: requestID, functions.AttrHTTPQuery: "a=1",
	}
	see := func(where string, in event.Event) {
		if got := in.Extensions(); !maps.Equal(got, want) {
			t.Errorf("%s: got  %#v\nwant %#v", where, got, want)
		}
		if got := in.Context.(*event.EventContextV1).Time.String(); got != "2026-01-02T01:04:05.0000006Z" {
			t.Errorf("%s: the time is %s", where, got)
		}
	}
	set := func(in *event.Event) {
		ec := in.Context.(*event.EventContextV1)
		ec.Time, ec.DataContentType = &types.Timestamp{Time: at}, new(" text/plain ")
		ec.Extensions = maps.Clone(ec.Extensions)
		delete(ec.Extensions, "count") // else it would be twice
		maps.Copy(ec.Extensions, given)
	}
	in := request()
	set(&in)
	out := carryOne(t, chain(
		plain("given", func(_ context.Context, in event.Event) (*event.Event, error) {
			see("the event of the request", in)
			set(&in)
			return &in, nil
		}),
		plain("changed", func(_ context.Context, in event.Event) (*event.Event, error) {
			see("the event that the function before has changed", in)
			return &event.Event{Context: &event.EventContextV1{Extensions: given, Time: &types.Timestamp{Time: at}}}, nil
		}),
		plain("fresh", func(_ context.Context, in event.Event) (*event.Event, error) {
			see("the event that the function before has created", in)
			return &in, nil
		}),
	), in)
	if !maps.EqualFunc(given, kept, func(a, b any) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
		t.Errorf("the function's map was changed: %v", given)
	}
	if err := out.Validate(); err != nil {
		t.Errorf("the SDK refuses the result: %v", err)
	}
}

func TestRoutingIsInvisibleToFunctionsAndComesBack(t *testing.T) {
	t.Parallel()
	routing := map[string]any{functions.AttrRoutingSlip: "a.b,", functions.AttrReplyTo: "http://home/", functions.AttrReplyToken: "secret"}
	for name, change := range map[string]func(*event.Event) *event.Event{
		"input": func(in *event.Event) *event.Event { return in },
		"fresh": func(*event.Event) *event.Event { return &event.Event{} },
		"forged": func(in *event.Event) *event.Event {
			for attr := range routing {
				in.SetExtension(attr, "http://thief/")
			}
			return in
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := request()
			for attr, value := range routing {
				in.SetExtension(attr, value)
			}
			step := func(_ context.Context, in event.Event) (*event.Event, error) {
				for attr := range routing {
					if got, there := in.Extensions()[attr]; there {
						t.Errorf("the function sees %s %v", attr, got)
					}
				}
				return change(&in), nil
			}
			out := carryOne(t, chain(plain("one", step), plain("two", step)), in)
			for attr, want := range routing {
				if got := out.Extensions()[attr]; got != want {
					t.Errorf("%s is %v behind the chain, want %v", attr, got, want)
				}
			}
		})
	}
}

// wrapped is an EventContext that is not the SDK's own.
type wrapped struct{ *event.EventContextV1 }

func TestInputNeedNotBeCloudEvents10(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]event.Event{
		"0.3": *old(), "another's": {Context: wrapped{&event.EventContextV1{ID: "x"}}},
		"no context": {}, "nil context": {Context: (*event.EventContextV1)(nil)},
	} {
		for policyName, policy := range map[string]functions.Policy{"plain": {}, "retry": {Retry: functions.Retry{Attempts: 2}}} {
			t.Run(name+", "+policyName, func(t *testing.T) {
				t.Parallel()
				c := chain(under(policy, identity))
				out := carryOne(t, c, in)
				if ec, ok := out.Context.(*event.EventContextV1); !ok || ec.Type == "" {
					t.Errorf("got %T %v", out.Context, out.Context)
				}
			})
		}
	}
}

func TestIdentityOfTheRequestCannotBeChanged(t *testing.T) {
	t.Parallel()
	fixed := []string{"correlationid", "expirytime", "replyto", "replytoken"}
	in := request()
	for _, name := range fixed {
		in.SetExtension(name, "the request's")
	}
	for label, value := range map[string]any{"text": "another", "number": int32(7), "bytes": []byte("another")} {
		out, err := build(t, plain("forge", func(context.Context, event.Event) (*event.Event, error) {
			forged := event.New()
			for _, name := range append([]string{"subject2"}, fixed...) {
				forged.SetExtension(name, value)
			}
			return &forged, nil
		})).Carry(t.Context(), in, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range fixed {
			if got := out.Event.Extensions()[name]; got != "the request's" {
				t.Errorf("%s: %s is %v", label, name, got)
			}
		}
	}
}
