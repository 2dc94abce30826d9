package cloudevents_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/cloudevents"
)

// object is a JSON event with the required members and what a case adds.
func object(more string) string {
	return `{"specversion":"1.0","id":"1","source":"/s","type":"t"` + more + `}`
}

func TestReadStructuredTakes(t *testing.T) {
	t.Parallel()
	const jsonType = "application/json"
	cases := []struct {
		name, section, body string
		want                attrs
	}{
		{"the required members alone", "JSON 3", object(``), minimal(nil)},
		{
			"white space everywhere", "RFC 8259 2",
			" \r\n\t{ \"specversion\" : \"1.0\" ,\"id\":\"1\",\n\"source\":\"/s\" , \"type\":\"t\" } \n", minimal(nil),
		},
		{"a byte order mark", "RFC 8259 8.1", "\ufeff" + object(``), minimal(nil)},
		{
			"every attribute in any order", "JSON 2.2",
			`{"data":"x","time":"2018-04-05T17:31:00Z","subject":"sub","dataschema":"urn:x:y","datacontenttype":"text/plain","type":"t",` +
				`"source":"/s","id":"1","specversion":"1.0"}`,
			minimal(attrs{
				"time": "2018-04-05T17:31:00Z", "subject": "sub", "dataschema": "urn:x:y", "datacontenttype": "text/plain", "data": "x",
			}),
		},
		{
			"extensions of every kind", "JSON 2.2", object(`,"s":"v","b":true,"c":false,"i":-5,"z":-0,"n":null,"max":2147483647,"min":-2147483648`),
			minimal(attrs{
				"s": "v", "b": true, "c": false, "i": int32(-5), "z": int32(0), "max": int32(2147483647), "min": int32(-2147483648),
			}),
		},
		{
			"null for what is optional", "JSON 2.2",
			object(`,"subject":null,"time":null,"dataschema":null,"datacontenttype":null,"data_base64":null`),
			minimal(nil),
		},
		{
			"escapes in names and values", "RFC 8259 7", object(`,"sub\u006aect":"\"\\\/\u20ac\uD83D\uDE00"`),
			minimal(attrs{"subject": `"\/€😀`}),
		},
		{
			"JSON data by the byte", "JSON 3.1.2", object(`,"datacontenttype":"application/json","data": {"b" : 1.50,"a":[ ],"a":1e9} `),
			minimal(attrs{"datacontenttype": jsonType, "data": `{"b" : 1.50,"a":[ ],"a":1e9}`}),
		},
		{"JSON data without datacontenttype", "JSON 3.1.2", object(`,"data":[1]`), minimal(attrs{"datacontenttype": jsonType, "data": `[1]`})},
		{
			"a JSON string stays one", "JSON 3.1.2", object(`,"data":"I'm just a string"`),
			minimal(attrs{"datacontenttype": jsonType, "data": `"I'm just a string"`}),
		},
		{"an explicit null payload", "JSON 3.1.1", object(`,"data":null`), minimal(attrs{"datacontenttype": jsonType, "data": `null`})},
		{
			"a +json type", "JSON 3.1.1", object(`,"datacontenttype":"Application/Vnd.x+JSON; a=b","data":true`),
			minimal(attrs{"datacontenttype": "Application/Vnd.x+JSON; a=b", "data": `true`}),
		},
		{
			"text data", "JSON 3.1.2", object(`,"datacontenttype":"application/xml","data":"<much wow=\"xml\"/>\u0000"`),
			minimal(attrs{"datacontenttype": "application/xml", "data": "<much wow=\"xml\"/>\x00"}),
		},
		{
			"every short escape in text", "RFC 8259 7", object(`,"datacontenttype":"text/plain","data":"\b\f\n\r\t\u00E9\/"`),
			minimal(attrs{"datacontenttype": "text/plain", "data": "\b\f\n\r\té/"}),
		},
		{"empty text", "JSON 3.1.2", object(`,"datacontenttype":"text/plain","data":""`), minimal(attrs{"datacontenttype": "text/plain"})},
		{
			"a type that only begins like json", "JSON 3.1.1", object(`,"datacontenttype":"application/jsonp","data":"x"`),
			minimal(attrs{"datacontenttype": "application/jsonp", "data": "x"}),
		},
		{
			"base64 data", "JSON 3.1.2", object(`,"datacontenttype":"application/octet-stream","data_base64":"AP8\/"`),
			minimal(attrs{"datacontenttype": "application/octet-stream", "data": "\x00\xff\x3f"}),
		},
		{
			"base64 of JSON is not data", "JSON 3.1.2", object(`,"datacontenttype":"application/json","data_base64":"eyB9"`),
			minimal(attrs{"datacontenttype": jsonType, "data": "{ }"}),
		},
		{"null beside data", "JSON 2.2", object(`,"data":1,"data_base64":null`), minimal(attrs{"datacontenttype": jsonType, "data": "1"})},
		{
			"half a surrogate pair inside of JSON data", "RFC 8259 8.2", object(`,"data":"\ud800"`),
			minimal(attrs{"datacontenttype": jsonType, "data": `"\ud800"`}),
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ev, err := cloudevents.Read(structured(), []byte(c.body))
			if err != nil {
				t.Fatalf("%s: %v", c.section, err)
			}
			wantAttrs(t, ev, c.want)
		})
	}
}

