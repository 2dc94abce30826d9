// Package nearest guesses which known word was meant by a misspelt one.
package nearest

import (
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
)

// Longest bounds the quadratic comparison: nobody means a known word by a text
// of more bytes.
const Longest = 100

// Word returns the word that was probably meant by written, or "" if none is
// near. Case, dashes and underscores do not count, a beginning of three letters
// or the part after a dot or slash will do, and otherwise one letter in three,
// rounded up, may differ. Of equally near words the first one is taken.
func Word(written string, words []string) string {
	if written == "" || len(written) > Longest {
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

// DidYouMean returns the question to put behind an error, such as
// `; did you mean "quote"?`, or "" if no word is near.
func DidYouMean(written string, words []string) string {
	if word := Word(written, words); word != "" {
		return `; did you mean "` + word + `"?`
	}
	return ""
}

func compare(written, word string) (distance int, near bool) {
	// Names of one group share a long beginning; only the rest tells them apart.
	if dot := strings.LastIndexByte(word, '.'); dot >= 0 && strings.HasPrefix(written, word[:dot+1]) {
		written, word = written[dot+1:], word[dot+1:]
	}
	const beginning, lettersPerTypo = 3, 3
	distance = levenshtein.Distance(written, word, nil)
	longer := max(utf8.RuneCountInString(written), utf8.RuneCountInString(word))
	begins := len(written) >= beginning && strings.HasPrefix(word, written)
	ends := strings.HasSuffix(word, "."+written) || strings.HasSuffix(word, "/"+written)
	return distance, begins || ends || distance <= (longer+lettersPerTypo-1)/lettersPerTypo
}

func fold(s string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s))
}
