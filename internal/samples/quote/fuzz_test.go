package quote_test

import (
	"bytes"
	"net/http"
	"testing"
)

// FuzzQuote sends any bytes through the chain: the caller is to blame (4xx), or
// gets a quote whose sums hold, the same one each time.
func FuzzQuote(f *testing.F) {
	for _, name := range []string{"order", "bern", "kuwait", "new-york", "tokyo"} {
		f.Add(readFile(f, "../../../testdata/"+name+".json"))
	}
	for _, seed := range []string{
		"", "null", `{"lines":[]}`, `{"lines":[{"quantity":"2"}]}`,
		order("EUR", `"voucher":"SPRING25"`, `[{"sku":"MUG-ENAMEL","quantity":99999999999999999999}]`),
		order("KRW", `"voucher":"sorry5"`, `[{"sku":"MUG-ENAMEL","quantity":10000},{"sku":"TREE-DONATION","quantity":1}]`),
	} {
		f.Add([]byte(seed))
	}
	functions := newFunctions(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		first, err := run(t.Context(), functions, data)
		if err != nil {
			blamesTheCaller(t, err)
			return
		}
		holds(t, parse(t, first))
		again, err := run(t.Context(), functions, data)
		if err != nil || !bytes.Equal(first, again) {
			t.Errorf("the second quote is %s, %v; the first one was %s", again, err, first)
		}
	})
}

// FuzzPrice does the same with what another program may send to the last step.
func FuzzPrice(f *testing.F) {
	functions := newFunctions(f)
	for _, name := range []string{"order", "bern", "tokyo"} {
		enriched, err := call(f.Context(), readFile(f, "../../../testdata/"+name+".json"), functions.Validate, functions.Enrich)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(enriched)
	}
	f.Add([]byte(`{"currency":{"digits":4},"lines":[{"quantity":9,"unitPrice":"99999999999999.9999","taxRate":"1"},
		{"quantity":1,"unitPrice":"0.0001","taxRate":"1"}],"voucher":{"rate":"0.3333333333333333333"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		reply, err := call(t.Context(), data, functions.Price)
		if err != nil {
			blamesTheCaller(t, err)
			return
		}
		holds(t, parse(t, reply))
	})
}

func blamesTheCaller(tb testing.TB, err error) {
	tb.Helper()
	if status := statusOf(err); status < http.StatusBadRequest || status >= http.StatusInternalServerError {
		tb.Errorf("status %d, want 4xx: %v", status, err)
	}
}
