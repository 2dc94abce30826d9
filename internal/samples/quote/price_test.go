package quote_test

import (
	"fmt"
	"testing"
)

// TestPrice holds amounts that were computed by hand. Every case is one line.
func TestPrice(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, currency, country, voucher, sku string
		quantity                              int
		// unit price, discount, net, tax, gross, amount to pay
		want string
	}{
		{"no volume discount below its quantity", "EUR", "DE", "", "NOTE-A5-DOT", 9, "12.90 0.00 116.10 22.06 138.16 138.16"},
		{"volume discount at its quantity", "EUR", "DE", "", "NOTE-A5-DOT", 10, "12.90 6.45 122.55 23.28 145.83 145.83"},
		{"last volume discount below the next", "EUR", "DE", "", "NOTE-A5-DOT", 49, "12.90 31.61 600.49 114.09 714.58 714.58"},
		{"next volume discount", "EUR", "DE", "", "NOTE-A5-DOT", 50, "12.90 64.50 580.50 110.30 690.80 690.80"},
		{"tax of half a cent is rounded up", "EUR", "DE", "", "BOOK-LEDGER", 1, "27.50 0.00 27.50 1.93 29.43 29.43"},
		{"zero rate", "GBP", "GB", "", "BOOK-LEDGER", 1, "23.20 0.00 23.20 0.00 23.20 23.20"},
		{"no tax on a donation", "EUR", "SE", "", "TREE-DONATION", 2, "5.00 0.00 10.00 0.00 10.00 10.00"},
		{"percent voucher", "EUR", "AT", "WELCOME10", "MUG-ENAMEL", 1, "14.20 1.42 12.78 2.56 15.34 15.34"},
		{"percent voucher after volume discount", "EUR", "NL", "WELCOME10", "COFFEE-ESPRESSO-1KG", 6, "21.90 19.05 112.35 10.11 122.46 122.46"},
		{"amount voucher in its own currency", "CHF", "CH", "BERN20", "PEN-FOUNTAIN-M", 2, "74.35 20.00 128.70 10.42 139.12 139.10"},
		{"amount voucher in another currency", "EUR", "CH", "BERN20", "PEN-FOUNTAIN-M", 2, "79.00 21.25 136.75 11.08 147.83 147.83"},
		{"amount voucher gives no money back", "GBP", "GB", "SORRY5", "PEN-GEL-BLACK", 1, "1.98 1.98 0.00 0.00 0.00 0.00"},
		{"voucher at its minimum", "EUR", "LU", "SPRING25", "TREE-DONATION", 30, "5.00 25.00 125.00 0.00 125.00 125.00"},
		{"free item", "EUR", "FR", "FREEMUG", "MUG-ENAMEL", 5, "14.20 14.20 56.80 11.36 68.16 68.16"},
		{"yen have no decimal places", "JPY", "JP", "", "TEA-DARJEELING-250", 1, "1919 0 1919 154 2073 2073"},
		{"won have no decimal places", "KRW", "KR", "WELCOME10", "TREE-DONATION", 1, "7437 744 6693 0 6693 6693"},
		{"dinars have three", "KWD", "BH", "", "COFFEE-ESPRESSO-1KG", 1, "7.296 0.000 7.296 0.730 8.026 8.026"},
		{"francs are paid by 5 Rappen, down", "CHF", "CH", "", "INK-BLUE-50", 1, "9.22 0.00 9.22 0.75 9.97 9.95"},
		{"francs are paid by 5 Rappen, up", "CHF", "CH", "", "PEN-GEL-BLACK", 1, "2.21 0.00 2.21 0.18 2.39 2.40"},
		{
			"largest quantity of the dearest product", "KRW", "KR", "", "CHAIR-ERGO", 10_000,
			"578579 347147400 5438642600 543864260 5982506860 5982506860",
		},
	}
	f := newFunctions(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			q := quoteOf(t, f, fmt.Appendf(nil, `{"currency":%q,"country":%q,"voucher":%q,"lines":[{"sku":%q,"quantity":%d}]}`,
				c.currency, c.country, c.voucher, c.sku, c.quantity))
			holds(t, q)
			line := q.Lines[0]
			got := fmt.Sprint(line.UnitPrice, " ", line.Discount, " ", line.Net, " ", line.Tax, " ", line.Gross, " ", q.Totals.Payable)
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestRoundingToTheCoinIsShownOnlyWhereThereIsOne(t *testing.T) {
	t.Parallel()
	f := newFunctions(t)
	const order = `{"currency":%q,"country":"CH","lines":[{"sku":"INK-BLUE-50","quantity":1}]}`
	if r := quoteOf(t, f, fmt.Appendf(nil, order, "CHF")).Totals.Rounding; r == nil || r.String() != "-0.02" {
		t.Errorf("CHF: rounding %v, want -0.02", r)
	}
	if r := quoteOf(t, f, fmt.Appendf(nil, order, "EUR")).Totals.Rounding; r != nil {
		t.Errorf("EUR: rounding %v, want none", r)
	}
}

func TestDiscountsHaveAReason(t *testing.T) {
	t.Parallel()
	q := quoteOf(t, newFunctions(t), []byte(`{"currency":"EUR","country":"DE","voucher":"SPRING25","lines":[
		{"sku":"PAPER-A4-80","quantity":40},{"sku":"INK-BLUE-50","quantity":1}]}`))
	if len(q.Discounts) != 2 {
		t.Fatalf("got %d discounts, want 2: %+v", len(q.Discounts), q.Discounts)
	}
	volume, voucher := q.Discounts[0], q.Discounts[1]
	if volume.SKU != "PAPER-A4-80" || volume.Reason != "12.5% off from 40 pieces on" || volume.Amount.String() != "27.45" {
		t.Errorf("volume discount %+v", volume)
	}
	if voucher.Voucher != "SPRING25" || voucher.Reason == "" || voucher.Amount.String() != "25.00" {
		t.Errorf("voucher %+v", voucher)
	}
	// 192.15 and 9.80 make 201.95, so the ink bears 25 x 9.80 / 201.95 = 1.21 of the voucher.
	if got := q.Lines[1].Discount.String(); got != "1.21" {
		t.Errorf("the second line bears %s of the voucher, want 1.21", got)
	}
}
