package quote

import (
	"errors"
	"fmt"

	"github.com/govalues/decimal"
)

// home is the currency of the catalogue's prices.
const home = "EUR"

// maxDigits is the largest number of decimal places of a currency that ISO
// 4217 knows.
const maxDigits = 4

// check says everything in the tables that would give a wrong quote.
func (t *tables) check(products []product, currencies []currency, countries []country, vouchers []voucher) error {
	var errs []error
	for _, p := range products {
		if !p.valid() {
			errs = append(errs, fmt.Errorf("%s: %s: the price is not above 0, or the volume discounts do not grow", catalogueFile, p.SKU))
		}
	}
	for _, c := range currencies {
		if !c.valid() {
			errs = append(errs, fmt.Errorf("%s: %s: the rate is not above 0, or digits or cash are out of range", currenciesFile, c.Code))
		}
	}
	if !t.currencies[home].Rate.IsOne() {
		errs = append(errs, fmt.Errorf("%s: %s, the currency of the catalogue, must be there with rate 1", currenciesFile, home))
	}
	for _, c := range countries {
		errs = append(errs, c.check(products))
	}
	for _, v := range vouchers {
		if err := t.checkVoucher(v); err != nil {
			errs = append(errs, fmt.Errorf("%s: %s: %w", vouchersFile, v.Code, err))
		}
	}
	return errors.Join(errs...)
}

func (c currency) valid() bool {
	return c.Rate.IsPos() && !c.Cash.IsNeg() && c.Digits >= 0 && c.Digits <= maxDigits && c.Cash.Scale() <= c.Digits
}

// check finds products that the country has no tax rate for.
func (c country) check(products []product) error {
	for _, p := range products {
		if rate, ok := c.Tax[p.Tax]; !ok || !isRate(rate) {
			return fmt.Errorf("%s: %s: no tax rate from 0 to 1 for %q of %s", countriesFile, c.Code, p.Tax, p.SKU)
		}
	}
	return nil
}

func (p product) valid() bool {
	from, rate := int64(0), decimal.Decimal{}
	for _, v := range p.Volume {
		if v.From <= from || !rate.Less(v.Rate) || !isRate(v.Rate) {
			return false
		}
		from, rate = v.From, v.Rate
	}
	return p.Price.IsPos()
}

func (t *tables) checkVoucher(v voucher) error {
	kinds := 0
	for _, there := range []bool{!v.Rate.IsZero(), !v.Amount.IsZero(), v.SKU != ""} {
		if there {
			kinds++
		}
	}
	_, product := t.products[v.SKU]
	_, currency := t.currencies[v.Currency]
	switch {
	case kinds != 1:
		return errors.New("must have one of rate, amount and sku")
	case !isRate(v.Rate), v.Amount.IsNeg(), v.Minimum.IsNeg():
		return errors.New("the rate is not from 0 to 1, or an amount is negative")
	case v.SKU != "" && !product:
		return fmt.Errorf("the catalogue has no %q", v.SKU)
	case v.Currency != "" && !currency, v.Currency == "" && (!v.Amount.IsZero() || !v.Minimum.IsZero()):
		return fmt.Errorf("the currency %q of the amounts is not known", v.Currency)
	default:
		return nil
	}
}

// isRate says whether d is a fraction from 0 to 1.
func isRate(d decimal.Decimal) bool {
	return !d.IsNeg() && d.Cmp(d.One()) <= 0
}
