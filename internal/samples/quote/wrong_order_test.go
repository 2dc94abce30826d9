package quote_test

import (
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/samples/quote"
)

const goodLines = `[{"sku":"MUG-ENAMEL","quantity":1}]`

// TestWrongOrder names the whole list of problems, each as "pointer detail" of
// which the detail may be cut short.
func TestWrongOrder(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		order string
		want  []string
	}{
		"null":         {`null`, []string{"# must be an object, but is null"}},
		"array":        {`[]`, []string{"# must be an object, but is an array"}},
		"number":       {`12`, []string{"# must be an object, but is a number"}},
		"empty object": {`{}`, []string{"#/currency is missing", "#/country is missing", "#/lines is missing"}},
		"every field null": {
			`{"reference":null,"currency":null,"country":null,"voucher":null,"lines":null}`,
			[]string{
				"#/currency must be a string, but is null", "#/country must be a string, but is null",
				"#/lines must be an array, but is null",
			},
		},
		"wrong types": {
			`{"reference":1,"currency":true,"country":{},"voucher":[],"lines":"x"}`,
			[]string{
				"#/reference must be a string, but is a number", "#/currency must be a string, but is a boolean",
				"#/country must be a string, but is an object", "#/voucher must be a string, but is an array",
				"#/lines must be an array, but is a string",
			},
		},
		"unknown codes": {
			order("", `"currency":"EURO","country":"ZZ","voucher":"WELCOME11"`, goodLines),
			[]string{
				`#/currency "EURO" is no currency that is quoted; it must be one of BHD, CHF,`,
				`#/country "ZZ" is no country that is delivered to; it must be one of AT, BE,`,
				`#/voucher "WELCOME11" is not a voucher of this shop`,
			},
		},
		"codes in lower case": {
			order("", `"currency":"eur","country":"de"`, goodLines),
			[]string{`#/currency "eur" is no currency`, `#/country "de" is no country`},
		},
		"long reference": {
			order("EUR", `"reference":"`+strings.Repeat("x", quote.MaxReference+1)+`"`, goodLines),
			[]string{"#/reference must have at most 200 bytes, but has 201"},
		},
		"unknown fields": {
			order("EUR", `"vouchr":"X","a/b~c d":{"sku":[1,"]"]}`, `[{"sku":"MUG-ENAMEL","quantity":1,"quantitiy":2,"SKU":"X"}]`),
			[]string{
				`#/vouchr is not a field of an order; did you mean "voucher"?`,
				`#/a~1b~0c%20d is not a field of an order`,
				`#/lines/0/quantitiy is not a field of an order; did you mean "quantity"?`,
				`#/lines/0/SKU is not a field of an order; did you mean "sku"?`,
			},
		},
		"no lines":       {order("EUR", "", `[]`), []string{"#/lines must have 1 to 1000 lines, but has 0"}},
		"too many lines": {order("EUR", "", lines(quote.MaxLines+1)), []string{"#/lines must have 1 to 1000 lines, but has 1001"}},
		"line no object": {order("EUR", "", `[{"sku":"MUG-ENAMEL","quantity":1},7]`), []string{"#/lines/1 must be an object, but is a number"}},
		"empty line":     {order("EUR", "", `[{}]`), []string{"#/lines/0/sku is missing", "#/lines/0/quantity is missing"}},
		"sku no string":  {order("EUR", "", `[{"sku":7,"quantity":1}]`), []string{"#/lines/0/sku must be a string, but is a number"}},
		"unknown sku": {
			order("EUR", "", `[{"sku":"NOTE-A5-DOTS","quantity":1}]`),
			[]string{`#/lines/0/sku "NOTE-A5-DOTS" is not in the catalogue; did you mean "NOTE-A5-DOT"?`},
		},
		"sku in lower case": {
			order("EUR", "", `[{"sku":"mug-enamel","quantity":1}]`),
			[]string{`#/lines/0/sku "mug-enamel" is not in the catalogue; did you mean "MUG-ENAMEL"?`},
		},
		"sku like none": {order("EUR", "", `[{"sku":"TROMBONE","quantity":1}]`), []string{`#/lines/0/sku "TROMBONE" is not in the catalogue`}},
		"same sku twice": {
			order("EUR", "", `[{"sku":"MUG-ENAMEL","quantity":1},{"sku":"MUG-ENAMEL","quantity":2}]`),
			[]string{`#/lines/1/sku "MUG-ENAMEL" is in line 0 already`},
		},
		"minimum not met": {
			order("EUR", `"voucher":"SPRING25"`, goodLines),
			[]string{`#/voucher "SPRING25" needs a net order value of 150.00 EUR, but this order has 14.20`},
		},
		"free item not ordered": {
			order("EUR", `"voucher":"FREEMUG"`, `[{"sku":"CHAIR-ERGO","quantity":1}]`),
			[]string{`#/voucher "FREEMUG" makes one piece of "MUG-ENAMEL" free, but the order has none; add it as a line`},
		},
		"problems of all lines at once": {
			order("XXX", `"voucher":"NO"`, `[{"sku":"A","quantity":0},{"sku":"MUG-ENAMEL","quantity":1},{"sku":7}]`),
			[]string{
				`#/currency "XXX"`, `#/voucher "NO"`, `#/lines/0/sku "A"`, `#/lines/0/quantity must be 1 to 10000`,
				"#/lines/2/sku must be a string", "#/lines/2/quantity is missing",
			},
		},
	}
	f := newFunctions(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := run(t.Context(), f, []byte(c.order))
			refuses(t, err, c.want)
		})
	}
}
