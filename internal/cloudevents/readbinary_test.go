package cloudevents_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/cloudevents"
)

func TestReadBinaryTakes(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, section string
		header        http.Header
		body          string
		want          attrs
	}{
		{"the required attributes alone", "CE REQUIRED Attributes", header(), "", minimal(nil)},
		{
			"every attribute and the body as data", "HTTP 3.1",
			header("ce-subject", "sub", "ce-time", "2018-04-05T03:56:24.5+02:00", "ce-dataschema", "https://example.com/s",
				"content-type", "application/json; charset=utf-8", "ce-ext1", "v"), ` {"a":1} `,
			minimal(attrs{
				"subject": "sub", "time": "2018-04-05T01:56:24.5Z", "dataschema": "https://example.com/s",
				"datacontenttype": "application/json; charset=utf-8", "ext1": "v", "data": ` {"a":1} `,
			}),
		},
		{
			"the example of the percent-encoding section", "HTTP 3.1.3.2",
			header("ce-subject", "Euro%20%E2%82%AC%20%F0%9F%98%80"), "", minimal(attrs{"subject": "Euro € 😀"}),
		},
		{"lower-case digits in an escape", "HTTP 3.1.3.2", header("ce-subject", "%e2%82%ac"), "", minimal(attrs{"subject": "€"})},
		{"needless escapes", "HTTP 3.1.3.2", header("ce-subject", "%41%42"), "", minimal(attrs{"subject": "AB"})},
		{"a single round of decoding", "HTTP 3.1.3.2", header("ce-subject", "%2520"), "", minimal(attrs{"subject": "%20"})},
		{"a quoted string", "HTTP 3.1.3.2", header("ce-subject", `"a \"b\" \\ c"`), "", minimal(attrs{"subject": `a "b" \ c`})},
		{"escapes in a quoted string", "HTTP 3.1.3.2", header("ce-subject", `"a%20b"`), "", minimal(attrs{"subject": "a b"})},
		{"a backslash outside of quotes", "HTTP 3.1.3.2", header("ce-subject", `a\b`), "", minimal(attrs{"subject": `a\b`})},
		{"a space and a quote of an older sender", "HTTP 3.1.3.2", header("ce-subject", `a "b`), "", minimal(attrs{"subject": `a "b`})},
		{"raw UTF-8 of an older sender", "HTTP 3.1.3.2", header("ce-subject", "€"), "", minimal(attrs{"subject": "€"})},
		{"the replacement character itself", "CE Type System", header("ce-subject", "%EF%BF%BD"), "", minimal(attrs{"subject": "\uFFFD"})},
		{"an empty extension", "CE Type System", http.Header{
			"Ce-Specversion": {"1.0"}, "Ce-Id": {"1"}, "Ce-Source": {"/s"}, "Ce-Type": {"t"}, "Ce-Empty": {""},
		}, "", minimal(attrs{"empty": ""})},
		{"header names in any case", "HTTP 3.1.3.1", http.Header{
			"CE-SPECVERSION": {"1.0"}, "ce-id": {"1"}, "cE-Source": {"/s"}, "Ce-tYPE": {"t"}, "ce-FOO": {"v"}, "content-TYPE": {"text/plain"},
		}, "x", minimal(attrs{"foo": "v", "datacontenttype": "text/plain", "data": "x"})},
		{"headers that are not of the event", "HTTP 3.1.3", header("cerebro", "x", "x-ce-id", "y"), "", minimal(nil)},
		{
			"a name above the advised 20 characters", "CE Naming Conventions", header("ce-"+strings.Repeat("n", 40), "v"), "",
			minimal(attrs{strings.Repeat("n", 40): "v"}),
		},
		{
			"data that is not what the type says", "HTTP 3.1.2", header("content-type", "application/json"), "{\xff",
			minimal(attrs{"datacontenttype": "application/json", "data": "{\xff"}),
		},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ev, err := cloudevents.Read(c.header, []byte(c.body))
			if err != nil {
				t.Fatalf("%s: %v", c.section, err)
			}
			wantAttrs(t, ev, c.want)
		})
	}
}

