package quote

import (
	"encoding/json"
	"errors"
	"strconv"
)

func (v *validation) lines(raw json.RawMessage) {
	at := place{noLine, "lines"}
	switch kind(raw) {
	case kindArray:
	case 0:
		v.problems.add(at, "is missing")
		return
	default:
		v.problems.add(at, "must be an array, but is %s", kindName(raw))
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
	v.order.Lines = make([]Line, n)
	first := make(map[string]int, n)
	for i, line := range elements(raw) {
		v.order.Lines[i] = v.line(i, line, first)
	}
}

// line reads line i. first holds the lines in which the SKUs came first.
func (v *validation) line(i int, raw json.RawMessage, first map[string]int) Line {
	if kind(raw) != kindObject {
		v.problems.add(place{line: i}, "must be an object, but is %s", kindName(raw))
		return Line{}
	}
	var sku, quantity json.RawMessage
	for key, value := range members(raw) {
		switch string(key) {
		case "sku":
			sku = value
		case "quantity":
			quantity = value
		default:
			v.unknown(i, key, "sku", "quantity")
		}
	}
	return Line{SKU: v.sku(i, sku, first), Quantity: v.quantity(i, quantity)}
}

func (v *validation) sku(i int, raw json.RawMessage, first map[string]int) string {
	at := place{i, "sku"}
	text, ok := v.text(at, raw)
	if !ok {
		return ""
	}
	entry, ok := v.products[string(text)]
	if !ok {
		v.problems.add(at, "%s is not in the catalogue%s", shown(text), suggestion(text, v.skus))
		return ""
	}
	if earlier, twice := first[entry.SKU]; twice {
		// Adding up would be a guess: it may be a slip of the shop's basket.
		v.problems.add(at, "%s is in line %d already; send one line with the sum", shown(text), earlier)
	} else {
		first[entry.SKU] = i
	}
	return entry.SKU
}

func (v *validation) quantity(i int, raw json.RawMessage) int64 {
	at := place{i, "quantity"}
	switch k := kind(raw); {
	case k == 0:
		v.problems.add(at, "is missing")
		return 0
	case k != '-' && (k < '0' || k > '9'):
		v.problems.add(at, "must be a whole number, but is %s", kindName(raw))
		return 0
	}
	n, err := strconv.ParseInt(string(raw), 10, 64)
	switch outOfRange := errors.Is(err, strconv.ErrRange); {
	case err != nil && !outOfRange:
		v.problems.add(at, "must be a whole number without fraction or exponent, but is %s", shown(raw))
	case outOfRange, n < 1, n > MaxQuantity:
		v.problems.add(at, "must be 1 to %d, but is %s", MaxQuantity, shown(raw))
	}
	return n
}
