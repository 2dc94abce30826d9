package adapter

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzCheckQuery compares with net/url, which functions read queries by.
func FuzzCheckQuery(f *testing.F) {
	for _, seed := range []string{"", "a=1&b=2", "a=%zz", "a;b", "%", "%2", "a=%C3%A9", "a=%ff", "&&=", "a=%c3&b=%a9", "+", "\xff"} {
		f.Add(seed)
	}
	f.Add(strings.Repeat("&", maxParameters))
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		for name, all := range values {
			for _, text := range append(all, name) {
				if !utf8.ValidString(text) {
					t.Skip("checked by examples")
				}
			}
		}
		if own := checkQuery(query); (own == nil) != (err == nil) {
			t.Errorf("%q: got %v, net/url says %v", query, own, err)
		}
	})
}
