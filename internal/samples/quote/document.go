package quote

import "github.com/govalues/decimal"

// Quote is the reply to an [Order]. All amounts are in its currency.
type Quote struct {
	// Reference is the one of the order.
	Reference string `json:"reference,omitempty"`
	// Currency is a code of ISO 4217.
	Currency string `json:"currency"`
	// Country is a code of ISO 3166-1 alpha-2.
	Country string `json:"country"`
	// Lines are in the order of the order's lines.
	Lines []PricedLine `json:"lines"`
	// Discounts lists the discounts with their reasons: the volume discounts in
	// the order of the lines, then the voucher's. They add up to
	// Totals.Discount.
	Discounts []Discount `json:"discounts"`
	// Taxes sums the lines up by tax rate, the lowest first.
	Taxes  []TaxTotal `json:"taxes"`
	Totals Totals     `json:"totals"`
	// Notes are for the customer.
	Notes []string `json:"notes,omitempty"`
}

// PricedLine is a line of a [Quote].
type PricedLine struct {
	SKU         string `json:"sku"`
	Description string `json:"description"`
	Quantity    int64  `json:"quantity"`
	// UnitPrice is the price of one piece without tax and discounts.
	UnitPrice decimal.Decimal `json:"unitPrice"`
	// Discount is the line's volume discount and its part of the voucher.
	Discount decimal.Decimal `json:"discount"`
	// Net is Quantity times UnitPrice less Discount.
	Net decimal.Decimal `json:"net"`
	// TaxRate is a fraction: 0.19 is 19%.
	TaxRate decimal.Decimal `json:"taxRate"`
	// Tax is Net times TaxRate, rounded half up.
	Tax decimal.Decimal `json:"tax"`
	// Gross is Net plus Tax.
	Gross decimal.Decimal `json:"gross"`
}

// Discount is a reduction that was applied. It has a SKU if it is a volume
// discount, and a Voucher if it comes from one.
type Discount struct {
	SKU     string `json:"sku,omitempty"`
	Voucher string `json:"voucher,omitempty"`
	// Reason is for the customer.
	Reason string          `json:"reason"`
	Amount decimal.Decimal `json:"amount"`
}

// TaxTotal sums up the lines of one tax rate.
type TaxTotal struct {
	Rate decimal.Decimal `json:"rate"`
	Net  decimal.Decimal `json:"net"`
	Tax  decimal.Decimal `json:"tax"`
}

// Totals are sums over the lines of a [Quote].
type Totals struct {
	Discount decimal.Decimal `json:"discount"`
	Net      decimal.Decimal `json:"net"`
	Tax      decimal.Decimal `json:"tax"`
	Gross    decimal.Decimal `json:"gross"`
	// Rounding is what rounding to the smallest coin adds to Gross: negative
	// if it takes away, absent if the currency has a coin for its last
	// decimal place.
	Rounding *decimal.Decimal `json:"rounding,omitempty"`
	// Payable is Gross plus Rounding.
	Payable decimal.Decimal `json:"payable"`
}
