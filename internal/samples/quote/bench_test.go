package quote_test

import (
	"testing"

	"github.com/homing-dev/homing/functions"
)

// BenchmarkQuote runs the sample order through the three functions, and each
// function alone.
func BenchmarkQuote(b *testing.B) {
	f := newFunctions(b)
	order := readFile(b, "../../../testdata/order.json")
	checked, err := call(b.Context(), order, f.Validate)
	if err != nil {
		b.Fatal(err)
	}
	enriched, err := call(b.Context(), checked, f.Enrich)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		data  []byte
		steps []functions.Function
	}{
		{"chain", order, []functions.Function{f.Validate, f.Enrich, f.Price}},
		{"validate", order, []functions.Function{f.Validate}},
		{"enrich", checked, []functions.Function{f.Enrich}},
		{"price", enriched, []functions.Function{f.Price}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(c.data)))
			for b.Loop() {
				if _, err := call(b.Context(), c.data, c.steps...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		newFunctions(b)
	}
}
