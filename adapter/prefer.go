package adapter

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/functions"
)

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

func parsePrefer(h http.Header) (prefer, error) {
	lines := h["Prefer"]
	if len(lines) == 0 {
		return prefer{}, nil
	}
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

func (p prefer) describe() string {
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
