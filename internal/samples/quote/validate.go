package quote

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// validation is one run over an order.
type validation struct {
	*tables

	order    Order
	problems problems
	first    map[string]int // the lines in which the SKUs came first
}

// validate takes the order as raw JSON, because a decode into a struct stops at
// the first wrong type, does not report in which line it was, and ignores a
// misspelt name.
func (t *tables) validate(_ context.Context, raw json.RawMessage) (Order, error) {
	v := validation{tables: t, first: map[string]int{}}
	v.document(jsontext.Value(raw))
	return v.order, v.problems.err()
}

func (v *validation) document(raw jsontext.Value) {
	if !v.is(jsontext.KindBeginObject, "an object", place{line: noLine}, raw) {
		return
	}
	f := v.fields(noLine, raw, "reference", "currency", "country", "voucher", "lines")
	v.reference(f["reference"])
	v.order.Currency = find(v, "currency", f["currency"], v.currencies, "no currency that is quoted; it must be one of "+v.currencyCodes).Code
	v.order.Country = find(v, "country", f["country"], v.countries, "no country that is delivered to; it must be one of "+v.countryCodes).Code
	v.voucher(f["voucher"])
	v.lines(f["lines"])
}

// fields returns the values of an object by the names that are known.
func (v *validation) fields(line int, object jsontext.Value, known ...string) map[string]jsontext.Value {
	values := make(map[string]jsontext.Value, len(known))
	for name, value := range members(object) {
		switch {
		case slices.Contains(known, name):
			values[name] = value
		case !v.problems.full(): // a suggestion is the dearest part of a problem
			v.problems.add(place{line, name}, "is not a field of an order%s", suggestion(name, known))
		}
	}
	return values
}

// is reports whether a value is of the kind that it has to be, and notes if not.
func (v *validation) is(kind jsontext.Kind, name string, at place, raw jsontext.Value) bool {
	if raw.Kind() == kind {
		return true
	}
	if raw.Kind() == jsontext.KindInvalid {
		v.problems.add(at, "is missing")
	} else {
		v.problems.add(at, "must be %s, but is %s", name, kindName(raw))
	}
	return false
}

// text reads a string; ok is false if it is none, which is noted.
func (v *validation) text(at place, raw jsontext.Value) (text string, ok bool) {
	if !v.is(jsontext.KindString, "a string", at, raw) {
		return "", false
	}
	return unquoted(raw), true
}

// optional is as text for a field that may be left out or be null.
func (v *validation) optional(at place, raw jsontext.Value) (text string, ok bool) {
	if k := raw.Kind(); k == jsontext.KindInvalid || k == jsontext.KindNull {
		return "", true
	}
	return v.text(at, raw)
}

// find looks the entry up that a field names.
func find[T any](v *validation, field string, raw jsontext.Value, table map[string]T, otherwise string) T {
	at := place{noLine, field}
	code, ok := v.text(at, raw)
	entry, known := table[code]
	if ok && !known {
		v.problems.add(at, "%s is %s", shown(code), otherwise)
	}
	return entry
}

func (v *validation) reference(raw jsontext.Value) {
	at := place{noLine, "reference"}
	text, ok := v.optional(at, raw)
	if ok && len(text) > MaxReference {
		v.problems.add(at, "must have at most %d bytes, but has %d", MaxReference, len(text))
	}
	v.order.Reference = text
}

// voucher suggests nothing, or the codes could be fished for.
func (v *validation) voucher(raw jsontext.Value) {
	at := place{noLine, "voucher"}
	text, ok := v.optional(at, raw)
	code := strings.ToUpper(strings.TrimSpace(text))
	if !ok || code == "" {
		return
	}
	entry, ok := v.vouchers[code]
	if !ok {
		v.problems.add(at, "%s is not a voucher of this shop", shown(text))
	}
	v.order.Voucher = entry.Code
}

func (v *validation) lines(raw jsontext.Value) {
	at := place{noLine, "lines"}
	if !v.is(jsontext.KindBeginArray, "an array", at, raw) {
		return
	}
	n := 0
	for range elements(raw) {
		n++
	}
	if n == 0 || n > MaxLines {
		v.problems.add(at, "must have 1 to %d lines, but has %d", MaxLines, n)
		return
	}
	v.order.Lines = make([]Line, 0, n)
	for line := range elements(raw) {
		v.order.Lines = append(v.order.Lines, v.line(len(v.order.Lines), line))
	}
}

func (v *validation) line(i int, raw jsontext.Value) Line {
	if !v.is(jsontext.KindBeginObject, "an object", place{line: i}, raw) {
		return Line{}
	}
	f := v.fields(i, raw, "sku", "quantity")
	return Line{SKU: v.sku(i, f["sku"]), Quantity: v.quantity(i, f["quantity"])}
}

func (v *validation) sku(i int, raw jsontext.Value) string {
	at := place{i, "sku"}
	text, ok := v.text(at, raw)
	if !ok {
		return ""
	}
	entry, ok := v.products[text]
	if !ok {
		v.problems.add(at, "%s is not in the catalogue%s", shown(text), suggestion(text, v.skus))
		return ""
	}
	if earlier, twice := v.first[entry.SKU]; twice {
		// Adding up would be a guess: it may be a slip of the shop's basket.
		v.problems.add(at, "%s is in line %d already; send one line with the sum", shown(text), earlier)
	} else {
		v.first[entry.SKU] = i
	}
	return entry.SKU
}

func (v *validation) quantity(i int, raw jsontext.Value) int64 {
	at := place{i, "quantity"}
	if !v.is(jsontext.KindNumber, "a whole number", at, raw) {
		return 0
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	switch outOfRange := errors.Is(err, strconv.ErrRange); {
	case err != nil && !outOfRange:
		v.problems.add(at, "must be a whole number without fraction or exponent, but is %s", shown(string(raw)))
	case outOfRange, n < 1, n > MaxQuantity:
		v.problems.add(at, "must be 1 to %d, but is %s", MaxQuantity, shown(string(raw)))
	}
	return n
}