func TestReadStructuredRefuses(t *testing.T) {
	t.Parallel()
	const required, kind, twice = "is required", "must be a string", "must appear only once"
	const control, surrogate = "must not contain control characters", "has half of a surrogate pair"
	const extension, integer = "must be a string, a boolean or an integer of 32 bits", "must be an integer from -2147483648 to 2147483647"
	const base64, name = "must be base64 of RFC 4648 section 4 with padding", "an attribute name must consist of the letters a to z and digits"
	cases := []struct {
		name, section, body, place, detail string
	}{
		{"no specversion", "CE specversion", `{}`, "#/specversion", required},
		{"no id", "CE id", `{"specversion":"1.0","source":"/s","type":"t"}`, "#/id", required},
		{"no source", "CE source", `{"specversion":"1.0","id":"1","type":"t"}`, "#/source", required},
		{"a type of null", "CE type", `{"specversion":"1.0","id":"1","source":"/s","type":null}`, "#/type", required},
		{"an empty id", "CE id", `{"id":""}`, "#/id", "must not be empty"},
		{"an empty subject", "CE subject", object(`,"subject":""`), "#/subject", "must not be empty"},
		{"an empty datacontenttype", "CE datacontenttype", object(`,"datacontenttype":""`), "#/datacontenttype", "must not be empty"},
		{"version 0.3", "CE specversion", `{"specversion":"0.3"}`, "#/specversion", `must be "1.0"; version 0.3 is not supported`},
		{"a version that is a number", "CE specversion", `{"specversion":1.0}`, "#/specversion", kind},
		{"an id that is a number", "JSON 2.2", `{"id":1}`, "#/id", kind},
		{"a subject that is a boolean", "JSON 2.2", object(`,"subject":true`), "#/subject", kind},
		{"an id with a line break", "CE Type System", `{"id":"a\nb"}`, "#/id", control},
		{"half a surrogate pair", "CE Type System", `{"id":"\uDEAD"}`, "#/id", surrogate},
		{"two high surrogates", "CE Type System", `{"id":"\uD800\uD800"}`, "#/id", surrogate},
		{"a high surrogate and text", "CE Type System", `{"id":"\uD800abcdef"}`, "#/id", surrogate},
		{"a noncharacter", "CE Type System", `{"id":"\uFFFE"}`, "#/id", "must not contain code points that Unicode calls noncharacters"},
		{"a source that is no reference", "CE source", `{"source":"a b"}`, "#/source", "must be a URI-reference of RFC 3986"},
		{"a relative dataschema", "CE dataschema", object(`,"dataschema":"/x"`), "#/dataschema", "must be an absolute URI of RFC 3986"},
		{"a time without a zone", "CE time", object(`,"time":"2018-04-05T17:31:00"`), "#/time", "must be a timestamp of RFC 3339"},
		{"a bad media type", "CE datacontenttype", object(`,"datacontenttype":"x"`), "#/datacontenttype", "must be a media type of RFC 2046"},
		{"the same member twice", "CE Context Attributes", object(`,"id":"1"`), "#/id", twice},
		{"the same member escaped", "CE Context Attributes", object(`,"\u0069d":"1"`), "#/id", twice},
		{"the same extension twice", "CE Context Attributes", object(`,"x":1,"x":1`), "#/x", twice},
		{"the same extension, first null", "CE Context Attributes", object(`,"x":null,"x":1`), "#/x", twice},
		{"data twice", "JSON 3.1", object(`,"data":1,"data":1`), "#/data", twice},
		{"a name in upper case", "CE Naming Conventions", object(`,"Foo":1`), "#/Foo", name},
		{"a core name in another case", "CE Naming Conventions", object(`,"ID":"2"`), "#/ID", name},
		{"an empty name", "CE Naming Conventions", object(`,"":1`), "#", name},
		{"a name to be escaped in a pointer", "RFC 6901 6", object(`,"a/b~ c":1`), "#/a~1b~0%20c", name},
		{"a fraction", "JSON 2.2", object(`,"x":1.0`), "#/x", integer},
		{"an exponent", "JSON 2.2", object(`,"x":1e1`), "#/x", integer},
		{"an integer of 33 bits", "CE Type System", object(`,"x":2147483648`), "#/x", integer},
		{"a huge integer", "CE Type System", object(`,"x":-99999999999999999999`), "#/x", integer},
		{"an extension that is an object", "CE Type System", object(`,"x":{}`), "#/x", extension},
		{"an extension that is an array", "CE Type System", object(`,"x":[1]`), "#/x", extension},
		{
			"data and data_base64", "JSON 3.1.1", object(`,"data":1,"data_base64":"AA=="`), "#/data_base64",
			"data and data_base64 exclude each other",
		},
		{"null data and data_base64", "JSON 3.1.1", object(`,"data":null,"data_base64":""`), "#/data_base64", ""},
		{"data_base64 that is a number", "JSON 3.1.1", object(`,"data_base64":1`), "#/data_base64", kind},
		{"base64 without padding", "RFC 4648 3.2", object(`,"data_base64":"AA"`), "#/data_base64", base64},
		{"base64 for URLs", "RFC 4648 4", object(`,"data_base64":"__8="`), "#/data_base64", base64},
		{"base64 with a line break", "RFC 4648 3.3", object(`,"data_base64":"AA\n=="`), "#/data_base64", base64},
		{
			"text data that is an object", "JSON 3.1.2", object(`,"datacontenttype":"text/plain","data":{}`), "#/data",
			"must be a string, as datacontenttype is not JSON",
		},
		{"text data that is null", "JSON 3.1.2", object(`,"datacontenttype":"text/plain","data":null`), "#/data", ""},
		{"text data with half a pair", "JSON 3.1.2", object(`,"datacontenttype":"text/plain","data":"\ud800"`), "#/data", surrogate},
		{
			"text data in Latin-1", "JSON 3.1.1", object(`,"datacontenttype":"text/plain; charset=\"ISO-8859-1\"","data":"é"`), "#/data",
			"cannot be a string in the charset of datacontenttype; send data_base64",
		},
		{"an array", "JSON 3", `[]`, "#", "must be a JSON object"},
		{"an empty body", "JSON 3", ``, "#", "must be a JSON object"},
		{"two byte order marks", "RFC 8259 8.1", "\ufeff\ufeff" + object(``), "#", "must be a JSON object"},
		{"something after the event", "RFC 8259 2", object(``) + "{}", "#", "has something after the JSON value, at byte 55"},
		{"invalid UTF-8", "RFC 8259 8.1", object(",\"x\":\"\xff\""), "#", "is not valid UTF-8"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := cloudevents.Read(structured(), []byte(c.body))
			wantFault(t, err, c.place, c.detail)
		})
	}
}

