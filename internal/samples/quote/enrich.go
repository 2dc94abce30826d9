package quote

import (
	"context"

	"github.com/govalues/decimal"
)

// Enriched is an [Order] with all that is needed to price it. Its amounts are
// in the currency of the order.
type Enriched struct {
	Reference string      `json:"reference,omitempty"`
	Currency  Currency    `json:"currency"`
	Country   Destination `json:"country"`
	Lines     []Item      `json:"lines"`
	// Voucher is nil if the order has none.
	Voucher *Terms `json:"voucher,omitempty"`
}

// Currency is how amounts are written and paid.
type Currency struct {
	// Code of ISO 4217.
	Code string `json:"code"`
	// Digits is the number of decimal places of an amount, 0 to 4.
	Digits int `json:"digits"`
	// Cash is the smallest amount that can be paid, if that is more than one
	// unit of the last decimal place; else 0.
	Cash decimal.Decimal `json:"cash,omitzero"`
}

// Destination is the country that an order is delivered to.
type Destination struct {
	// Code of ISO 3166-1 alpha-2.
	Code string `json:"code"`
	Name string `json:"name"`
	// Note is for the customer; "" means none.
	Note string `json:"note,omitempty"`
}

// Item is a [Line] with what the catalogue has about it.
type Item struct {
	SKU         string          `json:"sku"`
	Description string          `json:"description"`
	Quantity    int64           `json:"quantity"`
	UnitPrice   decimal.Decimal `json:"unitPrice"`
	TaxRate     decimal.Decimal `json:"taxRate"`
	// VolumeFrom is the quantity from which on the product has the volume
	// discount VolumeRate; both are 0 if the quantity is too small for any.
	VolumeFrom int64           `json:"volumeFrom,omitempty"`
	VolumeRate decimal.Decimal `json:"volumeRate,omitzero"`
}

// Terms of a voucher. One of Rate, Amount and SKU is set.
type Terms struct {
	Code   string `json:"code"`
	Reason string `json:"reason"`
	// Rate off the whole order.
	Rate decimal.Decimal `json:"rate,omitzero"`
	// Amount off the whole order.
	Amount decimal.Decimal `json:"amount,omitzero"`
	// SKU of which one piece is free.
	SKU string `json:"sku,omitempty"`
	// Minimum is the net value, after volume discounts, that the order must
	// have; 0 means none.
	Minimum decimal.Decimal `json:"minimum,omitzero"`
}

// check refuses what no enriched order is and what the arithmetic of price
// does not allow for: the step before may be another program.
func (e Enriched) check() error {
	var found problems
	if c := e.Currency; c.Digits < 0 || c.Digits > maxDigits || c.Cash.IsNeg() {
		found.add(place{noLine, "currency"}, "must have 0 to %d digits and no negative cash", maxDigits)
	}
	for i, item := range e.Lines {
		if item.Quantity < 1 || item.UnitPrice.IsNeg() || !isRate(item.TaxRate) || !isRate(item.VolumeRate) {
			found.add(place{line: i}, "must have a quantity above 0, a price of 0 or more, and rates from 0 to 1")
		}
	}
	if v := e.Voucher; v != nil && (!isRate(v.Rate) || v.Amount.IsNeg() || v.Minimum.IsNeg()) {
		found.add(place{noLine, "voucher"}, "must have a rate from 0 to 1 and no negative amount")
	}
	return found.err()
}

// enrich looks up what the order names. An order that validate has passed
// names nothing that is not there; another one is refused as validate does it.
func (t *tables) enrich(_ context.Context, in Order) (Enriched, error) {
	var found problems
	money, ok := t.currencies[in.Currency]
	if !ok {
		found.add(place{noLine, "currency"}, "%s is no currency that is quoted", shown(in.Currency))
	}
	land, ok := t.countries[in.Country]
	if !ok {
		found.add(place{noLine, "country"}, "%s is no country that is delivered to", shown(in.Country))
	}
	a := newArithmetic(money.Digits)
	out := Enriched{
		Reference: in.Reference,
		Currency:  money.Currency,
		Country:   land.Destination,
		Lines:     make([]Item, len(in.Lines)),
	}
	for i, line := range in.Lines {
		p, ok := t.products[line.SKU]
		if !ok {
			found.add(place{i, "sku"}, "%s is not in the catalogue", shown(line.SKU))
		}
		out.Lines[i] = Item{
			SKU: p.SKU, Description: p.Description, Quantity: line.Quantity,
			UnitPrice: a.share(p.Price, money.Rate), TaxRate: land.Tax[p.Tax],
		}
		out.Lines[i].VolumeFrom, out.Lines[i].VolumeRate = p.volumeDiscount(line.Quantity)
	}
	if in.Voucher != "" {
		v, ok := t.vouchers[in.Voucher]
		if !ok {
			found.add(place{noLine, "voucher"}, "%s is not a voucher of this shop", shown(in.Voucher))
		}
		out.Voucher = t.terms(v, money, &a)
	}
	if err := found.err(); err != nil {
		return Enriched{}, err
	}
	return out, a.failure()
}

// volumeDiscount returns the last discount that the quantity reaches.
func (p product) volumeDiscount(quantity int64) (from int64, rate decimal.Decimal) {
	for _, v := range p.Volume {
		if quantity < v.From {
			break
		}
		from, rate = v.From, v.Rate
	}
	return from, rate
}

// terms puts a voucher's amounts into the currency of the order.
func (t *tables) terms(v voucher, to currency, a *arithmetic) *Terms {
	amount, minimum := v.Amount, v.Minimum
	if from, ok := t.currencies[v.Currency]; ok {
		amount = a.convert(amount, from.Rate, to.Rate)
		minimum = a.convert(minimum, from.Rate, to.Rate)
	}
	return &Terms{
		Code:    v.Code,
		Reason:  v.Reason,
		Rate:    v.Rate,
		Amount:  a.round(amount),
		SKU:     v.SKU,
		Minimum: a.round(minimum),
	}
}
