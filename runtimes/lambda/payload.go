package lambda

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/homing-dev/homing/internal/httpevent"
)

// kind is what a payload is.
type kind int

const (
	kindEvent kind = iota
	kindHTTP
	kindMessages
	kindRecord
)

// String names what a payload is, as errors do.
func (k kind) String() string {
	switch k {
	case kindHTTP:
		return "HTTP event"
	case kindMessages:
		return "SQS messages"
	case kindRecord:
		return "destination record"
	case kindEvent:
	}
	return "CloudEvent"
}

// input is a payload of which it is known what it is.
type input struct {
	kind     kind
	http     httpevent.Event // if it is one
	fault    error           // what is wrong with http; it can be answered
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
	if bytes.HasPrefix(payload, []byte(firstMember)) {
		return input{kind: kindEvent}, nil
	}
	ev, err := httpevent.Decode(payload)
	if err == nil || ev.Source != httpevent.None {
		return input{kind: kindHTTP, http: ev, fault: err}, nil
	}
	if !errors.Is(err, httpevent.ErrNotHTTP) && !json.Valid(payload) {
		return input{}, unreadable("it is not JSON")
	}
	return otherInput(payload)
}

// otherInput is understand for what is no HTTP event.
func otherInput(payload []byte) (input, error) {
	var members map[string]json.RawMessage
	if json.Unmarshal(payload, &members) != nil {
		return input{}, errUnknown()
	}
	switch {
	case members["specversion"] != nil:
		return input{kind: kindEvent}, nil
	case members["Records"] != nil:
		return batch(members["Records"])
	case members["requestPayload"] != nil && isFailure(members["requestContext"]):
		return input{kind: kindRecord}, nil
	default:
		return input{}, errUnknown()
	}
}

func errUnknown() error {
	return unreadable("it is no HTTP event of API Gateway, a function URL or a load balancer, no CloudEvent in structured JSON, " +
		"no batch of SQS messages and no destination record")
}

// isFailure says whether the context of a destination record is there.
func isFailure(raw json.RawMessage) bool {
	var c struct {
		Condition string `json:"condition"`
	}
	return json.Unmarshal(raw, &c) == nil && c.Condition != ""
}

// batch reads the messages of an SQS event source.
func batch(raw json.RawMessage) (input, error) {
	var messages []message
	if json.Unmarshal(raw, &messages) != nil {
		return input{}, unreadable("Records is no list of SQS messages")
	}
	for i, m := range messages {
		if m.Source != "aws:sqs" || m.ID == "" {
			return input{}, unreadable("record %d is no message of SQS, with eventSource aws:sqs and a messageId", i+1)
		}
	}
	return input{kind: kindMessages, messages: messages}, nil
}