func TestReadBinaryRefuses(t *testing.T) {
	t.Parallel()
	twice := header()
	twice["Ce-Id"] = []string{"1", "2"}
	variants := header("ce-foo", "1")
	variants["ce-foo"] = []string{"2"}
	types := header()
	types["Content-Type"] = []string{"text/plain", "text/html"}
	none := header()
	none["Ce-Foo"] = nil
	empty := func(key string) http.Header { h := header(); h[key] = []string{""}; return h }

	const control, utf8, percent = "must not contain control characters", "is not valid UTF-8",
		"has a percent sign that is not followed by two hexadecimal digits"
	const required, twiceText, name = "is required", "must appear only once",
		"an attribute name must consist of the letters a to z and digits"
	cases := []struct {
		name, section string
		header        http.Header
		place, detail string
	}{
		{"no event at all", "HTTP 3", http.Header{"Content-Type": {"text/plain"}}, "ce-specversion", required},
		{"no specversion", "CE specversion", header("ce-specversion", ""), "ce-specversion", required},
		{"no id", "CE id", header("ce-id", ""), "ce-id", required},
		{"no source", "CE source", header("ce-source", ""), "ce-source", required},
		{"no type", "CE type", header("ce-type", ""), "ce-type", required},
		{"an empty id", "CE id", empty("Ce-Id"), "ce-id", "must not be empty"},
		{"an empty source", "CE source", empty("Ce-Source"), "ce-source", "must not be empty"},
		{"an empty subject", "CE subject", empty("Ce-Subject"), "ce-subject", "must not be empty"},
		{"an empty time", "CE time", empty("Ce-Time"), "ce-time", "must not be empty"},
		{"an empty dataschema", "CE dataschema", empty("Ce-Dataschema"), "ce-dataschema", "must not be empty"},
		{"version 0.3", "CE specversion", header("ce-specversion", "0.3"), "ce-specversion", `must be "1.0"; version 0.3 is not supported`},
		{"version 1.0.2", "CE specversion", header("ce-specversion", "1.0.2"), "ce-specversion", `must be "1.0", no other version is supported`},
		{"a header sent twice", "CE Context Attributes", twice, "ce-id", twiceText},
		{"a header sent in two cases", "CE Context Attributes", variants, "ce-foo", twiceText},
		{"a header without a value", "CE Context Attributes", none, "ce-foo", twiceText},
		{"two content types", "HTTP 3.1.1", types, "content-type", twiceText},
		{
			"datacontenttype as a ce- header", "HTTP 3.1.1", header("ce-datacontenttype", "text/plain"), "ce-datacontenttype",
			"must be sent as the Content-Type header",
		},
		{
			"an attribute named data", "CE Naming Conventions", header("ce-data", "x"), "ce-data",
			"the name is reserved and cannot be an attribute",
		},
		{"an attribute named data_base64", "CE Naming Conventions", header("ce-data_base64", "x"), "ce-data_base64", name},
		{"a dash in a name", "CE Naming Conventions", header("ce-foo-bar", "x"), "ce-foo-bar", name},
		{"an underscore in a name", "CE Naming Conventions", header("ce-foo_bar", "x"), "ce-foo_bar", name},
		{"an empty name", "CE Naming Conventions", header("ce-", "x"), "ce-", name},
		{"a percent sign alone", "HTTP 3.1.3.2", header("ce-subject", "100%"), "ce-subject", percent},
		{"a percent sign and one digit", "HTTP 3.1.3.2", header("ce-subject", "%4"), "ce-subject", percent},
		{"a percent sign and no digits", "HTTP 3.1.3.2", header("ce-subject", "%zz"), "ce-subject", percent},
		{"the overlong space", "HTTP 3.1.3.2", header("ce-subject", "%C0%A0"), "ce-subject", utf8},
		{"a surrogate in UTF-8", "HTTP 3.1.3.2", header("ce-subject", "%ED%A0%80"), "ce-subject", utf8},
		{"half a character", "HTTP 3.1.3.2", header("ce-subject", "%E2%82"), "ce-subject", utf8},
		{"above the last code point", "HTTP 3.1.3.2", header("ce-subject", "%F4%90%80%80"), "ce-subject", utf8},
		{"raw Latin-1", "HTTP 3.1.3.2", header("ce-subject", "\xe9"), "ce-subject", utf8},
		{"a line break", "CE Type System", header("ce-subject", "a%0D%0Ab"), "ce-subject", control},
		{"DEL", "CE Type System", header("ce-subject", "%7F"), "ce-subject", control},
		{"a C1 control", "CE Type System", header("ce-subject", "%C2%85"), "ce-subject", control},
		{
			"a noncharacter of the BMP", "CE Type System", header("ce-subject", "%EF%B7%90"), "ce-subject",
			"must not contain code points that Unicode calls noncharacters",
		},
		{"a noncharacter at a plane's end", "CE Type System", header("ce-subject", "%F0%9F%BF%BF"), "ce-subject", ""},
		{"a quoted string without an end", "HTTP 3.1.3.2", header("ce-subject", `"abc`), "ce-subject", "is not a complete quoted string"},
		{"a quoted string that ends in a backslash", "HTTP 3.1.3.2", header("ce-subject", `"abc\`), "ce-subject", ""},
		{"text after a quoted string", "HTTP 3.1.3.2", header("ce-subject", `"abc"d`), "ce-subject", ""},
		{"a single quote sign", "HTTP 3.1.3.2", header("ce-subject", `"`), "ce-subject", ""},
		{
			"a media type without a slash", "CE datacontenttype", header("content-type", "json"), "content-type",
			"must be a media type of RFC 2046",
		},
		{"an empty content type", "CE datacontenttype", empty("Content-Type"), "content-type", ""},
		{
			"specversion before other faults", "CE specversion", header("ce-specversion", "0.3", "ce-data", "x", "ce-a", "%"),
			"ce-specversion", "",
		},
		{"the first by name of several faults", "", header("ce-b", "%", "ce-c", "%", "ce-a", "%"), "ce-a", percent},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := cloudevents.Read(c.header, []byte("{}"))
			wantFault(t, err, c.place, c.detail)
		})
	}
}

