package invoke

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/aws/smithy-go/eventstream"
)

// chunkSize is the most of an answer that one event of the stream carries.
const chunkSize = 32 << 10

// serveStream is InvokeWithResponseStream: the answer comes as an AWS event
// stream (application/vnd.amazon.eventstream) of PayloadChunk events and one
// InvokeComplete, which has the error of a function that failed.
func (s *Service) serveStream(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	c, err := readCall(r, MaxSync, "RequestResponse")
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("X-Amzn-Requestid", c.id)
	if r.Header.Get("X-Amz-Invocation-Type") == "DryRun" {
		if _, _, err := s.accept(name, c, MaxSync, "DryRun"); err != nil {
			refuse(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answer, err := s.stream(r.Context(), name, c)
	var failed *FunctionError
	if err != nil && !errors.As(err, &failed) {
		refuse(w, err)
		return
	}
	if failed != nil {
		answer.Body = io.NopCloser(failing{failed})
	}
	defer func() { _ = answer.Body.Close() }()
	w.Header().Set("X-Amz-Executed-Version", Latest)
	w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
	w.WriteHeader(http.StatusOK)
	sendEvents(w, answer.Body)
}

// failing is the answer of a function that failed before its first byte.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// sendEvents sends what comes while it comes. If the caller has gone it ends.
func sendEvents(w http.ResponseWriter, body io.Reader) {
	encoder := eventstream.NewEncoder()
	flush := http.NewResponseController(w)
	send := func(name, contentType string, payload []byte) error {
		var b bytes.Buffer
		if err := encoder.Encode(&b, event(name, contentType, payload)); err != nil {
			return err
		}
		if _, err := w.Write(b.Bytes()); err != nil {
			return err
		}
		return flush.Flush()
	}
	chunk := make([]byte, chunkSize)
	for {
		n, err := body.Read(chunk)
		if n > 0 && send("PayloadChunk", "application/octet-stream", chunk[:n]) != nil {
			return
		}
		if err != nil {
			_ = send("InvokeComplete", "application/json", completion(err)) // nobody may be there to hear it
			return
		}
	}
}

func event(name, contentType string, payload []byte) eventstream.Message {
	return eventstream.Message{Payload: payload, Headers: eventstream.Headers{
		{Name: eventstream.MessageTypeHeader, Value: eventstream.StringValue(eventstream.EventMessageType)},
		{Name: eventstream.EventTypeHeader, Value: eventstream.StringValue(name)},
		{Name: eventstream.ContentTypeHeader, Value: eventstream.StringValue(contentType)},
	}}
}

// completion is the body of InvokeComplete for a stream that ended with err.
func completion(err error) []byte {
	done := map[string]string{}
	var failed *FunctionError
	switch {
	case errors.As(err, &failed):
		done["ErrorCode"], done["ErrorDetails"] = failed.Type, string(failed.Payload)
	case !errors.Is(err, io.EOF):
		done["ErrorCode"], done["ErrorDetails"] = "ServiceException", err.Error()
	}
	body, err := json.Marshal(done)
	if err != nil { // strings
		return []byte("{}")
	}
	return body
}
