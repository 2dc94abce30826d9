package quote_test

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/homing-dev/homing/internal/samples/quote"
)

// ownTables are the smallest tables of a shop, with one file replaced.
func ownTables(name, content string) fstest.MapFS {
	files := fstest.MapFS{
		"catalogue.json":  {Data: []byte(`[{"sku":"A","description":"a","price":"0.01","tax":"t","volume":[{"from":2,"rate":"0.5"}]}]`)},
		"currencies.json": {Data: []byte(`[{"code":"EUR","digits":2,"rate":"1"}]`)},
		"countries.json":  {Data: []byte(`[{"code":"DE","name":"Germany","tax":{"t":"0.5"}}]`)},
		"vouchers.json":   {Data: []byte(`[]`)},
	}
	if name != "" {
		files[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return files
}

func TestShopBringsItsOwnTables(t *testing.T) {
	t.Parallel()
	f, err := quote.Load(ownTables("", ""))
	if err != nil {
		t.Fatal(err)
	}
	q := quoteOf(t, f, []byte(`{"currency":"EUR","country":"DE","lines":[{"sku":"A","quantity":3}]}`))
	holds(t, q)
	// Half of 0.03 is 0.02 off; half of the 0.01 that is left is 0.01 tax.
	if got := q.Totals.Payable.String(); got != "0.02" {
		t.Errorf("to pay %s, want 0.02", got)
	}
}

func TestFreeItemIsWorthWhatItCostsAfterItsVolumeDiscount(t *testing.T) {
	t.Parallel()
	files := ownTables("vouchers.json", `[{"code":"ONE","reason":"one for free","sku":"A"}]`)
	files["catalogue.json"] = &fstest.MapFile{
		Data: []byte(`[{"sku":"A","price":"1.01","tax":"t","volume":[{"from":2,"rate":"0.5"}]}]`),
	}
	f, err := quote.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	cases := map[int]string{
		1: "1.01",
		2: "0.51", // half of 2.02 - 1.01, rounded up
		3: "0.50", // a third of 3.03 - 1.52
	}
	for quantity, want := range cases {
		q := quoteOf(t, f, fmt.Appendf(nil,
			`{"currency":"EUR","country":"DE","voucher":"one","lines":[{"sku":"A","quantity":%d}]}`, quantity))
		holds(t, q)
		if got := q.Discounts[len(q.Discounts)-1].Amount.String(); got != want {
			t.Errorf("one of %d is worth %s, want %s", quantity, got, want)
		}
	}
}

func TestEmbeddedTablesAreTheOnesInData(t *testing.T) {
	t.Parallel()
	if _, err := quote.Load(os.DirFS("data")); err != nil {
		t.Error(err)
	}
}

func TestMissingTableIsNamed(t *testing.T) {
	t.Parallel()
	for name := range ownTables("", "") {
		files := ownTables("", "")
		delete(files, name)
		if _, err := quote.Load(files); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("without %s: %v", name, err)
		}
	}
}

func TestWrongTableIsRefused(t *testing.T) {
	t.Parallel()
	const volumes = `[{"sku":"A","price":"1","tax":"t","volume":[{"from":2,"rate":"0.5"},%s]}]`
	const eur = `{"code":"EUR","digits":2,"rate":"1"}`
	cases := map[string]struct{ file, content, want string }{
		"no JSON":                 {"vouchers.json", `[`, "vouchers.json"},
		"misspelt field":          {"catalogue.json", `[{"sku":"A","prize":"1"}]`, `unknown field "prize"`},
		"amount no decimal":       {"catalogue.json", `[{"sku":"A","price":"one"}]`, "catalogue.json"},
		"key twice":               {"currencies.json", `[` + eur + `,` + eur + `]`, `the key "EUR"`},
		"key empty":               {"countries.json", `[{"tax":{"t":"0"}}]`, `the key ""`},
		"price 0":                 {"catalogue.json", `[{"sku":"A","tax":"t"}]`, "the price is not above 0"},
		"volume discount shrinks": {"catalogue.json", fmt.Sprintf(volumes, `{"from":3,"rate":"0.4"}`), "do not grow"},
		"volume out of order":     {"catalogue.json", fmt.Sprintf(volumes, `{"from":2,"rate":"0.6"}`), "do not grow"},
		"volume discount above 1": {"catalogue.json", fmt.Sprintf(volumes, `{"from":3,"rate":"1.5"}`), "do not grow"},
		"no tax rate":             {"countries.json", `[{"code":"DE","tax":{"x":"0"}}]`, `no tax rate from 0 to 1 for "t"`},
		"tax rate in percent":     {"countries.json", `[{"code":"DE","tax":{"t":"19"}}]`, "no tax rate"},
		"no EUR":                  {"currencies.json", `[{"code":"USD","digits":2,"rate":"1"}]`, "EUR"},
		"EUR not 1":               {"currencies.json", `[{"code":"EUR","digits":2,"rate":"1.1"}]`, "EUR"},
		"exchange rate 0":         {"currencies.json", `[` + eur + `,{"code":"USD","digits":2}]`, "USD: the rate"},
		"too many digits":         {"currencies.json", `[` + eur + `,{"code":"USD","digits":5,"rate":"1"}]`, "USD: the rate"},
		"coin below the digits":   {"currencies.json", `[{"code":"EUR","rate":"1","cash":"0.5"}]`, "EUR: the rate"},
		"voucher without terms":   {"vouchers.json", `[{"code":"V"}]`, "V: must have one of"},
		"voucher with two terms":  {"vouchers.json", `[{"code":"V","rate":"0.1","sku":"A"}]`, "V: must have one of"},
		"voucher in percent":      {"vouchers.json", `[{"code":"V","rate":"10"}]`, "V: the rate"},
		"voucher negative":        {"vouchers.json", `[{"code":"V","amount":"-1","currency":"EUR"}]`, "or an amount is negative"},
		"voucher of no product":   {"vouchers.json", `[{"code":"V","sku":"B"}]`, `V: the catalogue has no "B"`},
		"voucher of no currency":  {"vouchers.json", `[{"code":"V","amount":"1"}]`, `V: the currency ""`},
		"voucher unknown money":   {"vouchers.json", `[{"code":"V","amount":"1","currency":"XXX"}]`, `V: the currency "XXX"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := quote.Load(ownTables(c.file, c.content)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an error with %q", err, c.want)
			}
		})
	}
}
