package chainfile_test

import (
	"strings"
	"testing"
)

func TestNameOfAChainIsRefused(t *testing.T) {
	t.Parallel()
	const rest = "\n    route: POST /a\n    steps: [quote.price]\n"
	const at = "chain.yaml:2:11: chains[0].name: "
	const not = " is not a name of letters, digits and dashes"
	refuse(t, map[string]refused{
		"underscore": {"chains:\n  - name: quote_v2" + rest, at + `"quote_v2"` + not + `; did you mean "quote-v2"?`},
		"space":      {"chains:\n  - name: my quote" + rest, at + `"my quote"` + not + `; did you mean "my-quote"?`},
		"no letter":  {"chains:\n  - name: ø" + rest, at + `"ø"` + not},
		"empty":      {"chains:\n  - name: ''" + rest, at + `""` + not},
		"long": {
			"chains:\n  - name: " + strings.Repeat("a_", 60) + rest,
			at + `"` + strings.Repeat("a_", 30) + `…"` + not,
		},
		"two lines": {"chains:\n  - name: \"a\\nb\"" + rest, at + `"a\nb"` + not + `; did you mean "a-b"?`},
	})
}

func TestHeaderIsRefused(t *testing.T) {
	t.Parallel()
	const at = "chain.yaml:5:15: chains[0].headers[0]: "
	refuse(t, map[string]refused{
		"colon": {withField("headers: ['Accept:']"), at + `"Accept:" is not the name of a header; did you mean "Accept"?`},
		"space": {
			withField("headers: [Accept Language]"),
			at + `"Accept Language" is not the name of a header; did you mean "Accept-Language"?`,
		},
		"empty": {withField("headers: ['']"), at + `"" is not the name of a header`},
		"attribute of the path": {
			withField("headers: [Path]"),
			at + `"Path" cannot be carried: the event's attribute httppath has another meaning`,
		},
		"attribute of the status": {
			withField("headers: [Sta-Tus]"),
			at + `"Sta-Tus" cannot be carried: the event's attribute httpstatus has another meaning`,
		},
		"no letter": {
			withField("headers: [_]"),
			at + `"_" cannot be carried: an attribute is named by letters and digits`,
		},
		"listed twice": {
			withField("headers: [Accept, Accept]"),
			`chain.yaml:5:23: chains[0].headers[1]: "Accept" is listed already, at line 5`,
		},
		"same header in another case": {
			withField("headers: [X-Shop, x-shop]"),
			`chain.yaml:5:23: chains[0].headers[1]: "x-shop" and "X-Shop" would share the event's attribute httpxshop`,
		},
		"two headers, one attribute": {
			withField("headers: [X-Shop, XShop]"),
			`chain.yaml:5:23: chains[0].headers[1]: "XShop" and "X-Shop" would share the event's attribute httpxshop`,
		},
	})
}

func TestMediaTypeIsRefused(t *testing.T) {
	t.Parallel()
	const at = "chain.yaml:5:16: chains[0].consumes[0]: "
	refuse(t, map[string]refused{
		"no slash":    {withField("consumes: [json]"), at + `"json" is not a media type; did you mean "application/json"?`},
		"half":        {withField("consumes: [image/]"), at + `"image/" is not a media type`},
		"other half":  {withField("consumes: [/png]"), at + `"/png" is not a media type`},
		"bad operand": {withField("consumes: [text/plain; charset]"), at + `"text/plain; charset" is not a media type`},
		"empty":       {withField("consumes: ['']"), at + `"" is not a media type`},
		"two in one":  {withField("consumes: ['text/plain, text/html']"), at + `"text/plain, text/html" is not a media type`},
		"also of what": {
			withField("produces: [png]"),
			`chain.yaml:5:16: chains[0].produces[0]: "png" is not a media type; did you mean "image/png"?`,
		},
	})
}

func TestWordIsRefused(t *testing.T) {
	t.Parallel()
	const not = " is not a word: it must not be empty or hold spaces"
	refuse(t, map[string]refused{
		"tenant with a space": {
			withField("tenants: [my shop]"),
			`chain.yaml:5:15: chains[0].tenants[0]: "my shop"` + not + `; did you mean "my-shop"?`,
		},
		"empty type": {withField(`type: ""`), `chain.yaml:5:11: chains[0].type: ""` + not},
		"control character in a type": {
			withField(`type: "a\u0000"`), `chain.yaml:5:11: chains[0].type: "a\x00"` + not,
		},
	})
}

func TestQueryIsRefused(t *testing.T) {
	t.Parallel()
	refuse(t, map[string]refused{
		"type of Go": {
			withField("query: [{name: w, type: int}]"),
			`chain.yaml:5:29: chains[0].query[0].type: "int" is not one of string, integer, number, boolean; did you mean "integer"?`,
		},
		"type that fits in no query": {
			withField("query: [{name: w, type: object}]"),
			`chain.yaml:5:29: chains[0].query[0].type: "object" is not one of string, integer, number, boolean`,
		},
		"no name": {
			withField("query: [{type: integer}]"),
			`chain.yaml:5:13: chains[0].query[0]: the field "name" is missing`,
		},
		"name given twice": {
			withField("query:", "  - name: w", "  - name: h", "  - name: w"),
			`chain.yaml:8:15: chains[0].query[2].name: the parameter "w" is there already, at line 6`,
		},
		"text alone": {
			withField("query: [w]"),
			`chain.yaml:5:13: chains[0].query[0]: expected a mapping with name, type, description, required, found the text "w"`,
		},
	})
}

func TestStepThatOutlivesItsChainIsRefused(t *testing.T) {
	t.Parallel()
	const step = "\n    steps: [{function: quote.price, timeout: 1m}]\n"
	const at = "chain.yaml:5:46: chains[0].steps[0].timeout: 1m0s is longer than the chain's "
	refuse(t, map[string]refused{
		"timeout": {
			"chains:\n  - name: a\n    route: POST /a\n    timeout: 10s" + step,
			at + `timeout, 10s`,
		},
		"default": {
			"chains:\n  - name: a\n    route: POST /a\n    progress: true" + step,
			at + `default timeout, 25s`,
		},
		"async timeout": {
			"chains:\n  - name: a\n    route: POST /a\n    asyncTimeout: 30s" + step,
			at + `asyncTimeout, 30s`,
		},
		"timeout that is wrong itself": {
			"chains:\n  - name: a\n    route: POST /a\n    timeout: 10" + step,
			`chain.yaml:4:14: chains[0].timeout: the duration "10" has no unit; did you mean "10s"?`,
		},
		"timeout written after the steps": {
			withSteps("[{function: quote.price, timeout: 20s}]") + "    timeout: 10s\n",
			`chain.yaml:4:46: chains[0].steps[0].timeout: 20s is longer than the chain's timeout, 10s`,
		},
	})
}
