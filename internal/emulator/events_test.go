package emulator_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
)

// post sends an event by hand.
func post(t *testing.T, url, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := httpClient(t).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

func TestEventsAreSentByHand(t *testing.T) {
	t.Parallel()
	stack, l := load(t, "byhand", false), newLines("got ")
	letters, _ := stack.Queue("Letters")
	const topic = "arn:aws:sns:us-east-1:123456789012:Orders"
	stack.Triggers = []template.Trigger{
		{ID: "Orders", Kind: template.Message, Topic: topic, Function: "Adapter"},
		{ID: "Orders", Kind: template.Message, Topic: topic, Function: letters.ARN},
		{ID: "Plain", Kind: template.Message, Topic: topic, Function: letters.ARN, Raw: true},
		{ID: "AdapterTick", Kind: template.Scheduled, Function: "Adapter"},
		{ID: "AdapterFixed", Kind: template.Scheduled, Function: "Adapter", Input: `{"job":"fixed"}`},
		{ID: "AdapterCreated", Function: "Adapter"},
	}
	e := start(t, stack, emulator.Options{Log: func(string) io.Writer { return l }})
	for id, tc := range map[string]struct {
		body string
		want []string
	}{
		"Orders":         {`{"order":1}`, []string{`"EventSource":"aws:sns"`, `"TopicArn":"` + topic + `"`, `"Message":"{\"order\":1}"`}},
		"AdapterTick":    {"", []string{`"detail-type":"Scheduled Event"`, `"detail":{}`, `"resources":["AdapterTick"]`}},
		"AdapterFixed":   {"", []string{`{"job":"fixed"}`}},
		"AdapterCreated": {`{"Records":[{"s3":{}}]}`, []string{`got {"Records":[{"s3":{}}]}`}},
	} {
		if status, text := post(t, e.EventsURL()+"/"+id, tc.body); status != http.StatusAccepted {
			t.Fatalf("%s: %d %s", id, status, text)
		}
		got := <-l.seen
		for _, want := range tc.want {
			if !strings.Contains(got, want) {
				t.Errorf("%s: got %s, want %s", id, got, want)
			}
		}
	}
	for _, id := range []string{"Letters", "Plain"} {
		if status, text := post(t, e.EventsURL()+"/"+id, "as it is "+id); status != http.StatusAccepted {
			t.Errorf("%s: %d %s", id, status, text)
		}
	}
	messages := strings.Join(e.Messages("Letters"), "\n")
	if !strings.Contains(messages, `"Message":"{\"order\":1}"`) || !strings.Contains(messages, "as it is Letters") || !strings.Contains(messages, "as it is Plain") {
		t.Errorf("the queue has %s", messages)
	}
}

func TestEventsThatAreNotTaken(t *testing.T) {
	t.Parallel()
	e := start(t, load(t, "nottaken", false), emulator.Options{})
	url := e.EventsURL()
	if status, text := post(t, url+"/Other", "x"); status != http.StatusNotFound || !strings.Contains(text, "/Letters, /Work") {
		t.Errorf("an id that is not there: %d %s", status, text)
	}
	if status, _ := post(t, url+"/Letters", "x", "Origin", "https://example.com"); status != http.StatusForbidden {
		t.Errorf("a page: %d", status)
	}
	if status, _ := post(t, url+"/Letters", strings.Repeat("x", 1<<20+1)); status != http.StatusRequestEntityTooLarge {
		t.Errorf("a large one: %d", status)
	}
	if status, text, _ := get(t, url); status != http.StatusMethodNotAllowed || !strings.Contains(text, "/Letters, /Work") {
		t.Errorf("GET: %d %s", status, text)
	}
	if e.Depth("Letters") != 0 {
		t.Error("an event was taken")
	}
}
