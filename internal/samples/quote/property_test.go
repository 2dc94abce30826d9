package quote_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/homing-dev/homing/internal/samples/quote"
)

// TestSumsHoldForAnyOrder prices orders that are drawn from a fixed seed.
func TestSumsHoldForAnyOrder(t *testing.T) {
	t.Parallel()
	f := newFunctions(t)
	shop := known{
		currencies: column(t, "currencies", "code"),
		countries:  column(t, "countries", "code"),
		skus:       column(t, "catalogue", "sku"),
	}
	random := rand.New(rand.NewPCG(1974, 1963))
	for range 500 {
		order := shop.anyOrder(random)
		body, err := json.Marshal(order)
		if err != nil {
			t.Fatal(err)
		}
		q := quoteOf(t, f, body)
		holds(t, q)
		if len(q.Lines) != len(order.Lines) || q.Currency != order.Currency || q.Country != order.Country {
			t.Errorf("the quote is not for the order")
		}
		if t.Failed() {
			t.Fatalf("order %s, quote %+v", body, q)
		}
	}
}

// known are the words that an order is made of.
type known struct{ currencies, countries, skus []string }

func (k known) anyOrder(random *rand.Rand) quote.Order {
	pick := func(values []string) string { return values[random.IntN(len(values))] }
	order := quote.Order{
		Currency: pick(k.currencies),
		Country:  pick(k.countries),
		Voucher:  pick([]string{"", "WELCOME10", "SORRY5"}),
	}
	for _, i := range random.Perm(len(k.skus))[:1+random.IntN(len(k.skus))] {
		quantity := 1 + random.Int64N(20)
		if random.IntN(4) == 0 {
			quantity = 1 + random.Int64N(quote.MaxQuantity)
		}
		order.Lines = append(order.Lines, quote.Line{SKU: k.skus[i], Quantity: quantity})
	}
	return order
}

// column returns a field of every entry of an embedded table.
func column(tb testing.TB, table, field string) []string {
	tb.Helper()
	var entries []map[string]any
	if err := json.Unmarshal(readFile(tb, "data/"+table+".json"), &entries); err != nil {
		tb.Fatal(err)
	}
	values := make([]string, len(entries))
	for i, entry := range entries {
		values[i], _ = entry[field].(string)
	}
	return values
}
