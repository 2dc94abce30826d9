package quote

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"github.com/govalues/decimal"
)

// Files that [Load] reads.
const (
	catalogueFile  = "catalogue.json"
	currenciesFile = "currencies.json"
	countriesFile  = "countries.json"
	vouchersFile   = "vouchers.json"
)

// product of the catalogue.
type product struct {
	SKU         string `json:"sku"`
	Description string `json:"description"`
	// Price of one piece in EUR, without tax.
	Price decimal.Decimal `json:"price"`
	// Tax is the tax category, such as "standard".
	Tax string `json:"tax"`
	// Volume discounts by growing quantity; the last one reached counts.
	Volume []volume `json:"volume"`
}

// volume is a discount from a quantity on.
type volume struct {
	From int64           `json:"from"`
	Rate decimal.Decimal `json:"rate"`
}

// currency is a [Currency] with its exchange rate.
type currency struct {
	Currency

	// Rate is how much of the currency one EUR is.
	Rate decimal.Decimal `json:"rate"`
}

// country of destination.
type country struct {
	Destination

	// Tax is the tax rate by tax category.
	Tax map[string]decimal.Decimal `json:"tax"`
}

// voucher is one of: a Rate off, an Amount off, one piece of SKU free.
type voucher struct {
	Code   string          `json:"code"`
	Reason string          `json:"reason"`
	Rate   decimal.Decimal `json:"rate"`
	Amount decimal.Decimal `json:"amount"`
	SKU    string          `json:"sku"`
	// Minimum is the net value from which on the voucher may be used.
	Minimum decimal.Decimal `json:"minimum"`
	// Currency of Amount and Minimum.
	Currency string `json:"currency"`
}

// tables are what the shop knows. They are not changed after load.
type tables struct {
	products   map[string]product
	currencies map[string]currency
	countries  map[string]country
	vouchers   map[string]voucher
	// skus in the order of the catalogue, and codes sorted and joined: what
	// are listed for a caller who asked for something else.
	skus                        []string
	currencyCodes, countryCodes string
}

func load(fsys fs.FS) (*tables, error) {
	products, bySKU, err1 := read(fsys, catalogueFile, func(p product) string { return p.SKU })
	currencies, currencyByCode, err2 := read(fsys, currenciesFile, func(c currency) string { return c.Code })
	countries, countryByCode, err3 := read(fsys, countriesFile, func(c country) string { return c.Code })
	vouchers, voucherByCode, err4 := read(fsys, vouchersFile, func(v voucher) string { return v.Code })
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	t := &tables{
		products:      bySKU,
		currencies:    currencyByCode,
		countries:     countryByCode,
		vouchers:      voucherByCode,
		currencyCodes: strings.Join(slices.Sorted(maps.Keys(currencyByCode)), ", "),
		countryCodes:  strings.Join(slices.Sorted(maps.Keys(countryByCode)), ", "),
	}
	for _, p := range products {
		t.skus = append(t.skus, p.SKU)
	}
	return t, t.check(products, currencies, countries, vouchers)
}

// read reads a table: its entries in their order, and by their keys, which must
// differ. It takes no field that it does not know, since a typo in a table
// would be an invalid price.
func read[T any](fsys fs.FS, name string, key func(T) string) (entries []T, table map[string]T, err error) {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, nil, fmt.Errorf("open the table: %w", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&entries); err != nil {
		return nil, nil, fmt.Errorf("read the table %s: %w", name, err)
	}
	table = make(map[string]T, len(entries))
	var errs []error
	for _, entry := range entries {
		k := key(entry)
		if _, twice := table[k]; twice || k == "" {
			errs = append(errs, fmt.Errorf("%s: the key %q is empty or there twice", name, k))
		}
		table[k] = entry
	}
	return entries, table, errors.Join(errs...)
}

// home is the currency of the catalogue's prices.
const home = "EUR"

// maxDigits is the largest number of decimal places of a currency that ISO
// 4217 knows.
const maxDigits = 4

// check returns everything in the tables that would make a quote invalid.
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

// isRate reports whether d is a fraction from 0 to 1.
func isRate(d decimal.Decimal) bool {
	return !d.IsNeg() && d.Cmp(d.One()) <= 0
}
