package quote_test

import (
	"math/big"
	"testing"

	"github.com/govalues/decimal"

	"github.com/homing-dev/homing/internal/samples/quote"
)

// holds checks what must be true of every quote, with the big rationals of the
// standard library and not with the arithmetic under test.
func holds(tb testing.TB, q quote.Quote) {
	tb.Helper()
	var total struct{ discount, net, tax, gross, reasons, taxNet, taxes big.Rat }
	for i, line := range q.Lines {
		digits := line.Net.Scale()
		cost := product(rat(line.UnitPrice), big.NewRat(line.Quantity, 1))
		equal(tb, "quantity x unit price", i, cost, sum(rat(line.Net), rat(line.Discount)))
		equal(tb, "tax", i, halfUp(product(rat(line.Net), rat(line.TaxRate)), digits), rat(line.Tax))
		equal(tb, "gross", i, sum(rat(line.Net), rat(line.Tax)), rat(line.Gross))
		if line.Net.IsNeg() || line.Discount.IsNeg() {
			tb.Errorf("line %d: net %s or discount %s is negative", i, line.Net, line.Discount)
		}
		for _, amount := range []decimal.Decimal{line.UnitPrice, line.Discount, line.Tax, line.Gross, q.Totals.Net, q.Totals.Payable} {
			if amount.Scale() != digits {
				tb.Errorf("line %d: %s has not the %d decimal places of %s", i, amount, digits, line.Net)
			}
		}
		total.discount.Add(&total.discount, rat(line.Discount))
		total.net.Add(&total.net, rat(line.Net))
		total.tax.Add(&total.tax, rat(line.Tax))
		total.gross.Add(&total.gross, rat(line.Gross))
	}
	for _, d := range q.Discounts {
		total.reasons.Add(&total.reasons, rat(d.Amount))
	}
	for i, tax := range q.Taxes {
		total.taxNet.Add(&total.taxNet, rat(tax.Net))
		total.taxes.Add(&total.taxes, rat(tax.Tax))
		if i > 0 && !q.Taxes[i-1].Rate.Less(tax.Rate) {
			tb.Errorf("the tax rates %v are not in order", q.Taxes)
		}
	}
	const all = -1
	equal(tb, "total discount", all, &total.discount, rat(q.Totals.Discount))
	equal(tb, "reasons of the discount", all, &total.reasons, rat(q.Totals.Discount))
	equal(tb, "total net", all, &total.net, rat(q.Totals.Net))
	equal(tb, "net by tax rate", all, &total.taxNet, rat(q.Totals.Net))
	equal(tb, "total tax", all, &total.tax, rat(q.Totals.Tax))
	equal(tb, "tax by tax rate", all, &total.taxes, rat(q.Totals.Tax))
	equal(tb, "total gross", all, &total.gross, rat(q.Totals.Gross))
	payable := rat(q.Totals.Gross)
	if q.Totals.Rounding != nil {
		payable = sum(payable, rat(*q.Totals.Rounding))
	}
	equal(tb, "payable", all, payable, rat(q.Totals.Payable))
}

func equal(tb testing.TB, what string, line int, want, got *big.Rat) {
	tb.Helper()
	if want.Cmp(got) != 0 {
		tb.Errorf("line %d: %s is %s, want %s", line, what, got.FloatString(6), want.FloatString(6))
	}
}

func rat(d decimal.Decimal) *big.Rat {
	r, ok := new(big.Rat).SetString(d.String())
	if !ok {
		return big.NewRat(-1, 1)
	}
	return r
}

func sum(a, b *big.Rat) *big.Rat     { return new(big.Rat).Add(a, b) }
func product(a, b *big.Rat) *big.Rat { return new(big.Rat).Mul(a, b) }

// halfUp rounds r, which is not negative: floor(r x 10^digits + 1/2) / 10^digits.
func halfUp(r *big.Rat, digits int) *big.Rat {
	power := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
	scaled := sum(product(r, power), big.NewRat(1, 2))
	whole := new(big.Int).Quo(scaled.Num(), scaled.Denom())
	return new(big.Rat).Quo(new(big.Rat).SetInt(whole), power)
}