func TestReadBinaryKeepsTheBodyWithoutACopy(t *testing.T) {
	t.Parallel()
	body := []byte("abc")
	ev, err := cloudevents.Read(header("content-type", "text/plain"), body)
	if err != nil {
		t.Fatal(err)
	}
	if &ev.DataEncoded[0] != &body[0] {
		t.Error("the data was copied")
	}
}

func TestReadBinaryHoldsItsLimits(t *testing.T) {
	t.Parallel()
	limits := cloudevents.Limits{Attributes: 5, AttributeBytes: len("specversion")}
	cases := []struct {
		name   string
		header http.Header
		place  string // of the fault; "" if there is none
	}{
		{"as many attributes as allowed", header("ce-a", "1"), ""},
		{"a value as long as allowed", header("ce-id", strings.Repeat("x", 11)), ""},
		{"a value too long", header("ce-id", strings.Repeat("x", 12)), "ce-id"},
		{"a name too long", header("ce-"+strings.Repeat("x", 12), "1"), "ce-xxxxxxxxxxxx"},
		{"a content type too long", header("content-type", "text/plainer"), "content-type"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := limits.Read(c.header, nil)
			if c.place != "" {
				wantFault(t, err, c.place, "is longer than the limit")
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	_, err := limits.Read(header("ce-a", "1", "ce-b", "2"), nil)
	if err == nil || !strings.Contains(err.Error(), "more attributes than the limit") {
		t.Errorf("one attribute too many: error = %v", err)
	}
}

func TestErrorsDoNotRepeatValues(t *testing.T) {
	t.Parallel()
	_, err := cloudevents.Read(header("ce-subject", "secret%"), nil)
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("error = %v", err)
	}
	_, err = cloudevents.Read(header("ce-"+strings.Repeat("a_", 500), "x"), nil)
	if fault := (*cloudevents.Error)(nil); !errors.As(err, &fault) || len(fault.Error()) > 200 {
		t.Errorf("a long name is repeated: %v", err)
	}
}
