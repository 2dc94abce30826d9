package dump

import (
	"bytes"
	"maps"
	"math/rand/v2"
	"regexp"
	"strings"
)

// Call is a POST whose answer must be the same everywhere.
type Call struct {
	Path, Body string
	Headers    []string // name, value, name, value
}

// IsRoute reports whether a call goes to the route of a chain, and may be async.
func (c Call) IsRoute() bool { return c.Path != eventsPath }

const eventsPath = "/events"

// Calls are the calls, by name.
func Calls() map[string]Call {
	const route, contentType = "/dump", "Content-Type"
	out := map[string]Call{
		"plain": {route + "?a=1&b=%20", "body\n", []string{"X-Tag", "a, b", contentType, "text/csv; charset=utf-8"}},
		"coded": {route + "?a=1&b=%20", coded, []string{
			"X-Tag", "a, b", contentType, "text/csv; charset=utf-8", "Content-Encoding", "Deflate",
		}},
		"no body":           {route, "", nil},
		"bad content type":  {route, "x", []string{contentType, "nonsense"}},
		"type of an event":  {route, "{}", []string{contentType, "application/cloudevents+json"}},
		"event, structured": {eventsPath, typedEvent, []string{contentType, "application/cloudevents+json"}},
		"event, binary": {eventsPath, "body\n", []string{
			"Ce-Specversion", "1.0", "Ce-Id", "theirs", "Ce-Source", "/e2e", "Ce-Type", "homing.dump", "Ce-Num", "7",
			"Ce-Time", "2001-02-03T04:05:06+02:00", contentType, "text/plain",
		}},
		"large":       {"/large", string(Large(largeSize)), []string{contentType, "application/octet-stream"}},
		"out of time": {"/slow", "obeys", []string{contentType, "text/plain"}},
	}
	for _, kind := range spoilers() {
		out[SpoiltBy+kind] = Call{"/spoilt", kind, []string{contentType, "text/plain"}}
	}
	maps.Copy(out, headCalls())
	return out
}

// largeSize is more than an asynchronous invocation of Lambda takes.
const largeSize = 1500 << 10

// Large returns bytes that are no text, cannot be compressed and have no line feeds.
func Large(size int) []byte {
	out := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{7}).Read(out) // never fails
	return bytes.ReplaceAll(out, []byte("\n"), []byte(" "))
}

// SpoiltBy begins the names of the calls whose results cannot be sent.
const SpoiltBy = "spoilt by "

// Blank takes away what names one call: ids, the time, and addresses of memory. The
// length of data goes, too, since it holds times of several lengths.
func Blank(body string) string {
	for pattern, with := range map[string]string{
		`0x[0-9a-f]+`: "", `, \d+ bytes`: "", `20[2-9]\d-\d\d-\d\dT[\d:.]+Z`: "NOW",
		`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`: "ID",
	} {
		body = regexp.MustCompile(pattern).ReplaceAllString(body, with)
	}
	return body
}

// Differences are the lines in which two bodies differ.
func Differences(got, want string) string {
	var b strings.Builder
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		x, y := "", ""
		if i < len(g) {
			x = g[i]
		}
		if i < len(w) {
			y = w[i]
		}
		if x != y {
			b.WriteString("\ngot  " + x + "\nwant " + y)
		}
	}
	return b.String()
}

func spoilers() []string {
	return []string{
		"subject", "not UTF-8", "id", "type", "source", "dataschema", "datacontenttype", "content type of an event",
		"extension", "extension name", "extension too long", "extension of no type", "time",
		"header", "header value", "cookie", "headers that are no form",
	}
}

// coded is the body of the call "plain" in deflate.
const coded = "\x78\x9c\x4b\xca\x4f\xa9\xe4\x02\x00\x05\xd3\x01\xb9"

// typedEvent has attributes of every type that JSON knows.
const typedEvent = `{"specversion":"1.0","id":"theirs","source":"https://example.com/a?b","type":"homing.dump","num":7,"flag":true,
	"text":"x","time":"2001-02-03T04:05:06.5+02:00","subject":"a b","dataschema":"urn:x","datacontenttype":"application/json","data":{"n": 1}}`
