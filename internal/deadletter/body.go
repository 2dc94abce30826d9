package deadletter

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// MaxBody is the largest message that SQS takes, in bytes.
const MaxBody = 1 << 20

// Body is the letter as the body of a message of SQS: [Letter.Encode] with
// [MaxBody].
func (l Letter) Body() (string, error) { return l.Encode(MaxBody) }

// Encode is the letter as JSON of at most so many bytes, of characters that SQS
// takes. What does not fit is left out,
// the least needed first, and is in LeftOut. It fails if Event or Record
// is no JSON.
func (l Letter) Encode(most int) (string, error) {
	smaller := []struct {
		name string
		drop func(*Letter)
	}{
		{"response", func(l *Letter) { l.Record = without(l.Record, "responsePayload") }},
		{"data", func(l *Letter) { l.Event = without(l.Event, "data", "data_base64") }},
		{"event", func(l *Letter) { l.Event = nil }},
		{"text", func(l *Letter) { l.Text = clip(l.Text) }},
		{"record", func(l *Letter) { l.Record = nil }},
	}
	body, err := l.encode()
	for _, part := range smaller {
		if err != nil || len(body) <= most {
			break
		}
		before := l
		part.drop(&l)
		if len(before.Event)+len(before.Record)+len(before.Text) == len(l.Event)+len(l.Record)+len(l.Text) {
			continue // there was nothing of it
		}
		l.LeftOut = append(slices.Clip(l.LeftOut), part.name)
		body, err = l.encode()
	}
	return body, err
}

// encode writes the letter as JSON, with the event as it is, to the byte. SQS
// takes no message with U+FFFE or U+FFFF; JSON can hold them inside of strings
// only, where they can be escaped.
func (l Letter) encode() (string, error) {
	around := l
	around.Event = nil
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(around); err != nil {
		return "", fmt.Errorf("write the letter as JSON: %w", err)
	}
	b.Truncate(b.Len() - len("\n"))
	if len(l.Event) > 0 {
		if !json.Valid(l.Event) {
			return "", fmt.Errorf("write the letter as JSON: %w", errEvent)
		}
		b.Truncate(b.Len() - len("}"))
		b.WriteString(`,"event":`)
		b.Write(l.Event)
		b.WriteByte('}')
	}
	body := strings.ToValidUTF8(b.String(), "\ufffd")
	return strings.NewReplacer("\ufffe", `\ufffe`, "\uffff", `\uffff`).Replace(body), nil
}

var errEvent = errors.New("the event is no JSON")

// Errors of [Open] about a message that it cannot read.
var (
	// ErrNoLetter means that the message is no JSON object, and so nothing that
	// belongs into the queue.
	ErrNoLetter = errors.New("not a dead letter")
	// ErrVersion means that another version of Homing wrote the letter.
	ErrVersion = errors.New("the letter was written by another version of Homing")
)

// Open reads a message of the dead-letter queue: a letter, a destination record
// of Lambda (also one of the failure function, with another inside), or a bare
// event. It fails with [ErrNoLetter] or [ErrVersion].
func Open(body string) (Letter, error) {
	data := []byte(body)
	object := members(data)
	if object == nil {
		return Letter{}, fmt.Errorf("%w: it is no JSON object", ErrNoLetter)
	}
	switch version := text(object["version"]); {
	case !strings.HasPrefix(version, versionPrefix):
		return read(data), nil
	case version != Version:
		return Letter{}, fmt.Errorf("%w: it has version %.40q, known is %s", ErrVersion, version, Version)
	}
	var l Letter
	if err := json.Unmarshal(data, &l); err != nil {
		return Letter{}, fmt.Errorf("%w: %w", ErrNoLetter, err)
	}
	return l, nil
}

// text is the content of a JSON string; "" if value is none.
func text(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}
