// Package suggest guesses which known word was meant by a mistyped one.
package suggest

import (
	"strings"

	"github.com/agext/levenshtein"
)

// longest bounds the quadratic comparison, in bytes.
const longest = 100

// Closest gives the word that was probably meant by written, or "" if none is
// near: at most one letter in three, rounded up, may differ, and a beginning of
// three letters will do. Case, dashes and underscores do not count. Of equally near words the
// first one is taken.
func Closest(written string, words []string) string {
	if written == "" || len(written) > longest {
		return ""
	}
	best, least := "", -1
	for _, word := range words {
		distance, near := compare(fold(written), fold(word))
		if near && (least < 0 || distance < least) {
			best, least = word, distance
		}
	}
	return best
}

func compare(written, word string) (distance int, near bool) {
	const beginning, lettersPerTypo = 3, 3
	distance = levenshtein.Distance(written, word, nil)
	begins := len(written) >= beginning && strings.HasPrefix(word, written)
	return distance, begins || distance <= (max(len(written), len(word))+lettersPerTypo-1)/lettersPerTypo
}

func fold(s string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s))
}

// DidYouMean is the question to put behind an error, such as
// `; did you mean "quote"?`, or "" if no word is near.
func DidYouMean(written string, words []string) string {
	if word := Closest(written, words); word != "" {
		return `; did you mean "` + word + `"?`
	}
	return ""
}
