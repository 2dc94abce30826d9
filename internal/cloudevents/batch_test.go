package cloudevents_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/internal/cloudevents"
)

func batchHeader() http.Header {
	return http.Header{"Content-Type": {cloudevents.BatchType + "; charset=utf-8"}}
}

func TestReadBatch(t *testing.T) {
	t.Parallel()
	events, err := cloudevents.ReadBatch(batchHeader(), []byte(" [ "+object(`,"data":[1]`)+" ,\n"+object(`,"x":1`)+" ] "))
	if err != nil {
		t.Fatal(err)
	}
	if len(events) != 2 {
		t.Fatalf("%d events, want 2", len(events))
	}
	wantAttrs(t, events[0], minimal(attrs{"datacontenttype": "application/json", "data": "[1]"}))
	wantAttrs(t, events[1], minimal(attrs{"x": int32(1)}))
}

func TestReadBatchSkipsAByteOrderMark(t *testing.T) {
	t.Parallel()
	events, err := cloudevents.ReadBatch(batchHeader(), []byte("\ufeff["+object(``)+"]"))
	if err != nil || len(events) != 1 {
		t.Errorf("%d events, %v", len(events), err)
	}
}

// The batch may be empty (HTTP binding section 3.3.2).
func TestReadBatchTakesAnEmptyBatch(t *testing.T) {
	t.Parallel()
	events, err := cloudevents.ReadBatch(batchHeader(), []byte("[ ]"))
	if err != nil || len(events) != 0 {
		t.Errorf("%d events, %v", len(events), err)
	}
}

func TestReadBatchRefuses(t *testing.T) {
	t.Parallel()
	good := object("")
	cases := []struct {
		name, body, place, detail string
	}{
		{"no array", good, "#", "must be a JSON array"},
		{"an element that is no event", "[" + good + ",1]", "#/1", "must be a JSON object"},
		{"a wrong member", "[" + good + `,{"id":1}]`, "#/1/id", "must be a string"},
		{"a missing member", "[" + good + "," + good + `,{"specversion":"1.0","id":"1","type":"t"}]`, "#/2/source", "is required"},
		{
			"data beside data_base64", "[" + object(`,"data":1,"data_base64":"AA=="`) + "]", "#/0/data_base64",
			"data and data_base64 exclude each other",
		},
		{"another version", `[{"specversion":"0.3"}]`, "#/0/specversion", `must be "1.0"; version 0.3 is not supported`},
		{"a comma at the end", "[" + good + ",]", "#/1", "must be a JSON object"},
		{"no comma", "[" + good + good + "]", "#", "is not JSON, at byte 56"},
		{"no end", "[" + good, "#", "is not JSON: it ends too early, at byte 56"},
		{"something after it", "[]]", "#", "has something after the JSON value, at byte 2"},
		{"invalid UTF-8", "[\xff]", "#", "is not valid UTF-8"},
		{"too many events", "[" + strings.Repeat(good+",", 3) + good + "]", "#", "the batch has more events than the limit"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := cloudevents.Limits{BatchEvents: 3}.ReadBatch(batchHeader(), []byte(c.body))
			wantFault(t, err, c.place, c.detail)
		})
	}
}

func TestReadBatchIsOnlyForBatches(t *testing.T) {
	t.Parallel()
	for _, contentType := range []string{"application/cloudevents-batch+avro", cloudevents.StructuredType, "application/json"} {
		_, err := cloudevents.ReadBatch(http.Header{"Content-Type": {contentType}}, []byte("[]"))
		if !errors.Is(err, cloudevents.ErrUnsupported) {
			t.Errorf("%s: error = %v", contentType, err)
		}
	}
}

func TestWriteBatchCanBeReadBack(t *testing.T) {
	t.Parallel()
	var events []event.Event
	for _, body := range []string{object(`,"data":{"a":[1]}`), object(`,"datacontenttype":"text/plain","data":"€"`), object("")} {
		ev, err := cloudevents.Read(structured(), []byte(body))
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, ev)
	}
	h := http.Header{}
	body, err := cloudevents.WriteBatch(h, events)
	if err != nil {
		t.Fatal(err)
	}
	got, err := cloudevents.ReadBatch(h, body)
	if err != nil || len(got) != len(events) {
		t.Fatalf("%d events, %v", len(got), err)
	}
	for i := range got {
		wantAttrs(t, got[i], attrsOf(events[i]))
	}
}

func TestWriteBatchOfNothingIsAnEmptyArray(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	body, err := cloudevents.WriteBatch(h, nil)
	if err != nil || string(body) != "[]" || h.Get("Content-Type") != cloudevents.BatchType {
		t.Errorf("%s %v %v", body, h, err)
	}
}

func TestWriteBatchRefusesAWrongEvent(t *testing.T) {
	t.Parallel()
	h := http.Header{}
	if _, err := cloudevents.WriteBatch(h, []event.Event{event.New()}); err == nil {
		t.Error("an event without id was written")
	}
	if len(h) != 0 {
		t.Errorf("the header was changed: %v", h)
	}
}
