// Package quote is the sample chain "quote" of a small shop: an order goes in,
// a quote with discounts, taxes and totals comes out. [New] creates its three
// functions, which run in this order:
//
//   - Validate reads an [Order] and lists everything that is wrong with it;
//   - Enrich looks up what the order names: an [Enriched] order with prices in
//     the order's currency, tax rates and the terms of the voucher;
//   - Price does the arithmetic: a [Quote].
//
// # Amounts
//
// Amounts and rates are exact decimals, and JSON strings such as "12.30": a
// JSON number is read as a binary floating-point number by most programs, which
// has no 12.30, and loses the zero that says how precise the amount is. A
// rate is a fraction: "0.19" is 19%.
//
// An amount has as many decimal places as its currency: 2, or none for JPY and
// KRW, or 3 for KWD and BHD. It is rounded half up (commercial rounding: 0.125
// becomes 0.13), because that is what tax offices and the customer's
// calculator do; half-even avoids a bias only where many rounded numbers are
// averaged.
//
// # Order of the calculation
//
//  1. The unit price is the price of the catalogue times the exchange rate,
//     rounded.
//  2. A volume discount is a rate of unit price times quantity, rounded.
//  3. The voucher's discount is spread over the lines in proportion to what
//     they cost, so that each tax rate gets its part, and the parts add up; a
//     free piece is worth what one piece of its line costs by then.
//  4. Net of a line is unit price times quantity less its discounts, its tax
//     is net times tax rate, rounded, and gross is their sum.
//  5. Totals are sums of the lines. Where cash has no smaller coin (CHF 0.05)
//     the amount to pay is the gross total rounded to that coin, half up.
//
// # Same order, same bytes
//
// A quote depends on the order and on the tables in data and on nothing else:
// no clock, no chance, no network. Exchange rates are therefore a fixed table,
// and tax rates a simplified sample: neither is fit for real invoices. A shop
// brings its own tables by [Load].
package quote
