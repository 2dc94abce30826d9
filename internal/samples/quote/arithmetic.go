package quote

import (
	"net/http"

	"github.com/govalues/decimal"

	"github.com/homing-dev/homing/functions"
)

// arithmetic computes amounts of one currency. It remembers its first error,
// so that a calculation reads as one and is checked once, at its end.
type arithmetic struct {
	digits int
	// half of the last decimal place.
	half decimal.Decimal
	err  error
}

// newArithmetic is for a currency with so many decimal places, 0 to maxDigits.
func newArithmetic(digits int) arithmetic {
	a := arithmetic{digits: digits}
	const halfOfTen = 5
	a.half = a.keep(decimal.New(halfOfTen, digits+1))
	return a
}

// failure is the error of the calculation. Only amounts that do not fit into
// 19 digits cause one, which the limits of an order rule out for any sane price.
func (a *arithmetic) failure() error {
	if a.err == nil {
		return nil
	}
	failure := functions.Errorf(http.StatusUnprocessableEntity, "the amounts of this order are too large to be exact")
	failure.Cause = a.err
	return failure
}

func (a *arithmetic) keep(d decimal.Decimal, err error) decimal.Decimal {
	if err != nil && a.err == nil {
		a.err = err
	}
	return d
}

// round rounds an amount, which is not negative, half up, to all its decimal
// places.
func (a *arithmetic) round(d decimal.Decimal) decimal.Decimal {
	return a.keep(d.AddExact(a.half, a.digits+1)).Trunc(a.digits).Pad(a.digits)
}

func (a *arithmetic) add(d, e decimal.Decimal) decimal.Decimal {
	return a.keep(d.AddExact(e, a.digits))
}

func (a *arithmetic) sub(d, e decimal.Decimal) decimal.Decimal {
	return a.keep(d.SubExact(e, a.digits))
}

// times is an amount for a number of pieces; it needs no rounding.
func (a *arithmetic) times(d decimal.Decimal, n int64) decimal.Decimal {
	return a.keep(d.MulExact(a.keep(decimal.New(n, 0)), a.digits))
}

// share is the rounded part of an amount that a rate stands for.
func (a *arithmetic) share(d, rate decimal.Decimal) decimal.Decimal {
	return a.round(a.keep(d.MulExact(rate, a.digits+1)))
}

// convert changes an amount from a currency into another, by how much of each
// one unit of the catalogue's currency is. It is rounded once.
func (a *arithmetic) convert(d, from, to decimal.Decimal) decimal.Decimal {
	return a.round(a.keep(a.keep(d.Mul(to)).QuoExact(from, a.digits+1)))
}

// cash rounds an amount half up to a whole number of the smallest coin.
func (a *arithmetic) cash(d, coin decimal.Decimal) decimal.Decimal {
	half := a.keep(decimal.New(5, 1)) //nolint:mnd // 0.5 coins
	coins := a.keep(a.keep(d.Quo(coin)).Add(half)).Trunc(0)
	return a.keep(coins.MulExact(coin, a.digits)).Rescale(a.digits)
}
