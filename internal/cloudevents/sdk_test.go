package cloudevents_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	sdk "github.com/cloudevents/sdk-go/v2/binding"
	"github.com/cloudevents/sdk-go/v2/event"
	sdkhttp "github.com/cloudevents/sdk-go/v2/protocol/http"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// The headings of DIFFERENCES.md. A difference between this package and the
// SDK that is under none of them fails the fuzzers of this file.
const (
	diffPercent   = "Percent-encoding of header values"
	diffText      = "Characters of a String"
	diffOnce      = "An attribute appears once"
	diffNames     = "Attribute names"
	diffVersion   = "Version 0.3"
	diffURI       = "URIs and URI-references"
	diffMediaType = "Media types"
	diffTime      = "Timestamps"
	diffTypes     = "JSON types of attributes"
	diffData      = "data and data_base64"
	diffBlank     = "Blank attributes"
	diffEmpty     = "Empty attributes"
	diffImplied   = "Implied datacontenttype"
	diffMark      = "Byte order mark"
	diffLimits    = "Limits"
	diffNull      = "Null is unset"
)

// refusals explains by the detail of an error why the SDK may take what this
// package refuses.
var refusals = map[string]string{
	"has a percent sign that is not followed by two hexadecimal digits":      diffPercent,
	"is not a complete quoted string":                                        diffPercent,
	"is not valid UTF-8":                                                     diffText,
	"must not contain control characters":                                    diffText,
	"must not contain code points that Unicode calls noncharacters":          diffText,
	"has half of a surrogate pair":                                           diffText,
	"must appear only once":                                                  diffOnce,
	"an attribute name must consist of the letters a to z and digits":        diffNames,
	"the name is reserved and cannot be an attribute":                        diffNames,
	`must be "1.0"; version 0.3 is not supported`:                            diffVersion,
	"must be a URI-reference of RFC 3986":                                    diffURI,
	"must be an absolute URI of RFC 3986":                                    diffURI,
	"must be a media type of RFC 2046":                                       diffMediaType,
	"must be a timestamp of RFC 3339":                                        diffTime,
	"must be a string":                                                       diffTypes,
	"must be a string, a boolean or an integer of 32 bits":                   diffTypes,
	"must be an integer from -2147483648 to 2147483647":                      diffTypes,
	"must be base64 of RFC 4648 section 4 with padding":                      diffData,
	"data and data_base64 exclude each other":                                diffData,
	"must be a string, as datacontenttype is not JSON":                       diffData,
	"cannot be a string in the charset of datacontenttype; send data_base64": diffData,
	"must not be empty":                                                      diffEmpty,
	"is nested deeper than the limit":                                        diffLimits,
	"is longer than the limit":                                               diffLimits,
	"the event has more attributes than the limit":                           diffLimits,
}

func TestEveryDifferenceIsExplained(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("DIFFERENCES.md")
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{
		diffPercent: true, diffBlank: true, diffImplied: true, diffTime: true, diffURI: true, diffData: true, diffNull: true,
		diffMark: true,
	}
	for _, heading := range refusals {
		headings[heading] = true
	}
	for heading := range headings {
		if !strings.Contains(string(text), "\n## "+heading+"\n") {
			t.Errorf("DIFFERENCES.md has no section %q", heading)
		}
	}
	if got := strings.Count(string(text), "\n## "); got != len(headings) {
		t.Errorf("DIFFERENCES.md has %d sections, %d are used", got, len(headings))
	}
}

// verdict is what became of a message.
type verdict struct {
	event event.Event
	err   error
}

// bySDK reads a message as the SDK's receiver does.
func bySDK(t *testing.T, h http.Header, body []byte) (v verdict) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			v.err = fmt.Errorf("panic: %v", p)
		}
	}()
	ev, err := sdk.ToEvent(t.Context(), sdkhttp.NewMessage(h, io.NopCloser(bytes.NewReader(body))))
	if err == nil {
		err = ev.Validate()
	}
	if err != nil {
		return verdict{err: err}
	}
	return verdict{event: *ev}
}

// compare fails unless both agree or a heading of DIFFERENCES.md explains why
// they do not. allowed explains values; it gets the value of this package, of
// the SDK, and the name of the attribute.
func compare(t *testing.T, ours, theirs verdict, allowed func(name string, our, their any) string) {
	t.Helper()
	switch {
	case ours.err != nil && theirs.err != nil:
		return
	case ours.err != nil:
		var fault *cloudevents.Error
		if !errors.As(ours.err, &fault) {
			t.Fatalf("only the SDK takes it: %v", ours.err)
		}
		detail, _, _ := strings.Cut(fault.Detail, ", at byte ")
		if refusals[detail] == "" {
			t.Errorf("only the SDK takes it, without a reason: %v\n%v", ours.err, attrsOf(theirs.event))
		}
		return
	case theirs.err != nil:
		if allowed("", attrsOf(ours.event), theirs.err) == "" {
			t.Errorf("the SDK refuses it, without a reason: %v\n%v", theirs.err, attrsOf(ours.event))
		}
		return
	}
	our, their := attrsOf(ours.event), attrsOf(theirs.event)
	names := map[string]bool{}
	for name := range our {
		names[name] = true
	}
	for name := range their {
		names[name] = true
	}
	for name := range names {
		if our[name] != their[name] && allowed(name, our[name], their[name]) == "" {
			t.Errorf("%s = %#v, by the SDK %#v", name, our[name], their[name])
		}
	}
}

