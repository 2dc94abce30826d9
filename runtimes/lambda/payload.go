package lambda

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/homing-dev/homing/internal/httpevent"
)

// kind is what a payload is, as errors name it.
type kind string

const (
	kindEvent    kind = "CloudEvent"
	kindHTTP     kind = "HTTP event"
	kindMessages kind = "SQS messages"
	kindRecord   kind = "destination record"
)

// input is a payload of which it is known what it is.
type input struct {
	kind     kind
	payload  []byte
	http     httpevent.Event // if it is one
	fault    error           // of http, if it cannot be read; it can be answered
	messages []message       // if it is a batch
}

// message is what is used of a message of an SQS batch.
type message struct {
	ID     string `json:"messageId"` //nolint:tagliatelle // Lambda's own name
	Body   string `json:"body"`
	Source string `json:"eventSource"`
}

// firstMember is how every event begins that binding has written.
const firstMember = `{"specversion":`

// understand finds out what a payload is.
func understand(payload []byte) (input, error) {
	in := input{kind: kindEvent, payload: payload}
	if bytes.HasPrefix(payload, []byte(firstMember)) {
		return in, nil
	}
	ev, err := httpevent.Decode(payload)
	if err == nil || ev.Source != httpevent.None {
		return input{kind: kindHTTP, http: ev, fault: err}, nil
	}
	if !errors.Is(err, httpevent.ErrNotHTTP) && !json.Valid(payload) {
		return input{}, unreadable("it is not JSON")
	}
	var members map[string]json.RawMessage
	var failure struct {
		Condition string `json:"condition"`
	}
	_ = json.Unmarshal(payload, &members) // what is no object has no members
	_ = json.Unmarshal(members["requestContext"], &failure)
	switch {
	case members["specversion"] != nil:
		return in, nil
	case members["Records"] != nil:
		in.kind = kindMessages
		in.messages, err = readBatch(members["Records"])
		return in, err
	case members["requestPayload"] != nil && failure.Condition != "":
		in.kind = kindRecord
		return in, nil
	}
	if what := foreignSource(payload); what != "" {
		return input{}, unreadable("%s", what)
	}
	return input{}, unreadable("it is no HTTP event of API Gateway, a function URL or a load balancer, no CloudEvent in structured JSON, " +
		"no batch of SQS messages and no destination record")
}

// readBatch reads the messages of an SQS event source.
func readBatch(raw json.RawMessage) ([]message, error) {
	var messages []message
	if json.Unmarshal(raw, &messages) != nil {
		return nil, unreadable("Records is no list of SQS messages")
	}
	for i, m := range messages { // encoding/json takes EventSource, as SNS writes it, for eventSource
		if m.Source != "aws:sqs" && m.Source != "" {
			return nil, unreadable("record %d is of %s, which is not supported: have %s", i+1, m.Source, insteadOf(m.Source))
		}
		if m.Source == "" || m.ID == "" {
			return nil, unreadable("record %d is no message of SQS, with eventSource aws:sqs and a messageId", i+1)
		}
	}
	return messages, nil
}
