package quote_test

import (
	"net/http"
	"strings"
	"testing"
)

// Enrich and Price may run in processes of their own, behind a step that is
// not ours.

func TestEnrichRefusesWhatValidateWouldRefuse(t *testing.T) {
	t.Parallel()
	_, err := call(t.Context(), []byte(`{"currency":"XXX","country":"ZZ","voucher":"NO","lines":[{"sku":"A","quantity":1}]}`),
		newFunctions(t).Enrich)
	refuses(t, err, []string{"#/currency", "#/country", "#/lines/0/sku", "#/voucher"})
}

func TestPriceRefusesWhatEnrichNeverMakes(t *testing.T) {
	t.Parallel()
	const item = `"quantity":1,"unitPrice":"1","taxRate":"0.1"`
	cases := map[string]struct{ enriched, pointer string }{
		"digits below 0":       {`{"currency":{"digits":-1}}`, "#/currency"},
		"digits above 4":       {`{"currency":{"digits":5}}`, "#/currency"},
		"negative coin":        {`{"currency":{"cash":"-0.05"}}`, "#/currency"},
		"no quantity":          {`{"lines":[{` + item + `,"quantity":0}]}`, "#/lines/0"},
		"negative price":       {`{"lines":[{` + item + `,"unitPrice":"-1"}]}`, "#/lines/0"},
		"tax above all":        {`{"lines":[{` + item + `},{` + item + `,"taxRate":"1.01"}]}`, "#/lines/1"},
		"negative discount":    {`{"lines":[{` + item + `,"volumeRate":"-0.1"}]}`, "#/lines/0"},
		"voucher above all":    {`{"voucher":{"rate":"2"}}`, "#/voucher"},
		"minimum below 0":      {`{"voucher":{"minimum":"-1"}}`, "#/voucher"},
		"voucher costs amount": {`{"voucher":{"amount":"-2"}}`, "#/voucher"},
	}
	f := newFunctions(t)
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := call(t.Context(), []byte(c.enriched), f.Price)
			refuses(t, err, []string{c.pointer})
		})
	}
}

func TestAmountsThatDoNotFitAreRefusedAndNotCut(t *testing.T) {
	t.Parallel()
	huge := `{"currency":{"code":"EUR","digits":2},"lines":[` +
		strings.TrimSuffix(strings.Repeat(`{"quantity":9000000,"unitPrice":"9999999999.99","taxRate":"0.19"},`, 3), ",") + `]}`
	_, err := call(t.Context(), []byte(huge), newFunctions(t).Price)
	if statusOf(err) != http.StatusUnprocessableEntity || !strings.Contains(err.Error(), "too large") {
		t.Errorf("got %v, want a 422 error", err)
	}
}