// sameURI reports whether the SDK only wrote a URI in another way.
func sameURI(our, their any) bool {
	o, ok := our.(string)
	if !ok {
		return false
	}
	u, err := url.Parse(o)
	return err == nil && u.String() == their || their == ""
}

// refusedBySDK explains what only the SDK refuses.
func refusedBySDK(our attrs, err any) string {
	text := fmt.Sprint(err)
	for name, value := range our {
		s, ok := value.(string)
		switch {
		case ok && strings.TrimSpace(s) == "" && strings.Contains(text, name+":"):
			return diffBlank
		case (name == "source" || name == "dataschema") && ok:
			if u, err := url.Parse(s); err != nil || u.String() != s {
				return diffURI
			}
		}
	}
	switch {
	case strings.Contains(text, "datacontenttype:") && our["datacontenttype"] == nil:
		return diffNull
	case strings.Contains(text, "media type"), strings.Contains(text, "mime:"):
		return diffMediaType
	case strings.Contains(text, "RFC3339"):
		return diffTime
	case strings.Contains(text, "illegal base64"):
		return diffData
	default:
		return ""
	}
}

func FuzzBinaryAgainstSDK(f *testing.F) {
	f.Add("1", "/s", "t", "sub", "2018-04-05T17:31:00Z", "urn:x", "text/plain", "x", "v", []byte("data"))
	f.Add("%41", "HTTP://h#", " ", `"a"`, "2018-04-05T17:31:60Z", "x", "text", "Foo", "%", []byte("{}"))
	f.Add("é", "a b", "%C0%A0", "a%20b", "2018-04-05t17:31:00z", "http://a b", "a/b;c=d;c=e", "data", "\xff", []byte(nil))
	f.Add("1", "//", "t", "%zz", "2018-04-05T17:31:00,5Z", "HTTP:x", "a/b;;", "datacontenttype", "true", []byte(" "))
	f.Fuzz(func(t *testing.T, id, source, typ, subject, when, schema, contentType, name, value string, data []byte) {
		h := header("ce-id", id, "ce-source", source, "ce-type", typ, "ce-subject", subject, "ce-time", when, "ce-dataschema", schema,
			"content-type", contentType, "ce-"+name, value)
		encoded := map[string]bool{}
		for key, values := range h {
			if !isField(key, values[0]) || cloudevents.ModeOf(h) != cloudevents.Binary {
				return
			}
			encoded[strings.ToLower(strings.TrimPrefix(key, "Ce-"))] = strings.Contains(values[0], "%") || values[0][0] == '"'
		}
		ev, err := cloudevents.Read(h, data)
		compare(t, verdict{ev, err}, bySDK(t, h, data), func(name string, our, their any) string {
			switch {
			case encoded[name]:
				return diffPercent
			case name == "source", name == "dataschema":
				if sameURI(our, their) {
					return diffURI
				}
			case name == "":
				for _, was := range encoded { // the SDK judges the encoded value
					if was {
						return diffPercent
					}
				}
				if got, ok := our.(attrs); ok {
					return refusedBySDK(got, their)
				}
			}
			return ""
		})
	})
}

// isField reports whether net/http would bring this header along.
func isField(key, value string) bool {
	for i := range len(key) {
		if c := key[i]; c <= ' ' || c > '~' || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == '\x7f' {
			return false
		}
	}
	return strings.HasPrefix(key, "C") && value != "" && value == strings.Trim(value, " \t")
}

func FuzzStructuredAgainstSDK(f *testing.F) {
	for _, more := range []string{
		``, `,"data":{"a":1}`, `,"datacontenttype":"text/plain","data":"\ud83d\ude00"`, `,"x":-1,"y":true,"z":"a","subject":"é","n":null`,
		`,"data_base64":"AP8=","time":"2016-12-31T23:59:60Z","dataschema":"HTTP://h/#"`,
		`,"datacontenttype":"application/json","data_base64":"IDEK"`,
		`,"x":1.5`, `,"Foo":1`, `,"x":{}`, `,"id":"2"`, `,"data":1,"data_base64":"AA=="`, `} x`, `,"data_base64":"AP8\/"`,
		`,"data":null`, `,"data":""`,
		`,"subject":null,"time":null,"dataschema":null,"data_base64":null`, `,"datacontenttype":"text/plain","data":null`,
		`,"datacontenttype":null`,
	} {
		f.Add([]byte(object(more)))
		f.Add([]byte("\ufeff" + object(more)))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		h := structured()
		ev, err := cloudevents.Read(h, body)
		compare(t, verdict{ev, err}, bySDK(t, h, body), func(name string, our, their any) string {
			switch name {
			case "source", "dataschema":
				if sameURI(our, their) {
					return diffURI
				}
			case "datacontenttype":
				if our == event.ApplicationJSON && their == nil {
					return diffImplied
				}
			case "data":
				o, _ := our.(string)
				s, _ := their.(string)
				if strings.TrimSpace(o) == strings.TrimSpace(s) && json.Valid([]byte(o)) {
					return diffData
				}
			case "":
				if bytes.HasPrefix(body, []byte("\ufeff")) {
					return diffMark
				}
				if got, ok := our.(attrs); ok {
					return refusedBySDK(got, their)
				}
			}
			return ""
		})
	})
}
