package invoke

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// Handler is the Invoke API: Invoke and InvokeWithResponseStream, as the AWS
// SDKs call them. It takes any credentials. The log of a function is not
// returned, and a qualifier is taken for [Latest].
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /2015-03-31/functions/{name}/invocations", s.serveInvoke)
	mux.HandleFunc("POST /2021-11-15/functions/{name}/response-streaming-invocations", s.serveStream)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, &Error{Type: "UnknownOperationException", Status: http.StatusNotFound, Message: "Only invocations are served here"})
	})
	return mux
}

func (s *Service) serveInvoke(w http.ResponseWriter, r *http.Request) {
	name, kind := r.PathValue("name"), r.Header.Get("X-Amz-Invocation-Type")
	limit := int64(MaxSync)
	switch kind {
	case "Event":
		limit = MaxAsync
	case "", "RequestResponse":
		kind = "RequestResponse"
	case "DryRun":
	default:
		refuse(w, errParameter("Unknown invocation type: "+kind))
		return
	}
	c, err := readCall(r, limit, kind)
	if err != nil {
		refuse(w, err)
		return
	}
	w.Header().Set("X-Amzn-Requestid", c.id)
	switch kind {
	case "Event":
		if err := s.enqueue(name, c); err != nil {
			refuse(w, err)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	case "DryRun":
		if _, _, err := s.accept(name, c, limit, kind); err != nil {
			refuse(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		s.serveResult(w, r, name, c)
	}
}

func (s *Service) serveResult(w http.ResponseWriter, r *http.Request, name string, c call) {
	result, err := s.invoke(r.Context(), name, c)
	if err != nil {
		refuse(w, err)
		return
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
			return c, errNotJSON()
		}
		var line bytes.Buffer
		if err := json.Compact(&line, decoded); err != nil { // it goes into a header
			return c, errNotJSON()
		}
		c.clientContext = line.String()
	}
	return c, nil
}

// refuse answers with an error of the Invoke API.
func refuse(w http.ResponseWriter, err error) {
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
