package chainfile

import (
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
)

// longestTypo bounds the quadratic comparison; nobody means a known word by
// a text longer than this, in bytes.
const longestTypo = 100

// closest gives the word that was probably meant by written, or "". Case,
// dashes and underscores do not count, a beginning of three letters or the part
// after a dot or slash will do, and otherwise one letter in three may be wrong.
// Of equally good words the first one is taken.
func closest(written string, words []string) string {
	if written == "" || len(written) > longestTypo {
		return ""
	}
	best, bestDistance := "", -1
	for _, word := range words {
		distance, near := nearness(fold(written), fold(word))
		if near && (best == "" || distance < bestDistance) {
			best, bestDistance = word, distance
		}
	}
	return best
}

func nearness(written, word string) (distance int, near bool) {
	// Names of one group share a long beginning; only the rest tells them apart.
	if dot := strings.LastIndexByte(word, '.'); dot >= 0 && strings.HasPrefix(written, word[:dot+1]) {
		written, word = written[dot+1:], word[dot+1:]
	}
	const shortest = 3
	distance = levenshtein.Distance(written, word, nil)
	longer := max(utf8.RuneCountInString(written), utf8.RuneCountInString(word))
	begins := len(written) >= shortest && strings.HasPrefix(word, written)
	ends := strings.HasSuffix(word, "."+written) || strings.HasSuffix(word, "/"+written)
	return distance, begins || ends || distance <= (longer+2)/3 //nolint:mnd // a third, rounded up
}

func fold(s string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s))
}
