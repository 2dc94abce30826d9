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
	prefer   prefer
	key      string // its idempotency key
	callback string // the URL to which its reply is delivered
}

func (a *Adapter) readAsk(h http.Header) (q ask, err error) {
	if lines := h["Prefer"]; len(lines) > 0 {
		q.prefer = parsePrefer(lines)
	}
	if keys := h["Idempotency-Key"]; len(keys) > 0 {
		if q.key, err = idempotencyKey(keys); err != nil {
			return q, err
		}
	}
	q.callback, err = a.readCallback(h, &q.prefer)
	return q, err
}

// prefer is what a Prefer header (RFC 7240) asks for. Preferences that are not
// known or whose value is not, are ignored, as its section 2 demands.
type prefer struct {
	async   bool
	waits   bool // wait is set
	wait    time.Duration
	link    time.Duration // for which the Location of a 202 needs no token; 0 means that it does
	applied string        // for Preference-Applied
}

// maxPreferWait keeps a wait within what a time.Duration holds. A wait is cut
// down to the deadline anyway.
const maxPreferWait = 24 * 60 * 60

func parsePrefer(lines []string) prefer {
	var p prefer
	seen := map[string]bool{} // only the first one of a name counts
	for _, line := range lines {
		for line != "" {
			var item string
			item, line = cutUnquoted(line, ',')
			item, _ = cutUnquoted(item, ';') // parameters mean nothing to ours
			name, value, _ := strings.Cut(item, "=")
			name = strings.ToLower(strings.TrimSpace(name))
			if !seen[name] {
				seen[name] = true
				p.set(name, unquote(strings.TrimSpace(value)))
			}
		}
	}
	p.applied = p.describe()
	return p
}

// set applies one preference. An empty value is none (RFC 7240 section 2).
func (p *prefer) set(name, value string) {
	switch name {
	case "respond-async":
		p.async = value == ""
	case "signed-link":
		seconds, err := strconv.ParseUint(value, 10, 63)
		switch {
		case value == "":
			p.link = linkDefault
		case err == nil && seconds > 0:
			p.link = time.Duration(min(seconds, uint64(linkMost/time.Second))) * time.Second
		}
	case "wait":
		if seconds, err := strconv.ParseUint(value, 10, 63); err == nil {
			p.waits = true
			p.wait = time.Duration(min(seconds, maxPreferWait)) * time.Second
		}
	}
}

// cutUnquoted cuts s around the first separator that is not in a quoted string.
func cutUnquoted(s string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++ // the next character stands for itself
		case c == separator && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
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

// unquote returns the value of a quoted string (RFC 9110 section 5.6.4), and any
// other text as it is.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var out []byte
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i+1 < len(s)-1 {
			i++
		}
		out = append(out, s[i])
	}
	return string(out)
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
