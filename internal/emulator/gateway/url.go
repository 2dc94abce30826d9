package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/internal/httpevent"
)

// integration is the content type of a stream that begins with a status and
// headers.
const integration = "application/vnd.awslambda.http-integration-response"

// What a Function URL responds itself.
const (
	textForbidden = `{"Message":"Forbidden"}`
	textLarge     = `{"message":"Request Too Long"}`
	textThrottled = `{"Reason":"ConcurrentInvocationLimitExceeded","Type":"User","message":"Rate Exceeded."}`
	textFailed    = "Internal Server Error"
)

const (
	typeJSON  = "application/json"
	typePlain = "text/plain"
)

// URL is a Function URL: an [http.Handler]. It is safe for concurrent use.
type URL struct {
	function string
	url      template.FunctionURL
	domain   string
	id       string
	options  Options
}

// NewURL creates a Function URL of its declaration, for the function of that
// name.
func NewURL(function string, u template.FunctionURL, o Options) *URL {
	domain := strings.Trim(strings.TrimPrefix(u.URL, "https://"), "/")
	id, _, _ := strings.Cut(domain, ".")
	return &URL{function: function, url: u, domain: domain, id: id, options: o.withDefaults(0, DefaultMaxURLBody)}
}

// ServeHTTP implements [http.Handler].
func (u *URL) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := newCall(w, r, &u.options)
	defer c.log()
	c.access.Function = u.function
	w.Header().Set("X-Amzn-Requestid", c.access.RequestID)
	event, err := u.event(c)
	switch {
	case errors.Is(err, errSignature):
		c.fail(http.StatusForbidden, typeJSON, textForbidden, err)
	case errors.Is(err, errLarge):
		c.fail(http.StatusRequestEntityTooLarge, typeJSON, textLarge, err)
	case err != nil:
		c.gone(err)
	case u.url.Streaming:
		u.stream(c, event)
	default:
		u.invoke(c, event)
	}
}

func (u *URL) event(c *call) ([]byte, error) {
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	var verdict Verdict
	if u.url.IAM {
		key, err := u.options.verifySignature(c.r, body, "lambda")
		if err != nil {
			return nil, err
		}
		verdict = u.options.signedBy(key)
	}
	return Encode(c.r, body, EncodeOptions{
		Source: httpevent.URL, RequestID: c.access.RequestID, SourceIP: c.sourceIP(), Now: c.began,
		AccountID: u.options.Account, APIID: u.id, DomainName: u.domain, Verdict: verdict,
	})
}

func (u *URL) invoke(c *call, event []byte) {
	payload, err := u.options.Lambda.Invoke(c.r.Context(), u.function, event)
	if err != nil {
		u.failed(c, err)
		return
	}
	answer, err := httpevent.DecodeResponse(payload, httpevent.URL)
	if err != nil {
		u.failed(c, err)
		return
	}
	c.respond(answer.Status, answer.Header, answer.Body, typeJSON)
}

// failed responds for a function that did not.
func (u *URL) failed(c *call, err error) {
	switch {
	case c.r.Context().Err() != nil:
		c.gone(context.Cause(c.r.Context()))
	case errors.Is(err, ErrThrottled):
		c.fail(http.StatusTooManyRequests, typeJSON, textThrottled, err)
	case errors.Is(err, ErrTooLarge):
		c.fail(http.StatusRequestEntityTooLarge, typeJSON, textLarge, err)
	default:
		c.fail(http.StatusBadGateway, typePlain, textFailed, err)
	}
}

// stream hands the answer on while it comes.
func (u *URL) stream(c *call, event []byte) {
	stream, err := u.options.Lambda.Stream(c.r.Context(), u.function, event)
	if err != nil {
		u.failed(c, err)
		return
	}
	defer stream.Body.Close() //nolint:errcheck // it was read as far as it is wanted
	// A client that goes away ends the wait for the next part.
	stop := context.AfterFunc(c.r.Context(), func() { _ = stream.Body.Close() })
	defer stop()
	answer := httpevent.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {stream.ContentType}}}
	body := io.Reader(stream.Body)
	if stream.ContentType == integration {
		if answer, body, err = httpevent.DecodeStream(stream.Body, httpevent.URL); err != nil {
			u.failed(c, err)
			return
		}
	}
	c.setHeader(answer.Header, "application/octet-stream")
	c.access.Status = answer.Status
	c.w.WriteHeader(answer.Status)
	c.copy(body)
}

// copy sends each part as it comes. If one does not come, the connection is
// cut, so that the client does not take a part for the whole.
func (c *call) copy(body io.Reader) {
	const part = 32 << 10
	buffer := make([]byte, part)
	controller := http.NewResponseController(c.w)
	flushed := controller.Flush()
	for flushed == nil {
		n, err := body.Read(buffer)
		if _, werr := c.w.Write(buffer[:n]); werr != nil {
			if !errors.Is(werr, http.ErrBodyNotAllowed) { // by the status, such as 204
				c.gone(werr)
			}
			return
		}
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			c.access.Err = err
			panic(http.ErrAbortHandler)
		}
		flushed = controller.Flush()
	}
	c.gone(flushed)
}
