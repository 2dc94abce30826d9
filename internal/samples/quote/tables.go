package quote

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
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
	// the caller is told who asked for something else.
	skus                        []string
	currencyCodes, countryCodes string
}

func load(fsys fs.FS) (*tables, error) {
	products, err := read[product](fsys, catalogueFile)
	if err != nil {
		return nil, err
	}
	currencies, err := read[currency](fsys, currenciesFile)
	if err != nil {
		return nil, err
	}
	countries, err := read[country](fsys, countriesFile)
	if err != nil {
		return nil, err
	}
	vouchers, err := read[voucher](fsys, vouchersFile)
	if err != nil {
		return nil, err
	}
	t := &tables{
		skus:          keys(products, product.key),
		currencyCodes: listed(keys(currencies, currency.key)),
		countryCodes:  listed(keys(countries, country.key)),
	}
	var errs [4]error
	t.products, errs[0] = index(products, catalogueFile, product.key)
	t.currencies, errs[1] = index(currencies, currenciesFile, currency.key)
	t.countries, errs[2] = index(countries, countriesFile, country.key)
	t.vouchers, errs[3] = index(vouchers, vouchersFile, voucher.key)
	if err := errors.Join(append(errs[:], t.check(products, currencies, countries, vouchers))...); err != nil {
		return nil, err
	}
	return t, nil
}

func (p product) key() string  { return p.SKU }
func (c currency) key() string { return c.Code }
func (c country) key() string  { return c.Code }
func (v voucher) key() string  { return v.Code }

// read reads a table and takes no field that it does not know, since a typo in
// a table would be a wrong price.
func read[T any](fsys fs.FS, name string) ([]T, error) {
	file, err := fsys.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open the table: %w", err)
	}
	decoder := json.NewDecoder(file)
	decoder.DisallowUnknownFields()
	var entries []T
	if err := errors.Join(decoder.Decode(&entries), file.Close()); err != nil {
		return nil, fmt.Errorf("read the table %s: %w", name, err)
	}
	return entries, nil
}

// index makes a table of entries by their keys, which must differ.
func index[T any](entries []T, name string, key func(T) string) (map[string]T, error) {
	table := make(map[string]T, len(entries))
	var errs []error
	for _, entry := range entries {
		k := key(entry)
		if _, twice := table[k]; twice || k == "" {
			errs = append(errs, fmt.Errorf("%s: the key %q is empty or there twice", name, k))
		}
		table[k] = entry
	}
	return table, errors.Join(errs...)
}

func keys[T any](entries []T, key func(T) string) []string {
	out := make([]string, len(entries))
	for i, entry := range entries {
		out[i] = key(entry)
	}
	return out
}

func listed(codes []string) string {
	return strings.Join(slices.Sorted(slices.Values(codes)), ", ")
}