func TestReadStructuredRefusesWhatIsNotJSON(t *testing.T) {
	t.Parallel()
	for _, more := range []string{
		`,`, `,"x"`, `,"x":`, `,"x" 1`, `,"x":1,`, `,x:1`, `,'x':1`, `,"x":01`, `,"x":+1`, `,"x":-`, `,"x":.5`, `,"x":1.`, `,"x":1e`, `,"x":1e+`,
		`,"x":tru`, `,"x":nul`, `,"x":falsy`, `,"x":NaN`, `,"x":"`, `,"x":"\x"`, `,"x":"\u12"`, `,"x":"\u12g4"`, "\"x\":\"\t\"", `,"x":"\`,
		`,"data":[`, `,"data":[1,]`, `,"data":{"a"}`, `,"data":{"a":}`, `,"data":{1:2}`, `,"data":[1 2]`, `,"data":{"a":1,}`, `,"data":1/**/`,
		`,"data":-`, `,"data":00`, `,"data":"` + "\x01" + `"`, `,"data":truee`, `,"data":"\ud8"`, `,"subject":tru`, `,"x":{"a"`,
		`,"data_base64":[`,
		`,"data_base64":nul`, ` "x":1`, `]`,
	} {
		t.Run(more, func(t *testing.T) {
			t.Parallel()
			_, err := cloudevents.Read(structured(), []byte(object(more)))
			if err == nil || !strings.Contains(err.Error(), "is not JSON") || !strings.Contains(err.Error(), "at byte") {
				t.Errorf("error = %v, want one of JSON with its byte", err)
			}
		})
	}
}

// Every beginning of a valid event is refused, and none reads past its end.
func TestReadStructuredRefusesEveryTruncation(t *testing.T) {
	t.Parallel()
	whole := object(`,"subject":"\ud83d\ude00","x":-12,"b":true,"n":null,"data":{"a":[1.5e-3,"\u00e9\n",{}],"f":false}`)
	for i := range len(whole) {
		if _, err := cloudevents.Read(structured(), []byte(whole)[:i:i]); err == nil {
			t.Errorf("took %q", whole[:i])
		}
	}
	if _, err := cloudevents.Read(structured(), []byte(whole)); err != nil {
		t.Error(err)
	}
}

func TestReadStructuredHoldsItsLimits(t *testing.T) {
	t.Parallel()
	nested := func(depth int) string {
		return object(`,"data":` + strings.Repeat("[", depth) + strings.Repeat("]", depth))
	}
	limits := cloudevents.Limits{Attributes: 5, AttributeBytes: 11, Depth: 3}
	cases := []struct {
		name, body, place, detail string
	}{
		{"as deep as allowed", nested(2), "", ""},
		{"too deep", nested(3), "#/data", "is nested deeper than the limit, at byte 65"},
		{"as many members as allowed", object(`,"a":1`), "", ""},
		{"one member too many", object(`,"a":1,"b":2`), "#/b", "the event has more attributes than the limit"},
		{"a value too long", object(`,"a":"123456789012"`), "#/a", "is longer than the limit"},
		{"a name too long", object(`,"abcdefghijkl":1`), "#", "is longer than the limit"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := limits.Read(structured(), []byte(c.body))
			if c.place != "" {
				wantFault(t, err, c.place, c.detail)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	if _, err := cloudevents.Read(structured(), []byte(nested(cloudevents.DefaultDepth-1))); err != nil {
		t.Errorf("by default: %v", err)
	}
	if _, err := cloudevents.Read(structured(), []byte(nested(cloudevents.DefaultDepth))); err == nil {
		t.Error("by default there is no limit of depth")
	}
}
