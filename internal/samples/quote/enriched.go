package quote

import "github.com/govalues/decimal"

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

// Currency says how amounts are written and paid.
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

// Item is a [Line] with what the catalogue says about it.
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
	var wrong problems
	if c := e.Currency; c.Digits < 0 || c.Digits > maxDigits || c.Cash.IsNeg() {
		wrong.add(place{noLine, "currency"}, "must have 0 to %d digits and no negative cash", maxDigits)
	}
	for i, item := range e.Lines {
		if item.Quantity < 1 || item.UnitPrice.IsNeg() || !isRate(item.TaxRate) || !isRate(item.VolumeRate) {
			wrong.add(place{line: i}, "must have a quantity above 0, a price of 0 or more, and rates from 0 to 1")
		}
	}
	if v := e.Voucher; v != nil && (!isRate(v.Rate) || v.Amount.IsNeg() || v.Minimum.IsNeg()) {
		wrong.add(place{noLine, "voucher"}, "must have a rate from 0 to 1 and no negative amount")
	}
	return wrong.err()
}
