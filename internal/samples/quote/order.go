package quote

// Limits of an [Order]. They bound the work of one call.
const (
	// MaxLines is the largest number of lines of an order.
	MaxLines = 1000
	// MaxQuantity is the largest quantity of a line.
	MaxQuantity = 10_000
	// MaxReference is the largest size of a customer reference in bytes.
	MaxReference = 200
)

// Order is what a shop asks a quote for, and what Validate returns.
type Order struct {
	// Reference is the customer's own name for the order. It is repeated in
	// the quote; "" means none.
	Reference string `json:"reference,omitempty"`
	// Currency of the quote, a code of ISO 4217 such as "EUR".
	Currency string `json:"currency"`
	// Country of destination, a code of ISO 3166-1 alpha-2 such as "DE". It
	// decides about the tax.
	Country string `json:"country"`
	// Voucher is the code of a voucher; "" means none. Spaces around it and
	// lower case are forgiven, since people type it.
	Voucher string `json:"voucher,omitempty"`
	// Lines has 1 to [MaxLines] lines with different SKUs.
	Lines []Line `json:"lines"`
}

// Line is a product and how many pieces of it are ordered.
type Line struct {
	// SKU is the product's key in the catalogue.
	SKU string `json:"sku"`
	// Quantity is 1 to [MaxQuantity].
	Quantity int64 `json:"quantity"`
}
