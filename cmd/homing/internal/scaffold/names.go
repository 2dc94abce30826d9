package scaffold

import (
	"fmt"
	"go/token"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// maxName is how long the name of an app may be: those of its functions on AWS, of
// at most 64 letters, begin with it.
const maxName = 40

// CheckName returns what is invalid about the name of an app, which is also that of
// a service on Kubernetes and of a stack on AWS.
func CheckName(name string) error {
	switch {
	case len(name) > maxName:
		return fmt.Errorf("the name %.50q has more than %d letters", name, maxName)
	case !regexp.MustCompile(`^[a-z]([-a-z0-9]*[a-z0-9])?$`).MatchString(name):
		return fmt.Errorf("%.50q is not a name of lower-case letters, digits and dashes that begins with a letter", name)
	}
	return nil
}

// Slug returns the nearest name that [CheckName] accepts, or "".
func Slug(text string) string {
	name := strings.ToLower(strings.Join(strings.FieldsFunc(text, func(c rune) bool {
		return c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c)
	}), "-"))
	if name != "" && unicode.IsDigit(rune(name[0])) {
		name = "app-" + name
	}
	return strings.Trim(name[:min(maxName, len(name))], "-")
}

// standard are the first elements of the import paths of Go's own packages, by
// which no other module can be called.
func standard() []string {
	return strings.Fields(`archive bufio bytes cmd cmp compress container context crypto database debug embed encoding errors expvar
		flag fmt go hash html image index internal io iter log maps math mime net os path plugin reflect regexp runtime slices sort
		strconv strings structs sync syscall testing text time unicode unique unsafe uuid vendor weak`)
}

// CheckModule returns what is invalid about the path of a Go module.
func CheckModule(module string) error {
	first, _, _ := strings.Cut(module, "/")
	for element := range strings.SplitSeq(module, "/") {
		if !regexp.MustCompile(`^[A-Za-z0-9_~-]([A-Za-z0-9_.~-]*[A-Za-z0-9_~-])?$`).MatchString(element) {
			return fmt.Errorf("%.200q is not the path of a Go module, such as example.com/shop", module)
		}
	}
	switch {
	case slices.Contains(standard(), first):
		return fmt.Errorf("a module cannot be called %s: %s is a package of Go's own", module, first)
	case strings.HasPrefix(module+"/", "github.com/homing-dev/homing/"):
		return fmt.Errorf("a module cannot be called %s: that is Homing itself", module)
	}
	return nil
}

// Function is the name of a function in the forms that it has in an app.
type function struct {
	name  string // in chain.yaml: quote.enrich
	ident string // in Go: QuoteEnrich
	file  string // quoteenrich in Go, quote_enrich elsewhere
	chain string // of a chain and in a route: quote-enrich
}

// newFunction checks a name.
func newFunction(name string, lang Lang) (function, error) {
	words := strings.FieldsFunc(name, func(c rune) bool { return strings.ContainsRune("-_.", c) })
	if !regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9]*([-_.][a-zA-Z0-9]+)*$`).MatchString(name) || len(name) > maxName {
		return function{}, fmt.Errorf("%.60q is not a name of a function: letters and digits, in words between which are single "+
			"dots, dashes or underscores, beginning with a letter, at most %d in all", name, maxName)
	}
	f := function{name: name, chain: strings.ToLower(strings.Join(words, "-"))}
	for _, word := range words {
		f.ident += strings.ToUpper(word[:1]) + word[1:]
	}
	// Go reads a meaning into what stands behind an underscore: _test, _linux.
	f.file = strings.ToLower(strings.Join(words, ""))
	if lang != Go {
		f.file = strings.ToLower(strings.Join(words, "_"))
	}
	if reserved(name, lang) {
		return function{}, fmt.Errorf("%q is a keyword of %s", name, lang.title())
	}
	return f, nil
}

// reserved reports whether a name is a keyword of the language.
func reserved(name string, lang Lang) bool {
	switch lang {
	case Python:
		return slices.Contains(strings.Fields(`False None True and as assert async await break class continue def del elif else except
			finally for from global if import in is lambda nonlocal not or pass raise return try while with yield`), name)
	case Node:
		return slices.Contains(strings.Fields(`await break case catch class const continue debugger default delete do else enum export
			extends false finally for function if implements import in instanceof interface let new null package private protected
			public return static super switch this throw true try typeof var void while with yield`), name)
	case Go:
	}
	return token.IsKeyword(name)
}
