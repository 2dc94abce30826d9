package deadletter

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/adapter/carrier"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
)

// The attributes that Knative adds to an event that it could not deliver: the URL
// of the subscriber, the status that it answered, and the body of that answer in
// base64, which is cut somewhere.
const (
	attrErrorDest = "knativeerrordest"
	attrErrorCode = "knativeerrorcode"
	attrErrorData = "knativeerrordata"
)

// ofBroker are the attributes that a broker of Knative adds by itself, which an
// event that is sent again must not have.
func ofBroker() []string {
	return []string{attrErrorDest, attrErrorCode, attrErrorData, "knativebrokerttl", "knativearrivaltime"}
}

// errNotDead is for an event that nobody has given up.
var errNotDead = errors.New("it has none of the attributes knativeerrordest and knativeerrorcode, nor a routing slip: " +
	"only a broker sends events here, as the dead-letter sink of its Triggers")

// Sink is what is known where the dead letters of a broker go to.
type Sink struct {
	// Broker is the URL of the broker, "" if it is not known.
	Broker string
	// Retries is how often it delivers an event again before it gives it up.
	Retries int
}

// Letter returns the letter of an event that a broker has given up, at the time
// now. It fails if the event is none of those, or its attributes are malformed.
func (s Sink) Letter(ev event.Event, now time.Time) (Letter, error) {
	dest, code := functions.Attribute(ev, attrErrorDest), functions.Attribute(ev, attrErrorCode)
	slip := carrier.SlipOf(ev)
	if dest == "" && code == "" && slip == "" {
		return Letter{}, errNotDead
	}
	status := 0
	if code != "" {
		var err error
		if status, err = strconv.Atoi(code); err != nil {
			return Letter{}, fmt.Errorf("attribute %s is not a number", attrErrorCode)
		}
	}
	answer, err := decodeCut(functions.Attribute(ev, attrErrorData))
	if err != nil {
		return Letter{}, fmt.Errorf("attribute %s is not in base64", attrErrorData)
	}
	plain, err := withoutErrors(ev)
	if err != nil {
		return Letter{}, err
	}
	now = now.UTC().Truncate(time.Millisecond)
	l := Letter{
		Version: Version, Kept: now, Died: now, Function: clip(dest), Broker: s.Broker,
		Key: keyOf(ev, slip, dest), Record: recordOf(dest, code, answer),
	}
	l.Reason, l.Detail, l.Tries = s.why(code != "", status, answer)
	return l.addressed(plain), nil
}

// keyOf is the same for the same event at the same step.
func keyOf(ev event.Event, slip carrier.Slip, dest string) string {
	hash := sha256.New()
	where := string(slip)
	if where == "" {
		where = dest
	}
	for _, part := range []string{carrier.RequestID(ev), ev.Source(), ev.ID(), where} {
		_, _ = fmt.Fprintf(hash, "%d:%s", len(part), part)
	}
	const bytes = 16 // enough that no two are the same by chance
	return hex.EncodeToString(hash.Sum(nil)[:bytes])
}

// withoutErrors is the event as it was sent, in structured mode.
func withoutErrors(ev event.Event) ([]byte, error) {
	ev = ev.Clone()
	if ec, ok := ev.Context.(*event.EventContextV1); ok {
		for _, name := range ofBroker() {
			delete(ec.Extensions, name)
		}
	}
	data, err := cloudevents.AppendExact(nil, ev)
	if err != nil {
		return nil, fmt.Errorf("write the event of a dead letter: %w", err)
	}
	return data, nil
}

// decodeCut decodes base64 that may end within a group of four characters.
func decodeCut(text string) ([]byte, error) {
	const group = 4
	return base64.StdEncoding.DecodeString(text[:len(text)/group*group])
}

// recordOf is what Knative said, as JSON: text as it is, all else in base64.
func recordOf(dest, code string, answer []byte) json.RawMessage {
	record := map[string]string{attrErrorDest: dest, attrErrorCode: code}
	switch {
	case len(answer) == 0:
	case utf8.Valid(answer):
		record["answer"] = string(answer)
	default:
		record[attrErrorData] = base64.StdEncoding.EncodeToString(answer)
	}
	data, err := json.Marshal(record)
	if err != nil { // texts can always be written
		return nil
	}
	return data
}

// unanswered is what Knative puts before the reason for which it has got no
// answer. Its status is 500 then, or -1.
const unanswered = "dispatch error: "

// why returns the reason, a few words about it without anything of the event, and
// how often the event was delivered.
func (s Sink) why(known bool, status int, answer []byte) (reason Reason, detail string, tries int) {
	tries = 1
	if deliveredAgain(status) {
		tries += s.Retries
	}
	detail = fmt.Sprintf("it answered %d", status)
	failure, silent := strings.CutPrefix(string(answer), unanswered)
	switch {
	case !known:
		return Unknown, "", 0
	case silent && status >= http.StatusInternalServerError, status <= 0:
		if strings.Contains(failure, "deadline exceeded") || strings.Contains(failure, "Client.Timeout") {
			return TimedOut, "it did not answer in time", tries
		}
		return Unreachable, "", tries
	case status == http.StatusGatewayTimeout, status == http.StatusRequestTimeout:
		return TimedOut, detail, tries
	case status == http.StatusServiceUnavailable && isProblem(answer):
		return Undelivered, detail, tries
	case status == http.StatusServiceUnavailable, status == http.StatusTooManyRequests:
		return NotRun, detail, tries
	case status == http.StatusBadGateway && !isProblem(answer):
		return Crashed, detail, tries
	case status < http.StatusInternalServerError:
		return Refused, detail, tries
	default:
		return Failed, detail, tries
	}
}

// deliveredAgain reports whether Knative delivers an event again that was answered
// so (data-plane.md; kncloudevents.SelectiveRetry).
func deliveredAgain(status int) bool {
	switch status {
	case http.StatusNotFound, http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return true
	default:
		return status <= 0 || status >= http.StatusInternalServerError
	}
}

// isProblem reports whether an answer begins as a problem document: the vertex
// itself has answered, and not what is in front of it. It may be cut.
func isProblem(answer []byte) bool {
	dec := json.NewDecoder(strings.NewReader(string(answer)))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return false
	}
	name, err := dec.Token()
	return err == nil && (name == "title" || name == "status" || name == "type" || name == "detail")
}

// Name is what the letter is listed by: the id of its request, or else its key.
func (l Letter) Name() string { return cmp.Or(l.RequestID, l.Key) }
