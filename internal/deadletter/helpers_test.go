package deadletter_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/deadletter"
)

const functionARN = "arn:aws:lambda:eu-west-1:123456789012:function:quote-vertex:$LATEST"

// file reads testdata/name.
func file(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// record is a destination record of Lambda.
type record struct {
	condition string          // "" is RetriesExhausted
	tries     int             // 0 is 3
	id        string          // "" is invocation-1
	event     json.RawMessage // requestPayload
	status    int             // of the responseContext; 0 is 200, less is none
	response  string          // responsePayload
}

func (r record) json(t testing.TB) []byte {
	t.Helper()
	if r.condition == "" {
		r.condition = "RetriesExhausted"
	}
	if r.id == "" {
		r.id = "invocation-1"
	}
	if r.tries == 0 {
		r.tries = 3
	}
	doc := map[string]any{
		"version": "1.0", "timestamp": "2026-11-22T16:30:05.568Z",
		"requestContext": map[string]any{
			"requestId": r.id, "functionArn": functionARN, "condition": r.condition, "approximateInvokeCount": r.tries,
		},
		"requestPayload": r.event,
	}
	if r.status >= 0 {
		if r.status == 0 {
			r.status = 200
		}
		response := map[string]any{"statusCode": r.status, "executedVersion": "$LATEST"}
		if r.response != "" {
			response["functionError"] = "Unhandled"
			doc["responsePayload"] = json.RawMessage(r.response)
		}
		doc["responseContext"] = response
	}
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// eventOf is an event of the chain quote whose step price is next.
func eventOf(id reply.ID, deadline time.Time, data string) json.RawMessage {
	return fmt.Appendf(nil, `{"specversion":"1.0","id":%[1]q,"source":"/chains/quote","type":"homing.quote",`+
		`"datacontenttype":"application/json","correlationid":%[1]q,"expirytime":%[2]q,`+
		`"routingslip":"quote.price,","replyto":"store:","data":%[3]s}`,
		id, deadline.UTC().Format(time.RFC3339Nano), data)
}

func newID() reply.ID { return reply.NewID(time.Now(), reply.NewMailbox()) }

// open reads the body of a letter.
func open(t testing.TB, body string) deadletter.Letter {
	t.Helper()
	l, err := deadletter.Open(body)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func body(t testing.TB, l deadletter.Letter) string {
	t.Helper()
	text, err := l.Body()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func quote(s string) string {
	data, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string always can be
	}
	return string(data)
}
