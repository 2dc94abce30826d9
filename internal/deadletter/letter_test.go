package deadletter_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/deadletter"
)

func TestLetterIsReadableJSONThatKeepsTheEventToTheByte(t *testing.T) {
	t.Parallel()
	kept := time.Date(2026, 11, 22, 16, 30, 6, 1e6, time.UTC)
	got := body(t, deadletter.NewLetter(file(t, "timeout.json"), kept))
	if want := strings.TrimSpace(string(file(t, "letter.json"))); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	r, err := deadletter.ParseRecord(file(t, "timeout.json"))
	if err != nil {
		t.Fatal(err)
	}
	if l := open(t, got); !bytes.Equal(l.Event, r.RequestPayload) {
		t.Errorf("event %s", l.Event)
	}
}

func TestOpenReadsWhateverLambdaPutsIntoTheQueue(t *testing.T) {
	t.Parallel()
	id, deadline := newID(), time.Now().Add(time.Minute).UTC()
	ev := eventOf(id, deadline, `{"a":1}`)
	inner := record{id: "inner", event: ev, response: `{"errorType":"Sandbox.Timedout"}`}.json(t)
	nested := record{id: "outer", event: inner, response: `{"errorType":"Runtime.OutOfMemory"}`}.json(t)
	twice := record{id: "outermost", event: nested, response: `{"errorType":"Runtime.ExitError"}`}.json(t)
	for name, tc := range map[string]struct {
		body       string
		reason     deadletter.Reason
		invocation string
		function   string
		unanswered string
	}{
		"letter":        {body(t, deadletter.NewLetter(inner, time.Now())), deadletter.TimedOut, "inner", functionARN, ""},
		"record":        {string(inner), deadletter.TimedOut, "inner", functionARN, ""},
		"nested record": {string(nested), deadletter.TimedOut, "inner", functionARN, "out of memory: Runtime.OutOfMemory"},
		"nested twice":  {string(twice), deadletter.TimedOut, "inner", functionARN, "crashed: Runtime.ExitError"},
		"bare event":    {string(ev), deadletter.Unknown, "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := open(t, tc.body)
			if l.Reason != tc.reason || l.Invocation != tc.invocation || l.Function != tc.function || l.Unanswered != tc.unanswered {
				t.Errorf("got %+v", l)
			}
			if l.RequestID != id.String() || l.Chain != "quote" || l.Step != "price" || !l.Deadline.Equal(deadline) {
				t.Errorf("got %+v", l)
			}
			if string(l.Event) != string(ev) {
				t.Errorf("event %s", l.Event)
			}
		})
	}
}

func TestWhatIsNoLetterIsRejected(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ body, text string }{
		"nothing":      {"", "not a dead letter"},
		"text":         {"hello", "not a dead letter"},
		"array":        {"[]", "not a dead letter"},
		"newer":        {`{"version":"homing.letter/2"}`, "homing.letter/2"},
		"wrong member": {`{"version":"homing.letter/1","tries":"many"}`, "tries"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if l, err := deadletter.Open(tc.body); err == nil || !strings.Contains(err.Error(), tc.text) {
				t.Errorf("got %+v, %v", l, err)
			}
		})
	}
}

func TestRequestIsThatOfAnEventOfOurs(t *testing.T) {
	t.Parallel()
	id, deadline := newID(), time.Now().Add(time.Minute).UTC()
	good := string(eventOf(id, deadline, `1`))
	for name, tc := range map[string]struct {
		event string
		ours  bool
	}{
		"ours":              {good, true},
		"only an id":        {strings.Replace(good, `"correlationid"`, `"causationid"`, 1), true},
		"no request id":     {strings.ReplaceAll(good, id.String(), "1"), false},
		"no deadline":       {strings.Replace(good, "expirytime", "sometime", 1), false},
		"bad deadline":      {strings.Replace(good, `"expirytime":"`, `"expirytime":"x`, 1), false},
		"no slip":           {strings.Replace(good, "quote.price,", ",", 1), false},
		"reply to a URL":    {strings.Replace(good, "store:", "http://adapter/x", 1), false},
		"reply to nowhere":  {strings.Replace(good, "replyto", "replyno", 1), false},
		"no CloudEvent":     {`{"orders":[1]}`, false},
		"no object":         {`1`, false},
		"null":              {`null`, false},
		"bad CloudEvent":    {strings.Replace(good, `"specversion":"1.0"`, `"specversion":"2.0"`, 1), false},
		"attribute as list": {strings.Replace(good, `"store:"`, `["store:"]`, 1), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := deadletter.NewLetter(record{event: json.RawMessage(tc.event), status: -1}.json(t), time.Now())
			got, ok := l.Request(time.Hour)
			want := reply.Request{}
			if tc.ours {
				want = reply.Request{ID: id, Chain: "quote", Deadline: deadline, Expires: deadline.Add(time.Hour)}
			}
			if diff := cmp.Diff(want, got); ok != tc.ours || diff != "" {
				t.Errorf("ok is %v\n%s", ok, diff)
			}
			if event := string(open(t, body(t, l)).Event); tc.event != "null" && event != tc.event {
				t.Errorf("kept %s", event)
			}
		})
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(string(file(f, "timeout.json")))
	f.Add(string(file(f, "letter.json")))
	f.Add(string(eventOf(newID(), time.Now(), `1`)))
	f.Add(string(record{event: file(f, "timeout.json"), response: `{}`}.json(f)))
	f.Add(`{"version":"homing.letter/1","event":1,"text":"\uffff"}`)
	f.Add(`{"version":"homing.letter/2"}`)
	f.Fuzz(func(t *testing.T, text string) {
		l, err := deadletter.Open(text)
		if err != nil {
			return
		}
		l.Problem()
		l.Request(time.Hour)
		if l.Version == "" {
			l.Version = deadletter.Version
		}
		kept := body(t, l)
		if len(kept) > deadletter.MaxBody {
			t.Fatalf("%d bytes", len(kept))
		}
		if again := body(t, open(t, kept)); again != kept {
			t.Fatalf("%s\nbecomes\n%s", kept, again)
		}
	})
}
