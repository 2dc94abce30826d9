package console

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// redacted stands for the value of a credential.
const redacted = "(not shown)"

// shown returns what may be seen of an attribute of an event, false if it is Homing's.
func shown(name, value string) (string, bool) {
	switch name {
	case functions.AttrRoutingSlip, functions.AttrReplyTo, functions.AttrReplyToken, functions.AttrClaimCheck, functions.AttrCallback:
		return "", false
	case functions.AttrHTTPHeaders:
		return redactHeaders(value), true
	case functions.AttrHTTPQuery:
		return redactQuery(value), true
	}
	if header, ok := strings.CutPrefix(name, "http"); ok && isCredential(header) {
		return redacted, true
	}
	return value, true
}

// isCredential reports whether a header, or its attribute, or a parameter of a query
// may hold one, by its name.
func isCredential(name string) bool {
	name = strings.ToLower(name)
	for _, word := range []string{"auth", "cookie", "credential", "jwt", "key", "pass", "secret", "session", "signature", "token"} {
		if strings.Contains(name, word) {
			return true
		}
	}
	return false
}

// redactHeaders returns the headers of a reply without the values of credentials.
func redactHeaders(text string) string {
	headers, err := functions.ParseHeaders(text)
	if err != nil {
		return redacted
	}
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		value := strings.Join(headers[name], ", ")
		if isCredential(name) {
			value = redacted
		}
		lines = append(lines, name+": "+value)
	}
	return strings.Join(lines, "\n")
}

// redactQuery returns a query without the values of credentials: a signed link, the
// code of a login, and what its name says is one.
func redactQuery(query string) string {
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		raw, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(raw)
		if value != "" && (err != nil || isCredential(name) || slices.Contains([]string{"code", "link", "pwd", "sig"}, strings.ToLower(name))) {
			pairs[i] = raw + "=" + redacted
		}
	}
	return strings.Join(pairs, "&")
}

// redactLetter returns a dead letter with what may be seen of its event, "" if it is no
// JSON.
func redactLetter(body []byte) string {
	letter := map[string]any{}
	numbers := json.NewDecoder(bytes.NewReader(body))
	numbers.UseNumber()
	if numbers.Decode(&letter) != nil {
		return ""
	}
	if to, ok := letter["callback"].(string); ok {
		at, query, _ := strings.Cut(to, "?")
		letter["callback"] = strings.TrimSuffix(at+"?"+redactQuery(query), "?")
	}
	ev, _ := letter["event"].(map[string]any)
	for name, value := range ev {
		if text, isText := value.(string); isText {
			if seen, ok := shown(name, text); ok {
				ev[name] = seen
			} else {
				delete(ev, name)
			}
		}
	}
	out, err := json.Marshal(letter)
	if err != nil {
		return ""
	}
	return string(out)
}
