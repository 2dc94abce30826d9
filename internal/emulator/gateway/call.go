package gateway

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/homing-dev/homing/internal/httpevent"
)

// call is a request on its way.
type call struct {
	w       http.ResponseWriter
	r       *http.Request
	options *Options
	began   time.Time
	access  Access
}

func newCall(w http.ResponseWriter, r *http.Request, o *Options) *call {
	return &call{
		w: w, r: r, options: o, began: o.Now(),
		access: Access{RequestID: requestID(), Method: r.Method, Path: r.URL.EscapedPath()},
	}
}

// requestID creates an id of the length that API Gateway's have.
func requestID() string {
	var random [11]byte
	_, _ = rand.Read(random[:]) // never fails, since Go 1.24
	return base64.StdEncoding.EncodeToString(random[:])
}

// log logs the call. It is deferred, so that a call that is cut off is logged
// too.
func (c *call) log() {
	c.access.Duration = c.options.Now().Sub(c.began)
	c.options.Log(c.access)
}

// fail responds with the gateway's own text; why goes to the log.
func (c *call) fail(status int, contentType, body string, why error) {
	c.access.Err = why
	c.access.Status = status
	c.w.Header().Set("Content-Type", contentType)
	c.w.WriteHeader(status)
	_, _ = io.WriteString(c.w, body) // a client that went away does not matter
}

// gone notes that the client is.
func (c *call) gone(err error) { c.access.Err, c.access.Status = err, 0 }

// errLarge means that the request exceeds a quota.
var errLarge = errors.New("the request is too large")

// body reads the request's body.
func (c *call) body() ([]byte, error) {
	data, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, c.options.MaxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, errLarge
	}
	return data, err
}

// headerTooLarge adds up the request line and the headers.
func (c *call) headerTooLarge() bool {
	const around = 4 // ": " and the end of the line
	size := len(c.r.Method) + len(c.r.RequestURI) + len(c.r.Proto) + around + len("Host: ") + len(c.r.Host)
	for name, values := range c.r.Header {
		for _, v := range values {
			size += len(name) + len(v) + around
		}
	}
	return size > maxHeader
}

// sourceIP is the client's address.
func (c *call) sourceIP() string {
	host, _, err := net.SplitHostPort(c.r.RemoteAddr)
	if err != nil {
		return c.r.RemoteAddr
	}
	return host
}

// setHeader passes a function's headers on, but those of the connection, which
// is not the function's.
func (c *call) setHeader(header http.Header, contentType string) {
	out := c.w.Header()
	for name, values := range header {
		if !httpevent.IsPerConnection(name) && name != "Content-Length" && name != "Server" && name != "Date" {
			out[name] = values
		}
	}
	if out.Get("Content-Type") == "" {
		out.Set("Content-Type", contentType)
	}
}

// respond sends a function's answer.
func (c *call) respond(status int, header http.Header, body []byte, contentType string) {
	c.setHeader(header, contentType)
	if c.r.Method != http.MethodHead && status != http.StatusNoContent && status != http.StatusNotModified {
		c.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	c.access.Status = status
	c.w.WriteHeader(status)
	_, _ = c.w.Write(body) // who went away, or asked for the head only, gets none
}
