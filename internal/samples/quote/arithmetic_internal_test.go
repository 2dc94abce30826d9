package quote

import (
	"testing"

	"github.com/govalues/decimal"
)

func TestRoundHalfUp(t *testing.T) {
	t.Parallel()
	cases := []struct {
		digits   int
		in, want string
	}{
		{2, "0", "0.00"},
		{2, "1.5", "1.50"},
		{2, "0.125", "0.13"},
		{2, "0.135", "0.14"},
		{2, "0.1249999999999999999", "0.12"},
		{2, "0.995", "1.00"},
		{0, "0.5", "1"},
		{0, "1.5", "2"},
		{0, "2.5", "3"},
		{0, "2.4999", "2"},
		{0, "99.5", "100"},
		{3, "0.0005", "0.001"},
		{3, "0.0004999", "0.000"},
		{3, "7", "7.000"},
		{4, "1.00005", "1.0001"},
	}
	for _, c := range cases {
		a := newArithmetic(c.digits)
		if got := a.round(decimal.MustParse(c.in)).String(); got != c.want || a.failure() != nil {
			t.Errorf("%s to %d digits is %s, %v; want %s", c.in, c.digits, got, a.failure(), c.want)
		}
	}
}

func TestCashRounding(t *testing.T) {
	t.Parallel()
	cases := []struct{ coin, in, want string }{
		{"0.05", "0.00", "0.00"},
		{"0.05", "1.02", "1.00"},
		{"0.05", "1.03", "1.05"},
		{"0.05", "1.07", "1.05"},
		{"0.05", "1.08", "1.10"},
		{"0.05", "9.98", "10.00"},
		{"0.10", "1.05", "1.10"},
		{"0.10", "1.04", "1.00"},
		{"1", "2.50", "3.00"},
	}
	for _, c := range cases {
		a := newArithmetic(2)
		got := a.cash(decimal.MustParse(c.in), decimal.MustParse(c.coin)).String()
		if got != c.want || a.failure() != nil {
			t.Errorf("%s by coins of %s is %s, %v; want %s", c.in, c.coin, got, a.failure(), c.want)
		}
	}
}

func TestConvertRoundsOnce(t *testing.T) {
	t.Parallel()
	cases := []struct {
		digits             int
		in, from, to, want string
	}{
		{2, "25.00", "1", "0.9412", "23.53"},
		{2, "20.00", "0.9412", "1", "21.25"},
		{0, "5.00", "0.8437", "163.28", "968"}, // by 5.93 EUR it would be 968.25, by 5.926 967.6
		{3, "10", "3", "1", "3.333"},
	}
	for _, c := range cases {
		a := newArithmetic(c.digits)
		got := a.convert(decimal.MustParse(c.in), decimal.MustParse(c.from), decimal.MustParse(c.to)).String()
		if got != c.want || a.failure() != nil {
			t.Errorf("%s at %s/%s is %s, %v; want %s", c.in, c.to, c.from, got, a.failure(), c.want)
		}
	}
}

func TestFirstErrorOfACalculationIsKept(t *testing.T) {
	t.Parallel()
	a := newArithmetic(2)
	most := decimal.MustParse("99999999999999999.99")
	a.add(most, most)
	first := a.err
	a.times(most, 10)
	if first == nil || a.err != first { //nolint:errorlint // the very same
		t.Errorf("the error is %v, want the first one, %v", a.err, first)
	}
	if a.failure() == nil {
		t.Error("the calculation did not fail")
	}
}

func TestSpreadAddsUpAndTakesNoMoreThanALineCosts(t *testing.T) {
	t.Parallel()
	cases := []struct {
		amount string
		nets   []string
		want   []string
	}{
		{"1.00", []string{"1.00", "1.00", "1.00"}, []string{"0.33", "0.34", "0.33"}},
		{"0.01", []string{"5.00", "5.00"}, []string{"0.01", "0.00"}},
		{"0.05", []string{"0.01", "0.01", "0.01", "0.01", "0.01"}, []string{"0.01", "0.01", "0.01", "0.01", "0.01"}},
		{"0.04", []string{"0.01", "0.01", "0.01", "0.01", "0.01"}, []string{"0.01", "0.01", "0.00", "0.01", "0.01"}},
		{"25.00", []string{"0.00", "100.00", "0.00"}, []string{"0.00", "25.00", "0.00"}},
		{"0.00", []string{"0.00"}, []string{"0.00"}},
	}
	for _, c := range cases {
		p := pricing{arithmetic: newArithmetic(2)}
		for _, net := range c.nets {
			p.quote.Lines = append(p.quote.Lines, PricedLine{Net: decimal.MustParse(net), Discount: decimal.MustParse("0.00")})
		}
		p.spread(decimal.MustParse(c.amount), p.net())
		for i, line := range p.quote.Lines {
			if line.Discount.String() != c.want[i] {
				t.Errorf("%s over %v: line %d bears %s, want %s", c.amount, c.nets, i, line.Discount, c.want[i])
			}
		}
		if err := p.failure(); err != nil {
			t.Errorf("%s over %v: %v", c.amount, c.nets, err)
		}
	}
}
