package deadletter_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/homing-dev/homing/internal/deadletter"
)

// sqsTakes checks that SQS takes a body: up to 1 MiB of the characters that
// its SendMessage allows.
func sqsTakes(body string) error {
	if len(body) > 1<<20 {
		return fmt.Errorf("%d bytes", len(body))
	}
	if !utf8.ValidString(body) {
		return fmt.Errorf("no UTF-8")
	}
	for _, r := range body {
		if r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff {
			return fmt.Errorf("character %U", r)
		}
	}
	return nil
}

func TestLetterThatDoesNotFitLeavesOutTheLeastNeededAndListsIt(t *testing.T) {
	t.Parallel()
	const full = deadletter.MaxBody
	text := func(n int) string { return `"` + strings.Repeat("x", n) + `"` }
	for name, tc := range map[string]struct {
		data, response int
		leftOut        []string
	}{
		"fits":                   {full - 2000, 10, nil},
		"large response":         {10, full, []string{"response"}},
		"both":                   {full - 2000, 2000, []string{"response"}},
		"large data":             {full, 10, []string{"response", "data"}},
		"both larger than a box": {full, full, []string{"response", "data"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			id := newID()
			r := record{
				event:    eventOf(id, time.Now(), text(tc.data)),
				response: `{"errorType":"Sandbox.Timedout","stackTrace":` + text(tc.response) + `}`,
			}
			kept := body(t, deadletter.NewLetter(r.json(t), time.Now()))
			if err := sqsTakes(kept); err != nil {
				t.Fatal(err)
			}
			l := open(t, kept)
			if !slices.Equal(l.LeftOut, tc.leftOut) || l.RequestID != id.String() || l.Reason != deadletter.TimedOut || l.Step != "price" {
				t.Errorf("left out %q of %+v", l.LeftOut, l.RequestID)
			}
			if whole := string(l.Event) == string(r.event); whole == slices.Contains(tc.leftOut, "data") {
				t.Errorf("the event is whole: %v", whole)
			}
			if _, err := l.CloudEvent(); err != nil {
				t.Errorf("the event cannot be read: %v", err)
			}
		})
	}
}

func TestLetterOfAnythingFits(t *testing.T) {
	t.Parallel()
	large := strings.Repeat("x", 2*deadletter.MaxBody)
	for name, tc := range map[string]struct {
		payload []byte
		leftOut []string
	}{
		"text":            {[]byte(large), []string{"text"}},
		"JSON, no object": {[]byte(`"` + large + `"`), []string{"event"}},
		"payload without data": {
			record{event: json.RawMessage(`{"orders":"` + large + `"}`), status: -1}.json(t), []string{"event"},
		},
		"condition": {
			record{event: json.RawMessage(`{"a":1}`), condition: large, status: -1}.json(t), []string{"event", "record"},
		},
		"attribute": {
			[]byte(`{"specversion":"1.0","id":"1","source":"/","type":"t","subject":"` + large + `","data":1}`), []string{"data", "event"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := body(t, deadletter.NewLetter(tc.payload, time.Now()))
			if err := sqsTakes(kept); err != nil {
				t.Fatal(err)
			}
			if l := open(t, kept); !slices.Equal(l.LeftOut, tc.leftOut) {
				t.Errorf("left out %q", l.LeftOut)
			}
		})
	}
}

func TestLetterHasOnlyCharactersThatSQSTakes(t *testing.T) {
	t.Parallel()
	for name, payload := range map[string]string{
		"noncharacters":        "{\"specversion\":\"1.0\",\"data\":\"\ufffe \uffff\"}",
		"control characters":   `{"specversion":"1.0","data":"\u0000\u001f"}`,
		"broken UTF-8 in JSON": "{\"data\":\"\xff\"}",
		"broken UTF-8":         "\xff\x00\x01",
		"nothing":              "",
		"markup":               `{"data":"<&>"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := deadletter.NewLetter([]byte(payload), time.Now())
			kept := body(t, l)
			if err := sqsTakes(kept); err != nil {
				t.Fatal(err)
			}
			var got, want any
			again := open(t, kept)
			if len(l.Event) == 0 {
				if again.Text != l.Text {
					t.Errorf("%q becomes %q", l.Text, again.Text)
				}
				return
			}
			if err := json.Unmarshal([]byte(payload), &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(again.Event, &got); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%v becomes %v, %v", want, got, err)
			}
		})
	}
}

func TestLetterWhoseEventIsNoJSONIsAnError(t *testing.T) {
	t.Parallel()
	for _, l := range []deadletter.Letter{{Event: []byte("{")}, {Record: []byte("{")}} {
		if got, err := l.Body(); err == nil {
			t.Errorf("got %s", got)
		}
	}
}
