package quote_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/samples/quote"
)

// newFunctions creates the functions over the embedded tables.
func newFunctions(tb testing.TB) quote.Functions {
	tb.Helper()
	f, err := quote.New()
	if err != nil {
		tb.Fatalf("New: %v", err)
	}
	return f
}

// run calls the functions one after the other, as a chain does.
func run(ctx context.Context, f quote.Functions, order []byte) ([]byte, error) {
	return call(ctx, order, f.Validate, f.Enrich, f.Price)
}

func call(ctx context.Context, data []byte, steps ...functions.Function) ([]byte, error) {
	for _, step := range steps {
		out, err := step(ctx, event.Event{Context: &event.EventContextV1{}, DataEncoded: data})
		if err != nil {
			return nil, err
		}
		data = out.DataEncoded
	}
	return data, nil
}

// quoteOf returns the quote of an order that has no problem.
func quoteOf(tb testing.TB, f quote.Functions, order []byte) quote.Quote {
	tb.Helper()
	data, err := run(tb.Context(), f, order)
	if err != nil {
		tb.Fatalf("%s: %v", order, err)
	}
	return parse(tb, data)
}

func parse(tb testing.TB, data []byte) quote.Quote {
	tb.Helper()
	var q quote.Quote
	if err := json.Unmarshal(data, &q); err != nil {
		tb.Fatalf("the quote %s is no quote: %v", data, err)
	}
	return q
}

func readFile(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}
