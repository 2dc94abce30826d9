package quote

import (
	"context"

	"github.com/govalues/decimal"
)

// enrich looks up what the order names. An order that validate has passed
// names nothing that is not there; another one is refused as validate does it.
func (t *tables) enrich(_ context.Context, in Order) (Enriched, error) {
	var wrong problems
	money, ok := t.currencies[in.Currency]
	if !ok {
		wrong.add(place{noLine, "currency"}, "%s is no currency that is quoted", shown([]byte(in.Currency)))
	}
	land, ok := t.countries[in.Country]
	if !ok {
		wrong.add(place{noLine, "country"}, "%s is no country that is delivered to", shown([]byte(in.Country)))
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
			wrong.add(place{i, "sku"}, "%s is not in the catalogue", shown([]byte(line.SKU)))
		}
		item := Item{SKU: p.SKU, Description: p.Description, Quantity: line.Quantity, TaxRate: land.Tax[p.Tax]}
		item.UnitPrice = a.share(p.Price, money.Rate)
		item.VolumeFrom, item.VolumeRate = p.volumeDiscount(line.Quantity)
		out.Lines[i] = item
	}
	if in.Voucher != "" {
		v, ok := t.vouchers[in.Voucher]
		if !ok {
			wrong.add(place{noLine, "voucher"}, "%s is not a voucher of this shop", shown([]byte(in.Voucher)))
		}
		out.Voucher = t.terms(v, money, &a)
	}
	if err := wrong.err(); err != nil {
		return Enriched{}, err
	}
	return out, a.failure()
}

// volumeDiscount gives the last discount that the quantity reaches.
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
