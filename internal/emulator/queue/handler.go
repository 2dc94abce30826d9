package queue

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
)

const (
	target      = "AmazonSQS."
	contentType = "application/x-amz-json-1.0"
	// maxRequest is the largest request: a batch of MaxMessage bytes, each of
	// which JSON may have turned into six, and some room.
	maxRequest = 6*MaxMessage + 64<<10
)

// call is a request to SQS.
type call struct {
	ctx  context.Context //nolint:containedctx // a call is its request's
	base string          // of the URLs of queues
	body []byte
}

// fields are the result of a call.
type fields = map[string]any

// action serves the calls of one name. A result without fields may be nil.
type action func(call) (fields, error)

// decoded is the action that do is with the parameters of a call.
func decoded[In any](do func(call, In) (fields, error)) action {
	return func(c call) (fields, error) {
		var in In
		if len(c.body) > 0 && json.Unmarshal(c.body, &in) != nil {
			return nil, errBody
		}
		return do(c, in)
	}
}

// address is the parameter of all actions on a queue.
type address struct{ QueueURL string }

func (a address) where() string { return a.QueueURL }

// onQueue is the action that do is on the queue that its parameters name. do
// holds Service.mu.
func onQueue[In interface{ where() string }](s *Service, do func(*queue, In) (fields, error)) action {
	return decoded(func(_ call, in In) (fields, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		q, err := s.find(in.where())
		if err != nil {
			return nil, err
		}
		return do(q, in)
	})
}

// Handler is the API for the AWS SDKs. Requests go by their X-Amz-Target, on
// any path.
func (s *Service) Handler() http.Handler {
	actions := map[string]action{
		"SendMessage":             onQueue(s, (*queue).sendMessage),
		"SendMessageBatch":        onQueue(s, (*queue).sendMessages),
		"ReceiveMessage":          decoded(s.receiveMessage),
		"DeleteMessage":           onQueue(s, (*queue).deleteMessage),
		"DeleteMessageBatch":      onQueue(s, (*queue).deleteMessages),
		"ChangeMessageVisibility": onQueue(s, (*queue).changeVisibility),
		"GetQueueAttributes":      onQueue(s, s.getAttributes),
		"GetQueueUrl":             decoded(s.getQueueURL),
		"ListQueues":              decoded(s.listQueues),
		"PurgeQueue":              onQueue(s, (*queue).purge),
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), target)
		do := actions[name]
		if !ok || do == nil || r.Method != http.MethodPost {
			respond(w, nil, named("InvalidAction", "The action "+name+" is not served here."))
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			respond(w, nil, errInvalid("One or more parameters are invalid. Reason: the request is too large."))
			return
		}
		base := s.opts.URL
		if base == "" {
			base = "http://" + r.Host
		}
		out, err := do(call{r.Context(), base, body})
		respond(w, out, err)
	})
}

// respond sends the result of an action, or its error.
func respond(w http.ResponseWriter, out fields, err error) {
	code := http.StatusOK
	if err != nil {
		var e *Error
		if !errors.As(err, &e) { // the caller has gone
			e = named("InternalFailure", err.Error())
		}
		code, out = status, fields{"__type": "com.amazonaws.sqs#" + e.Type, "message": e.Message}
		w.Header().Set("X-Amzn-Query-Error", e.Query+";Sender")
	}
	if out == nil {
		out = fields{}
	}
	body, err := json.Marshal(out)
	if err != nil { // never, of what the actions return
		body, code = []byte("{}"), http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("X-Amzn-Requestid", newID())
	w.WriteHeader(code)
	_, _ = w.Write(body) // a caller that has gone has gone
}
