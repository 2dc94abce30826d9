package deadletter

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// What [Open] answers about a message that it cannot read.
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

// text is what a JSON string says; "" if value is none.
func text(value json.RawMessage) string {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return ""
	}
	return s
}
