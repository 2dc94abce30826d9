package quote_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/samples/quote"
)

func TestWhatIsForgiven(t *testing.T) {
	t.Parallel()
	f := newFunctions(t)
	want := quote.Order{Currency: "EUR", Country: "DE", Voucher: "WELCOME10", Lines: []quote.Line{{SKU: "MUG-ENAMEL", Quantity: 1}}}
	const spacedLines = "[ {\"sku\" : \"MUG-ENAMEL\" ,\"quantity\":\n1 } ] "
	cases := map[string]string{
		"voucher as people type it":    order("EUR", `"voucher":" welcome10\t"`, goodLines),
		"escapes in keys and values":   order("EUR", `"v\u006fucher":"WELCOME\u0031\u0030"`, `[{"s\u006bu":"MUG\u002DENAMEL","quantity":1}]`),
		"null and empty mean none":     order("EUR", `"reference":null,"voucher":"WELCOME10"`, goodLines),
		"the last of two equal keys":   order("EUR", `"voucher":"","voucher":"WELCOME10"`, goodLines),
		"white space":                  "\r\n" + order("EUR", "\"voucher\" :\n\"WELCOME10\"\t", spacedLines) + " ",
		"an empty reference is no one": order("EUR", `"voucher":"WELCOME10","reference":""`, goodLines),
	}
	for name, body := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := call(t.Context(), []byte(body), f.Validate)
			if err != nil {
				t.Fatal(err)
			}
			plain, err := json.Marshal(want)
			if err != nil || !bytes.Equal(data, plain) {
				t.Errorf("got %s, want %s (%v)", data, plain, err)
			}
		})
	}
}

func TestReferenceComesBackAsItWasSent(t *testing.T) {
	t.Parallel()
	reference := "Möbel \"№ 7\" / \u2028 <&> 🪑 \\"
	reference += strings.Repeat("x", quote.MaxReference-len(reference))
	text, err := json.Marshal(reference)
	if err != nil {
		t.Fatal(err)
	}
	if got := quoteOf(t, newFunctions(t), []byte(order("EUR", `"reference":`+string(text), goodLines))).Reference; got != reference {
		t.Errorf("got %q, want %q", got, reference)
	}
}

func TestMaximumNumberOfLinesIsLookedAt(t *testing.T) {
	t.Parallel()
	var want []string
	for range quote.MaxLines {
		want = append(want, "#/lines/", "#/lines/")
	}
	_, err := run(t.Context(), newFunctions(t), []byte(order("EUR", "", lines(quote.MaxLines))))
	refuses(t, err, want)
}
