package e2e_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/functions"
	kruntime "github.com/homing-dev/homing/runtimes/knative"
)

// asDumper has the binary of the tests serve the chains of dumpers, as
// `homing knative` serves those of a file.
const asDumper = "E2E_DUMPER"

func serveDumper() int {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	cfg, err := kruntime.FromEnv(os.Environ())
	if err != nil {
		log.Error("read the environment", "error", err)
		return 1
	}
	service, err := kruntime.New(cfg, dumpers(), kruntime.Options{Logger: log})
	if err != nil {
		log.Error("create the service", "error", err)
		return 1
	}
	ln, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Error("listen", "error", err)
		return 1
	}
	log.Error("serve", "error", http.Serve(ln, service))
	return 1
}

// dumpers are chains whose replies hold what every function has seen.
func dumpers() []functions.Chain {
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
	slow := functions.Chain{Name: "slow", Method: http.MethodPost, Path: "/slow", Timeout: 2 * time.Second}
	for _, name := range []string{"quick", "hang", "never"} {
		step := functions.Step{Name: name, Function: func(_ context.Context, in event.Event) (*event.Event, error) { return &in, nil }}
		if name == "hang" {
			step.Function = hang
		}
		slow.Steps = append(slow.Steps, step)
	}
	return []functions.Chain{dump, spoilt, slow}
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

// A 504 named the first step of its vertex, or none.
func TestATimeoutNamesTheStepThatRanInEveryShape(t *testing.T) {
	t.Parallel()
	for _, s := range shapes() {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			d := deploy(t, plan{
				shape: s, broker: patient(), env: []string{asDumper + "=1"},
				chains: map[string][]string{"slow": {"quick", "hang", "never"}},
			})
			for _, how := range []string{"deaf", "obeys"} {
				got := call(t, http.MethodPost, d.url+"/slow", how, "Content-Type", "text/plain").is(t, http.StatusGatewayTimeout)
				if !strings.Contains(got.body, `"step":"hang"`) || got.header.Get("X-Request-ID") == "" {
					t.Errorf("%s: %s %v", how, got.body, got.header)
				}
			}
		})
	}
}

func spoilers() []string {
	return []string{
		"subject", "not UTF-8", "id", "type", "source", "dataschema", "datacontenttype", "content type of an event",
		"extension", "extension name", "extension too long", "extension of no type", "time",
	}
}

// TestEveryFunctionSeesTheSameEventInEveryShape compares byte for byte what the
// functions of a chain see, and the problems of results that cannot be sent.
func TestEveryFunctionSeesTheSameEventInEveryShape(t *testing.T) {
	t.Parallel()
	var names []string
	for _, s := range dumpers()[0].Steps {
		names = append(names, s.Name)
	}
	answers := func(t *testing.T, s shape) map[string]answer {
		t.Helper()
		d := deploy(t, plan{
			shape: s, broker: patient(), env: []string{asDumper + "=1"},
			chains: map[string][]string{"dump": names, "spoilt": {"before", "spoil", "behind"}},
		})
		return dumped(t, d.url)
	}
	want := answers(t, inline)
	if got := want["plain"]; got.status != http.StatusOK || strings.Count(got.body, "---") != len(names) {
		t.Fatalf("got %d %s", got.status, got.body)
	}
	for name, a := range want {
		if kind, ok := strings.CutPrefix(name, "spoilt by "); ok && (a.status != http.StatusInternalServerError ||
			!strings.Contains(a.body, `"title":"Invalid result"`) || !strings.Contains(a.body, `"step":"spoil"`) ||
			!strings.Contains(a.body, "event attribute ")) {
			t.Errorf("%s: %d %s", kind, a.status, a.body)
		}
	}
	for _, s := range shapes()[1:] {
		t.Run(string(s), func(t *testing.T) {
			t.Parallel()
			for name, got := range answers(t, s) {
				if same(t, name, got, want[name]); got.body != want[name].body {
					reportLines(t, name, got.body, want[name].body)
				}
			}
		})
	}
}

// reportLines logs the lines in which two dumps differ.
func reportLines(t *testing.T, name, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "", ""
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Logf("%s, line %d:\ngot  %s\nwant %s", name, i+1, a, b)
		}
	}
}

// dumped are the answers to calls of every kind, without what names one call.
func dumped(t *testing.T, base string) map[string]answer {
	t.Helper()
	out := map[string]answer{
		"plain":             call(t, http.MethodPost, base+"/dump?a=1&b=%20", "body\n", "X-Tag", "a, b", "Content-Type", "text/csv; charset=utf-8"),
		"no body":           call(t, http.MethodPost, base+"/dump", ""),
		"bad content type":  call(t, http.MethodPost, base+"/dump", "x", "Content-Type", "nonsense"),
		"type of an event":  call(t, http.MethodPost, base+"/dump", "{}", "Content-Type", "application/cloudevents+json"),
		"event, structured": withoutNames(t, call(t, http.MethodPost, base+"/events", typedEvent, "Content-Type", "application/cloudevents+json")),
		"event, binary": withoutNames(t, call(t, http.MethodPost, base+"/events", "body\n", "Ce-Specversion", "1.0", "Ce-Id", "theirs",
			"Ce-Source", "/e2e", "Ce-Type", "homing.dump", "Ce-Num", "7", "Ce-Time", "2001-02-03T04:05:06+02:00", "Content-Type", "text/plain")),
	}
	for _, kind := range spoilers() {
		out["spoilt by "+kind] = call(t, http.MethodPost, base+"/spoilt", kind, "Content-Type", "text/plain")
	}
	id := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	now := regexp.MustCompile(`20[2-9]\d-\d\d-\d\dT[\d:.]+Z`)
	pointer := regexp.MustCompile(`0x[0-9a-f]+`)
	length := regexp.MustCompile(`, \d+ bytes`) // of the data, which holds times of several lengths
	for name, a := range out {
		a.body = pointer.ReplaceAllString(a.body, "")
		a.body = length.ReplaceAllString(now.ReplaceAllString(id.ReplaceAllString(a.body, "ID"), "NOW"), "")
		a.header.Del("Content-Length")
		out[name] = a
	}
	return out
}

// typedEvent has attributes of every type that JSON knows.
const typedEvent = `{"specversion":"1.0","id":"theirs","source":"https://example.com/a?b","type":"homing.dump","num":7,"flag":true,"text":"x",
	"time":"2001-02-03T04:05:06.5+02:00","subject":"a b","dataschema":"urn:x","datacontenttype":"application/json","data":{"n": 1}}`
