package httpevent

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// Event is an HTTP event that was read.
type Event struct {
	// Source created it, and waits for an answer in its own form.
	Source Source
	// Stage is the stage of the API; "" if the source has no stages.
	Stage string
	// BasePath is what a client has in front of the path of Request: the stage,
	// or the mapping of a custom domain; "" if there is nothing, or if the event
	// does not show it.
	BasePath string
	// RequestID is what the service calls the request; "" for load balancers.
	RequestID string
	// Request is the request as a server would hand it to its handler. Its
	// context is that of no call: see [http.Request.WithContext].
	Request *http.Request

	// What Verdict reads; see fields.
	authorizer []byte
	userARN    string
	twice      bool
}

// Decode reads an HTTP event. Its body shares the memory of the payload, which
// therefore must not change before the body has been read.
//
// The error is [ErrNotHTTP] for some other event. For an event that cannot be
// read it is a [*functions.Error] with status 400 that describes the fault; the
// event's Source is then set if it was found out, so that it can be answered.
func Decode(payload []byte) (Event, error) {
	var f fields
	if err := f.read(payload, true); err != nil {
		return undecodable(payload, err)
	}
	ev := Event{
		Source: f.source(), Stage: f.stage, RequestID: f.requestID,
		authorizer: f.authorizer, userARN: f.userARN, twice: f.twice,
	}
	if ev.Source == None {
		return Event{}, ErrNotHTTP
	}
	var err error
	if ev.Request, ev.BasePath, err = f.request(ev.Source); err != nil {
		return ev, malformed(err)
	}
	return ev, nil
}

// malformed is the error of an event that cannot be read.
func malformed(err error) error {
	return functions.Errorf(http.StatusBadRequest, "the HTTP event is malformed: %w", err)
}

// undecodable distinguishes an HTTP event with a fault from some other event in
// which a name of ours stands for something else.
func undecodable(payload []byte, fault error) (Event, error) {
	var f fields
	if err := f.read(payload, false); err != nil {
		return Event{}, malformed(err)
	}
	source := f.source()
	if source == None {
		return Event{}, ErrNotHTTP
	}
	return Event{Source: source}, malformed(fault)
}

// request creates the request of an event, and finds its base path.
func (f *fields) request(source Source) (_ *http.Request, base string, err error) {
	if !isToken(f.method) {
		return nil, "", fmt.Errorf("the method %q is not one", f.method)
	}
	target, base, err := f.target(source)
	if err != nil {
		return nil, "", err
	}
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, "", fmt.Errorf("the path or the query is invalid: %w", cause(err))
	}
	header, err := f.header(source)
	if err != nil {
		return nil, "", err
	}
	body, err := f.content64()
	if err != nil {
		return nil, "", err
	}
	r := &http.Request{
		Method:        f.method,
		URL:           u,
		RequestURI:    target,
		Header:        header,
		Host:          f.host(header),
		RemoteAddr:    f.remoteAddr(source, header),
		Body:          http.NoBody,
		ContentLength: int64(len(body)),
	}
	r.Proto, r.ProtoMajor, r.ProtoMinor = f.proto()
	setLength(header, len(body))
	if len(body) > 0 {
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return r, base, nil
}

// cause is the error without the text that was parsed, which can be long.
func cause(err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		return wrapped.Err
	}
	return err
}

// content64 returns the body, decoded if it is in base64.
func (f *fields) content64() ([]byte, error) {
	if !f.base64 || len(f.body) == 0 {
		return f.body, nil
	}
	body := make([]byte, base64.StdEncoding.DecodedLen(len(f.body)))
	n, err := base64.StdEncoding.Decode(body, f.body)
	if err != nil {
		return nil, fmt.Errorf("the body is not base64: %w", err)
	}
	return body[:n], nil
}

// setLength corrects a Content-Length that is not that of the body.
func setLength(header http.Header, length int) {
	if values := header["Content-Length"]; len(values) > 0 {
		if text := strconv.Itoa(length); len(values) != 1 || values[0] != text {
			header.Set("Content-Length", text)
		}
	}
}

// unknownAddr is the address of a client that is not in the event.
const unknownAddr = "0.0.0.0:0"

// remoteAddr returns the client's address in the form of [http.Request], with
// port 0, as the event has none. A load balancer appends it to X-Forwarded-For:
// those before it are the client's own claim.
func (f *fields) remoteAddr(source Source, header http.Header) string {
	ip := f.sourceIP
	if source.LoadBalancer() {
		if values := header["X-Forwarded-For"]; len(values) > 0 {
			last := values[len(values)-1]
			ip = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		}
	}
	if addr, err := netip.ParseAddr(ip); err == nil {
		return net.JoinHostPort(addr.String(), "0")
	}
	if both, err := netip.ParseAddrPort(ip); err == nil { // a load balancer may be configured to keep the port
		return both.String()
	}
	return unknownAddr
}

// proto returns the version of HTTP that the client speaks; 1.1 if the event has
// none.
func (f *fields) proto() (text string, major, minor int) {
	if major, minor, ok := http.ParseHTTPVersion(f.protocol); ok {
		return f.protocol, major, minor
	}
	return "HTTP/1.1", 1, 1
}
