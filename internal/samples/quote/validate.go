package quote

import (
	"bytes"
	"context"
	"encoding/json"
)

// validation is one run over an order.
type validation struct {
	*tables

	order    Order
	problems problems
}

// validate takes the order as raw JSON, because a decode into a struct stops at
// the first wrong type, does not say in which line it was, and passes over
// a misspelt key.
func (t *tables) validate(_ context.Context, raw json.RawMessage) (Order, error) {
	v := validation{tables: t}
	v.document(raw)
	return v.order, v.problems.err()
}

func (v *validation) document(raw json.RawMessage) {
	if kind(raw) != kindObject {
		v.problems.add(place{line: noLine}, "must be an object, but is %s", kindName(raw))
		return
	}
	var reference, currency, country, voucher, lines json.RawMessage
	for key, value := range members(raw) {
		switch string(key) {
		case "reference":
			reference = value
		case "currency":
			currency = value
		case "country":
			country = value
		case "voucher":
			voucher = value
		case "lines":
			lines = value
		default:
			v.unknown(noLine, key, "reference", "currency", "country", "voucher", "lines")
		}
	}
	v.reference(reference)
	v.currency(currency)
	v.country(country)
	v.voucher(voucher)
	v.lines(lines)
}

func (v *validation) unknown(line int, key []byte, known ...string) {
	if v.problems.full() {
		return // a suggestion is the dearest part of a problem
	}
	v.problems.add(place{line, string(key)}, "is not a field of an order%s", suggestion(key, known))
}

// text reads a string; ok is false if it is none, which is noted.
func (v *validation) text(at place, raw json.RawMessage) (text []byte, ok bool) {
	switch kind(raw) {
	case kindString:
		return unquoted(raw), true
	case 0:
		v.problems.add(at, "is missing")
	default:
		v.problems.add(at, "must be a string, but is %s", kindName(raw))
	}
	return nil, false
}

// optional is as text for a field that may be left out or be null.
func (v *validation) optional(at place, raw json.RawMessage) (text []byte, ok bool) {
	if k := kind(raw); k == 0 || k == kindNull {
		return nil, true
	}
	return v.text(at, raw)
}

func (v *validation) reference(raw json.RawMessage) {
	at := place{noLine, "reference"}
	text, ok := v.optional(at, raw)
	if ok && len(text) > MaxReference {
		v.problems.add(at, "must have at most %d bytes, but has %d", MaxReference, len(text))
	}
	v.order.Reference = string(text)
}

func (v *validation) currency(raw json.RawMessage) {
	at := place{noLine, "currency"}
	code, ok := v.text(at, raw)
	if !ok {
		return
	}
	entry, ok := v.currencies[string(code)]
	if !ok {
		v.problems.add(at, "%s is no currency that is quoted; it must be one of %s", shown(code), v.currencyCodes)
	}
	v.order.Currency = entry.Code
}

func (v *validation) country(raw json.RawMessage) {
	at := place{noLine, "country"}
	code, ok := v.text(at, raw)
	if !ok {
		return
	}
	entry, ok := v.countries[string(code)]
	if !ok {
		v.problems.add(at, "%s is no country that is delivered to; it must be one of %s", shown(code), v.countryCodes)
	}
	v.order.Country = entry.Code
}

// voucher suggests nothing, or the codes could be fished for.
func (v *validation) voucher(raw json.RawMessage) {
	at := place{noLine, "voucher"}
	text, ok := v.optional(at, raw)
	code := bytes.ToUpper(bytes.TrimSpace(text))
	if !ok || len(code) == 0 {
		return
	}
	entry, ok := v.vouchers[string(code)]
	if !ok {
		v.problems.add(at, "%s is not a voucher of this shop", shown(text))
	}
	v.order.Voucher = entry.Code
}
