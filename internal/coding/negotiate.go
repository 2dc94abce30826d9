package coding

import (
	"strconv"
	"strings"
)

// Choice is how an answer is coded.
type Choice struct {
	// Coding is what the caller likes best of what can be applied; "" if that is no
	// coding.
	Coding Coding
	// Required is true if the caller takes no answer without a coding.
	Required bool
}

// explicit and wildcard are the codings that are applied, the best first: among
// those that a caller names, and among those that he means by "*". See [encode]
// for what they cost; all who send "*" know gzip.
func explicit() [3]Coding { return [...]Coding{Zstd, Gzip, Brotli} }
func wildcard() [3]Coding { return [...]Coding{Gzip, Brotli, Zstd} }

// preferences are the weights of an Accept-Encoding in thousandths, -1 for what it
// does not name.
type preferences struct{ gzip, brotli, zstd, identity, others int }

func (p *preferences) of(name string) *int {
	switch parse(name) {
	case Gzip:
		return &p.gzip
	case Brotli:
		return &p.brotli
	case Zstd:
		return &p.zstd
	case Deflate:
		return nil
	}
	switch {
	case name == "*":
		return &p.others
	case strings.EqualFold(name, identity):
		return &p.identity
	default:
		return nil
	}
}

// Negotiate reads an Accept-Encoding (RFC 9110 section 12.5.3). Elements that are
// malformed count as not there. It is the zero Choice if there is none.
func Negotiate(lines []string) Choice {
	p := preferences{-1, -1, -1, -1, -1}
	for _, line := range lines {
		for element := range strings.SplitSeq(line, ",") {
			name, params, _ := strings.Cut(element, ";")
			weight, ok := quality(params)
			if to := p.of(strings.Trim(name, " \t")); to != nil && ok {
				*to = max(*to, weight)
			}
		}
	}
	return p.choose()
}

func (p *preferences) choose() Choice {
	var best Choice
	weight := 0
	for _, c := range explicit() {
		if q := *p.of(string(c)); q > weight {
			best.Coding, weight = c, q
		}
	}
	for _, c := range wildcard() {
		if p.others > weight && *p.of(string(c)) < 0 {
			best.Coding, weight = c, p.others
		}
	}
	best.Required = p.identity == 0 || p.identity < 0 && p.others == 0
	if p.identity > weight { // he would rather have it as it is
		best.Coding = ""
	}
	return best
}

// quality reads the weight among the parameters of an element, in thousandths. ok
// is false if it is none (RFC 9110 section 12.4.2).
func quality(params string) (thousandths int, ok bool) {
	const whole = 1000
	params = strings.Trim(params, " \t")
	if params == "" {
		return whole, true
	}
	name, value, found := strings.Cut(params, "=")
	if !found || !strings.EqualFold(name, "q") || len(value) > len("0.000") || value == "" || strings.Trim(value, "0123456789.") != "" {
		return 0, false
	}
	q, err := strconv.ParseFloat(value, 64)
	return int(q*whole + 0.5), err == nil && q <= 1 //nolint:mnd // rounded
}
