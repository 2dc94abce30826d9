package quote

import (
	"context"
	"slices"

	"github.com/govalues/decimal"
)

// pricing is one run of the calculation.
type pricing struct {
	arithmetic

	quote    Quote
	problems problems
}

// price needs no table: all that counts is in the enriched order.
func price(_ context.Context, in Enriched) (Quote, error) {
	if err := in.check(); err != nil {
		return Quote{}, err
	}
	p := pricing{arithmetic: newArithmetic(in.Currency.Digits)}
	p.quote = Quote{
		Reference: in.Reference,
		Currency:  in.Currency.Code,
		Country:   in.Country.Code,
		Lines:     make([]PricedLine, len(in.Lines)),
		Discounts: []Discount{},
		Taxes:     []TaxTotal{},
	}
	if in.Country.Note != "" {
		p.quote.Notes = []string{in.Country.Note}
	}
	for i, item := range in.Lines {
		p.line(&p.quote.Lines[i], item)
	}
	p.voucher(in.Voucher)
	if err := p.problems.err(); err != nil {
		return Quote{}, err
	}
	p.totals(in.Currency.Cash)
	return p.quote, p.failure()
}

// line fills in what an item costs before the voucher and without tax.
func (p *pricing) line(line *PricedLine, item Item) {
	*line = PricedLine{
		SKU:         item.SKU,
		Description: item.Description,
		Quantity:    item.Quantity,
		UnitPrice:   p.round(item.UnitPrice),
		Discount:    p.round(decimal.Decimal{}),
		TaxRate:     item.TaxRate,
	}
	line.Net = p.times(line.UnitPrice, item.Quantity)
	p.volume(line, item)
}

// net is what the lines cost together.
func (p *pricing) net() decimal.Decimal {
	sum := p.round(decimal.Decimal{})
	for i := range p.quote.Lines {
		sum = p.add(sum, p.quote.Lines[i].Net)
	}
	return sum
}

// totals adds the tax to the lines and sums them up.
func (p *pricing) totals(coin decimal.Decimal) {
	zero := p.round(decimal.Decimal{})
	t := Totals{Discount: zero, Net: zero, Tax: zero, Gross: zero}
	for i := range p.quote.Lines {
		line := &p.quote.Lines[i]
		line.Tax = p.share(line.Net, line.TaxRate)
		line.Gross = p.add(line.Net, line.Tax)
		t.Discount = p.add(t.Discount, line.Discount)
		t.Net = p.add(t.Net, line.Net)
		t.Tax = p.add(t.Tax, line.Tax)
		t.Gross = p.add(t.Gross, line.Gross)
		p.tax(line)
	}
	t.Payable = t.Gross
	if coin.IsPos() {
		t.Payable = p.cash(t.Gross, coin)
		rounding := p.sub(t.Payable, t.Gross)
		t.Rounding = &rounding
	}
	p.quote.Totals = t
}

// tax adds a line to the total of its tax rate.
func (p *pricing) tax(line *PricedLine) {
	at, found := slices.BinarySearchFunc(p.quote.Taxes, line.TaxRate, func(t TaxTotal, rate decimal.Decimal) int {
		return t.Rate.Cmp(rate)
	})
	if !found {
		p.quote.Taxes = slices.Insert(p.quote.Taxes, at, TaxTotal{Rate: line.TaxRate})
	}
	total := &p.quote.Taxes[at]
	total.Net = p.add(total.Net, line.Net)
	total.Tax = p.add(total.Tax, line.Tax)
}
