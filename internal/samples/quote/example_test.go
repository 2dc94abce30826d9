package quote_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/samples/quote"
)

func ExampleNew() {
	shop, err := quote.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	ev := event.New()
	ev.DataEncoded = []byte(`{"currency": "CHF", "country": "CH", "voucher": "welcome10",
		"lines": [{"sku": "COFFEE-ESPRESSO-1KG", "quantity": 6}]}`)
	for _, step := range []functions.Function{shop.Validate, shop.Enrich, shop.Price} {
		out, err := step(context.Background(), ev)
		if err != nil {
			fmt.Println(err)
			return
		}
		ev = *out
	}
	var q quote.Quote
	if err := json.Unmarshal(ev.DataEncoded, &q); err != nil {
		fmt.Println(err)
		return
	}
	for _, d := range q.Discounts {
		fmt.Println(d.Amount, d.Reason)
	}
	fmt.Println(q.Totals.Net, "+", q.Totals.Tax, "=", q.Totals.Gross, "to pay", q.Totals.Payable, q.Currency)
	// Output:
	// 6.18 5% off from 6 pieces on
	// 11.75 10% off your first order
	// 105.73 + 2.75 = 108.48 to pay 108.50 CHF
}

func ExampleFunctions_wrongOrder() {
	shop, err := quote.New()
	if err != nil {
		fmt.Println(err)
		return
	}
	ev := event.New()
	ev.DataEncoded = []byte(`{"currency": "EUR", "country": "DE",
		"lines": [{"sku": "MUG-ENAMLE", "quantity": 1}, {"sku": "INK-BLUE-50", "quantitiy": 2}]}`)
	_, err = shop.Validate(context.Background(), ev)
	if wrong, ok := errors.AsType[*functions.Error](err); ok {
		fmt.Println(wrong.StatusCode(), wrong.Title)
		for _, field := range wrong.Errors {
			fmt.Println(field.Pointer, field.Detail)
		}
	}
	// Output:
	// 422 Invalid request
	// #/lines/0/sku "MUG-ENAMLE" is not in the catalogue; did you mean "MUG-ENAMEL"?
	// #/lines/1/quantitiy is not a field of an order; did you mean "quantity"?
	// #/lines/1/quantity is missing
}
