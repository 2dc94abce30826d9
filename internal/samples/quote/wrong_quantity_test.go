package quote_test

import "testing"

func TestWrongQuantity(t *testing.T) {
	t.Parallel()
	const notWhole, outOfRange = "must be a whole number", "must be 1 to 10000, but is "
	cases := map[string]string{
		`"2"`:                   notWhole + ", but is a string",
		`null`:                  notWhole + ", but is null",
		`true`:                  notWhole + ", but is a boolean",
		`[2]`:                   notWhole + ", but is an array",
		`1.5`:                   notWhole + " without fraction or exponent",
		`2.0`:                   notWhole + " without fraction or exponent",
		`1e3`:                   notWhole + " without fraction or exponent",
		`0`:                     outOfRange + `"0"`,
		`-0`:                    outOfRange + `"-0"`,
		`-1`:                    outOfRange + `"-1"`,
		`10001`:                 outOfRange + `"10001"`,
		`9223372036854775808`:   outOfRange + `"9223372036854775808"`,
		`-99999999999999999999`: outOfRange + `"-99999999999999999999"`,
	}
	f := newFunctions(t)
	for quantity, want := range cases {
		t.Run(quantity, func(t *testing.T) {
			t.Parallel()
			body := order("EUR", "", `[{"sku":"INK-BLUE-50","quantity":1},{"sku":"MUG-ENAMEL","quantity":`+quantity+`}]`)
			_, err := run(t.Context(), f, []byte(body))
			refuses(t, err, []string{"#/lines/1/quantity " + want})
		})
	}
}
