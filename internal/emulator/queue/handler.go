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

// input reads the parameters of the call.
func (c call) input(v any) error {
	if len(c.body) == 0 {
		return nil
	}
	if json.Unmarshal(c.body, v) != nil {
		return errBody()
	}
	return nil
}

type fields = map[string]any

// Handler is the API for the AWS SDKs. Requests go by their X-Amz-Target, on
// any path.
func (s *Service) Handler() http.Handler {
	actions := map[string]func(call) (fields, error){
		"SendMessage":             s.sendMessage,
		"SendMessageBatch":        s.sendMessageBatch,
		"ReceiveMessage":          s.receiveMessage,
		"DeleteMessage":           s.deleteMessage,
		"DeleteMessageBatch":      s.deleteMessageBatch,
		"ChangeMessageVisibility": s.changeMessageVisibility,
		"GetQueueAttributes":      s.getQueueAttributes,
		"GetQueueUrl":             s.getQueueURL,
		"ListQueues":              s.listQueues,
		"PurgeQueue":              s.purgeQueue,
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.Header.Get("X-Amz-Target"), target)
		action := actions[name]
		if !ok || action == nil || r.Method != http.MethodPost {
			answer(w, nil, errUnknown(name))
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err != nil {
			answer(w, nil, errInvalid("One or more parameters are invalid. Reason: the request is too large."))
			return
		}
		base := s.opts.URL
		if base == "" {
			base = "http://" + r.Host
		}
		out, err := action(call{r.Context(), base, body})
		answer(w, out, err)
	})
}

// answer sends what an action gave, or its error.
func answer(w http.ResponseWriter, out fields, err error) {
	code := http.StatusOK
	if err != nil {
		var e *Error
		if !errors.As(err, &e) { // the caller has gone
			e = &Error{"InternalFailure", "InternalFailure", err.Error()}
		}
		code, out = status, fields{"__type": "com.amazonaws.sqs#" + e.Type, "message": e.Message}
		w.Header().Set("X-Amzn-Query-Error", e.Query+";Sender")
	}
	if out == nil {
		out = fields{}
	}
	body, err := json.Marshal(out)
	if err != nil { // never, of what the actions give
		body, code = []byte("{}"), http.StatusInternalServerError
	}
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("X-Amzn-Requestid", newID())
	w.WriteHeader(code)
	_, _ = w.Write(body) // a caller that has gone has gone
}
