// Package probe calls a remote step as a chain would, and says what is wrong with
// its answers and how to mend it.
package probe

import (
	"bytes"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/internal/coding"
)

// Level is how bad a [Finding] is.
type Level string

// The levels.
const (
	OK   Level = "ok"   // as it should be
	Warn Level = "warn" // it works, but not as most want it
	Fail Level = "fail" // a chain cannot use it so
)

// Finding is what was seen of one call.
type Finding struct {
	Level Level `json:"level"`
	// Call is what was sent: "event", "same event again" or "broken body".
	Call string `json:"call"`
	// Seen is what came of it.
	Seen string `json:"seen"`
	// Mend is what to do about it; "" if nothing.
	Mend string `json:"mend,omitempty"`
}

// Report is everything about a step.
type Report struct {
	Findings []Finding `json:"findings"`
	// Answers is what belongs into chain.yaml: "event" or "json"; "" if the step cannot
	// be used.
	Answers string `json:"answers,omitempty"`
	// Took is the time of the first call.
	Took time.Duration `json:"-"`
}

// Failed reports whether a chain cannot use the step.
func (r *Report) Failed() bool {
	for _, f := range r.Findings {
		if f.Level == Fail {
			return true
		}
	}
	return false
}

func (r *Report) add(call string, f Finding) {
	f.Call = call
	r.Findings = append(r.Findings, f)
}

// Step is what is probed.
type Step struct {
	URL string
	// Type and ContentType are those of the event, Body is its data.
	Type, ContentType string
	Body              []byte
	// Header is sent with it.
	Header http.Header
	// Timeout of each call.
	Timeout time.Duration
	// MaxReply is the largest answer in bytes.
	MaxReply int64
}

// Run makes the calls: one as a chain makes it, the same again, as happens when its
// answer is lost, and one whose body is broken.
func (s Step) Run(ctx context.Context) (Report, error) {
	var r Report
	ev := s.event(s.Body)
	first, err := s.call(ctx, ev)
	if err != nil {
		return r, err
	}
	r.Took = first.took
	f, answers := first.judge()
	r.add("event", f)
	r.Answers = answers
	if f.Level == Fail {
		r.Answers = ""
		return r, nil
	}
	again, err := s.call(ctx, ev)
	if err != nil {
		return r, err
	}
	r.add("same event again", again.judgeRepeated(first))
	broken, err := s.call(ctx, s.event([]byte(`{"broken`)))
	if err != nil {
		return r, err
	}
	r.add("broken body", broken.judgeBroken())
	return r, nil
}

// event is what a chain would send.
func (s Step) event(body []byte) event.Event {
	ev := event.New()
	ev.SetID(reply.NewID(time.Now(), reply.NewMailbox()).String())
	ev.SetSource("/check")
	ev.SetType(s.Type)
	ev.SetSubject("/check")
	ev.SetTime(time.Now())
	ev.SetDataContentType(s.ContentType)
	ev.SetExtension("expirytime", time.Now().Add(s.Timeout).UTC().Format(time.RFC3339Nano))
	ev.DataEncoded = body
	return ev
}

// answer is what came of a call.
type answer struct {
	err    error
	status int
	header http.Header
	body   []byte
	took   time.Duration
}

// call sends an event as a chain does: in binary mode, without following redirects.
// The error is one of ctx, or of what was to be sent.
func (s Step) call(ctx context.Context, ev event.Event) (answer, error) {
	calling, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(calling, http.MethodPost, s.URL, bytes.NewReader(ev.DataEncoded))
	if err != nil {
		return answer{}, fmt.Errorf("create the request: %w", err)
	}
	maps.Copy(req.Header, s.Header)
	if err := cloudevents.SetHeaders(req.Header, ev); err != nil {
		return answer{}, fmt.Errorf("write the event: %w", err)
	}
	req.Header.Set("Prefer", "reply")
	req.Header.Set("User-Agent", "homing")
	began := time.Now()
	transport := &http.Transport{DisableCompression: true, DisableKeepAlives: true, DialContext: (&net.Dialer{}).DialContext}
	res, err := transport.RoundTrip(req)
	a := answer{err: err, took: time.Since(began)}
	if err == nil {
		defer res.Body.Close() //nolint:errcheck // it was read as far as it is wanted
		a.status, a.header = res.StatusCode, res.Header
		a.body, a.err = s.read(res)
		a.took = time.Since(began)
	}
	return a, ctx.Err()
}

// read reads an answer, without its content codings.
func (s Step) read(res *http.Response) ([]byte, error) {
	codings, err := coding.Of(res.Header)
	if err != nil {
		return nil, err
	}
	body, err := coding.Undo(res.Body, codings, s.MaxReply)
	if len(codings) > 0 {
		coding.Strip(res.Header, len(body))
	}
	return body, err
}

// unanswered explains why there is no answer.
func (a answer) unanswered() Finding {
	var dns *net.DNSError
	var unknownCA x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	f := Finding{Level: Fail, Seen: a.err.Error()}
	switch {
	case errors.Is(a.err, context.DeadlineExceeded):
		f.Seen = fmt.Sprintf("no answer within %s", a.took.Round(time.Millisecond))
		f.Mend = "give it more time (--timeout), and the step as much in chain.yaml (timeout:); or answer sooner"
	case errors.As(a.err, &dns):
		f.Mend = "mend the host name, or ask from where it is known: in a cluster names end with .NAMESPACE.svc.cluster.local"
	case errors.Is(a.err, syscall.ECONNREFUSED):
		f.Mend = "start the step; see that it listens on this port, and on 127.0.0.1 or all interfaces"
	case errors.As(a.err, &unknownCA), errors.As(a.err, &host), errors.As(a.err, &invalid):
		f.Mend = "its certificate is not valid for this host; SSL_CERT_FILE names authorities of your own"
	case errors.Is(a.err, io.EOF), errors.Is(a.err, io.ErrUnexpectedEOF), errors.Is(a.err, syscall.ECONNRESET):
		f.Mend = "it closed the connection without a whole answer: see whether it crashes, or speaks something other than HTTP/1.1"
	case errors.Is(a.err, coding.ErrTooLarge):
		f.Mend = "answer less: no step may answer more"
	default:
		f.Mend = "see that the URL is right and the step runs"
	}
	return f
}
