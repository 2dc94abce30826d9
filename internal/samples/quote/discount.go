package quote

import (
	"fmt"
	"slices"

	"github.com/govalues/decimal"
)

// volume takes the volume discount of an item off its line.
func (p *pricing) volume(line *PricedLine, item Item) {
	if item.VolumeRate.IsZero() {
		return
	}
	amount := p.share(line.Net, item.VolumeRate)
	p.take(line, amount)
	p.quote.Discounts = append(p.quote.Discounts, Discount{
		SKU:    item.SKU,
		Reason: fmt.Sprintf("%k off from %d pieces on", item.VolumeRate, item.VolumeFrom),
		Amount: amount,
	})
}

// voucher takes the discount of the order's voucher off the lines, or notes
// why it cannot be used.
func (p *pricing) voucher(terms *Terms) {
	if terms == nil {
		return
	}
	at := place{noLine, "voucher"}
	value := p.net()
	if value.Less(terms.Minimum) {
		p.problems.add(at, "%s needs a net order value of %s %s, but this order has %s",
			shown(terms.Code), terms.Minimum, p.quote.Currency, value)
		return
	}
	var amount decimal.Decimal
	switch {
	case terms.SKU != "":
		i := slices.IndexFunc(p.quote.Lines, func(l PricedLine) bool { return l.SKU == terms.SKU })
		if i < 0 {
			p.problems.add(at, "%s makes one piece of %s free, but the order has none; add it as a line",
				shown(terms.Code), shown(terms.SKU))
			return
		}
		line := &p.quote.Lines[i]
		amount = p.onePiece(line)
		p.take(line, amount)
	case !terms.Rate.IsZero():
		amount = p.share(value, terms.Rate)
		p.spread(amount, value)
	default:
		amount = p.round(terms.Amount.Min(value)) // no money comes back
		p.spread(amount, value)
	}
	p.quote.Discounts = append(p.quote.Discounts, Discount{Voucher: terms.Code, Reason: terms.Reason, Amount: amount})
}

// onePiece is what one piece of the line costs after its volume discount.
func (p *pricing) onePiece(line *PricedLine) decimal.Decimal {
	quantity := p.keep(decimal.New(line.Quantity, 0))
	return p.round(p.keep(line.Net.QuoExact(quantity, p.digits+1)))
}

// spread takes an amount off all lines, in proportion to what they cost; value
// is what they cost together. A line gets the running total's part less what
// the lines before it got, so rounding errors do not pile up and the parts add
// up to the amount. Since that is at most value, and rounding keeps order, no
// line gets more than it costs.
func (p *pricing) spread(amount, value decimal.Decimal) {
	if value.IsZero() {
		return
	}
	// The quotient comes first: a product of two large amounts would not fit.
	// With its 19 decimal places and at most 18 digits of value, its error is
	// far below half of the last decimal place of an amount.
	ratio := p.keep(amount.Quo(value))
	var cost, given decimal.Decimal
	for i := range p.quote.Lines {
		line := &p.quote.Lines[i]
		cost = p.add(cost, line.Net)
		part := p.sub(p.share(cost, ratio), given)
		given = p.add(given, part)
		p.take(line, part)
	}
}

func (p *pricing) take(line *PricedLine, amount decimal.Decimal) {
	line.Discount = p.add(line.Discount, amount)
	line.Net = p.sub(line.Net, amount)
}
