package adapter

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/functions"
)

// ask is how the caller wants to be answered.
type ask struct {
	prefer prefer
	key    string // its idempotency key
}

func readAsk(h http.Header) (q ask, err error) {
	if lines := h["Prefer"]; len(lines) > 0 {
		if q.prefer, err = parsePrefer(lines); err != nil {
			return q, err
		}
	}
	if keys := h["Idempotency-Key"]; len(keys) > 0 {
		q.key, err = idempotencyKey(keys)
	}
	return q, err
}

// prefer is what a Prefer header (RFC 7240) asks for. Preferences that are not
// known are ignored, as its section 2 demands.
type prefer struct {
	async   bool
	waits   bool // wait is set
	wait    time.Duration
	applied string // for Preference-Applied
}

// maxPreferWait keeps a wait within what a time.Duration holds. A wait is cut
// down to the deadline anyway.
const maxPreferWait = 24 * 60 * 60

func parsePrefer(lines []string) (prefer, error) {
	var p prefer
	for item := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		preference, _, _ := strings.Cut(item, ";") // parameters mean nothing to ours
		name, value, hasValue := strings.Cut(preference, "=")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "respond-async":
			if hasValue && strings.Trim(value, ` "`) != "" {
				return prefer{}, badPrefer("respond-async takes no value")
			}
			p.async = true
		case "wait":
			if p.waits { // RFC 7240 section 2: the first one counts
				continue
			}
			seconds, err := strconv.ParseUint(unquote(strings.TrimSpace(value)), 10, 63)
			if err != nil {
				return prefer{}, badPrefer("wait takes a whole number of seconds, such as wait=10")
			}
			p.waits = true
			p.wait = time.Duration(min(seconds, maxPreferWait)) * time.Second
		}
	}
	p.applied = p.describe()
	return p, nil
}

// given reports whether there is a preference of ours.
func (p *prefer) given() bool { return p.async || p.waits }

// markApplied sets the header Preference-Applied.
func (p *prefer) markApplied(h http.Header) {
	if p.applied != "" {
		h.Set("Preference-Applied", p.applied)
	}
}

func (p *prefer) describe() string {
	var parts []string
	if p.async {
		parts = append(parts, "respond-async")
	}
	if p.waits {
		parts = append(parts, "wait="+strconv.FormatInt(int64(p.wait/time.Second), 10))
	}
	return strings.Join(parts, ", ")
}

func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}

func badPrefer(detail string) error {
	return functions.Errorf(http.StatusBadRequest, "header Prefer: %s", detail)
}

const maxKeyLength = 255

// idempotencyKey reads the header of the IETF draft
// httpapi-idempotency-key-header: a quoted string. The common form without
// quotes is taken too.
func idempotencyKey(values []string) (string, error) {
	if len(values) > 1 {
		return "", functions.Errorf(http.StatusBadRequest, "header Idempotency-Key is there %d times; send one", len(values))
	}
	key := unquote(strings.TrimSpace(values[0]))
	switch {
	case key == "":
		return "", functions.Errorf(http.StatusBadRequest, "header Idempotency-Key is empty")
	case len(key) > maxKeyLength:
		return "", functions.Errorf(http.StatusBadRequest, "header Idempotency-Key is longer than %d characters", maxKeyLength)
	}
	for _, c := range []byte(key) {
		if c < ' ' || c > '~' {
			return "", functions.Errorf(http.StatusBadRequest, "header Idempotency-Key holds characters that are not printable ASCII")
		}
	}
	return key, nil
}
