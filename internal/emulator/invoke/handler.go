package invoke

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"github.com/aws/smithy-go/eventstream"
)

// Kinds of an invocation, in X-Amz-Invocation-Type.
const (
	kindSync  = "RequestResponse"
	kindAsync = "Event"
	kindDry   = "DryRun"
)

// Handler is the Invoke API: Invoke and InvokeWithResponseStream, as the AWS
// SDKs call them. It takes any credentials. The log of a function is not
// returned, and a qualifier is taken for [Latest].
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, serve := range map[string]func(http.ResponseWriter, *http.Request) error{
		"POST /2015-03-31/functions/{name}/invocations":                    s.serveInvoke,
		"POST /2021-11-15/functions/{name}/response-streaming-invocations": s.serveStream,
		"/": func(http.ResponseWriter, *http.Request) error { return errOperation },
	} {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if err := serve(w, r); err != nil {
				respondError(w, err)
			}
		})
	}
	return mux
}

// respondError answers with an error of the Invoke API.
func respondError(w http.ResponseWriter, err error) {
	var e *Error
	if !errors.As(err, &e) {
		e = errService(err.Error())
	}
	kind := "User"
	if e.Status >= http.StatusInternalServerError {
		kind = "Service"
	}
	w.Header().Set("X-Amzn-Errortype", e.Type)
	body := map[string]string{"Type": kind, "Message": e.Message}
	if e.Reason != "" {
		body["Reason"] = e.Reason
	}
	writeJSON(w, e.Status, body)
}

func (s *Service) serveInvoke(w http.ResponseWriter, r *http.Request) error {
	name, kind, limit := r.PathValue("name"), r.Header.Get("X-Amz-Invocation-Type"), int64(MaxSync)
	switch kind {
	case kindAsync:
		limit = MaxAsync
	case "":
		kind = kindSync
	case kindSync, kindDry:
	default:
		return &Error{Type: "InvalidParameterValueException", Status: http.StatusBadRequest, Message: "Unknown invocation type: " + kind}
	}
	c, err := readCall(r, limit, kind)
	if err != nil {
		return err
	}
	w.Header().Set("X-Amzn-Requestid", c.id)
	switch kind {
	case kindAsync:
		if err := s.enqueue(name, c); err != nil {
			return err
		}
		w.WriteHeader(http.StatusAccepted)
		return nil
	case kindDry:
		return s.serveDryRun(w, name, c)
	}
	result, err := s.invoke(r.Context(), name, c)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(result.Payload)))
	header.Set("X-Amz-Executed-Version", result.Version)
	header.Set("X-Amzn-Trace-Id", c.trace)
	if result.FunctionError != "" {
		header.Set("X-Amz-Function-Error", result.FunctionError)
	}
	_, _ = w.Write(result.Payload) // a caller that has gone has gone
	return nil
}

func (s *Service) serveDryRun(w http.ResponseWriter, name string, c call) error {
	if _, _, err := s.accept(name, c, MaxSync, kindDry); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// readCall reads a request: at most limit bytes of it, the rest of a larger
// one is not waited for.
func readCall(r *http.Request, limit int64, kind string) (call, error) {
	c := call{id: newID(), trace: r.Header.Get("X-Amzn-Trace-Id")}
	if r.ContentLength > limit {
		return c, errTooLarge(r.ContentLength, limit, kind)
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return c, errService("the request could not be read: " + err.Error())
	}
	if int64(len(body)) > limit {
		return c, errTooLarge(int64(len(body)), limit, kind)
	}
	c.payload = body
	if encoded := r.Header.Get("X-Amz-Client-Context"); encoded != "" {
		decoded, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return c, errNotJSON
		}
		var line bytes.Buffer
		if err := json.Compact(&line, decoded); err != nil { // it goes into a header
			return c, errNotJSON
		}
		c.clientContext = line.String()
	}
	return c, nil
}

// serveStream is InvokeWithResponseStream: the response comes as an AWS event
// stream (application/vnd.amazon.eventstream) of PayloadChunk events and one
// InvokeComplete, which has the error of a function that failed.
func (s *Service) serveStream(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("name")
	c, err := readCall(r, MaxSync, kindSync)
	if err != nil {
		return err
	}
	w.Header().Set("X-Amzn-Requestid", c.id)
	if r.Header.Get("X-Amz-Invocation-Type") == kindDry {
		return s.serveDryRun(w, name, c)
	}
	response, err := s.stream(r.Context(), name, c)
	var failed *FunctionError
	if err != nil && !errors.As(err, &failed) {
		return err
	}
	w.Header().Set("X-Amz-Executed-Version", Latest)
	w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
	w.WriteHeader(http.StatusOK)
	if failed != nil { // before its first byte
		_ = sendEvent(w, "InvokeComplete", "application/json", completion(failed))
		return nil
	}
	defer response.Body.Close() //nolint:errcheck // it was read, or the caller has gone
	sendEvents(w, response.Body)
	return nil
}

// sendEvents sends what comes while it comes. If the caller has gone it ends.
func sendEvents(w http.ResponseWriter, body io.Reader) {
	const chunkSize = 32 << 10 // the most of a response that one event carries
	chunk := make([]byte, chunkSize)
	for {
		n, err := body.Read(chunk)
		if n > 0 && sendEvent(w, "PayloadChunk", "application/octet-stream", chunk[:n]) != nil {
			return
		}
		if err != nil {
			_ = sendEvent(w, "InvokeComplete", "application/json", completion(err)) // the caller may have gone
			return
		}
	}
}

func sendEvent(w http.ResponseWriter, name, contentType string, payload []byte) error {
	var b bytes.Buffer
	err := eventstream.NewEncoder().Encode(&b, eventstream.Message{Payload: payload, Headers: eventstream.Headers{
		{Name: eventstream.MessageTypeHeader, Value: eventstream.StringValue(eventstream.EventMessageType)},
		{Name: eventstream.EventTypeHeader, Value: eventstream.StringValue(name)},
		{Name: eventstream.ContentTypeHeader, Value: eventstream.StringValue(contentType)},
	}})
	if err != nil {
		return err
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return err
	}
	return http.NewResponseController(w).Flush()
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
