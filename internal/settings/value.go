package settings

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/internal/nearest"
)

// Value is what a setting fills.
type Value struct {
	// Set reads a text. Its error says what is allowed, and not what was read.
	Set func(text string) error
	// Default is what is there without it; "" for nothing.
	Default string
	// Kind names what it takes in a help text.
	Kind string
	// Secret is true if nobody is to see what it is set to.
	Secret bool
}

// parsed is a value of any type. The errors of parse must not show a secret.
func parsed[T any](to *T, kind string, parse func(string) (T, error)) Value {
	return Value{Kind: kind, Set: func(text string) error {
		v, err := parse(text)
		if err == nil {
			*to = v
		}
		return err
	}}
}

// secret hides what a value is set to.
func secret(v Value) Value {
	v.Secret = true
	return v
}

// withDefault sets what is there without the setting.
func withDefault[T any](v Value, to *T, otherwise T, written string) Value {
	*to, v.Default = otherwise, written
	return v
}

func text(to *string, kind, otherwise string) Value {
	v := parsed(to, kind, func(s string) (string, error) { return s, nil })
	return withDefault(v, to, otherwise, otherwise)
}

// size takes a number of bytes above zero; without a default it is zero.
func size(to *int64, otherwise int64) Value {
	*to = otherwise
	v := Value{Set: (*Size)(to).Set, Kind: (*Size)(to).Type()}
	if otherwise > 0 {
		v.Default = (*Size)(to).String()
	}
	return v
}

// span takes a time above zero; without a default it is zero.
func span(to *time.Duration, otherwise time.Duration) Value {
	v := parsed(to, "time", func(s string) (time.Duration, error) {
		var d Span
		if err := d.Set(s); err != nil {
			return 0, err
		}
		if d == 0 {
			return 0, fmt.Errorf("%w, and above zero", ErrSpan)
		}
		return time.Duration(d), nil
	})
	written := ""
	if otherwise > 0 {
		written = short(otherwise)
	}
	return withDefault(v, to, otherwise, written)
}

// count takes a whole number above zero.
func count(to *int, otherwise int) Value {
	v := parsed(to, "number", func(s string) (int, error) {
		n, err := strconv.ParseInt(s, 10, 32)
		if err != nil || n < 1 {
			return 0, fmt.Errorf("must be a whole number of at least 1, such as %d", otherwise)
		}
		return int(n), nil
	})
	return withDefault(v, to, otherwise, strconv.Itoa(otherwise))
}

func truth(to *bool) Value {
	v := parsed(to, "bool", func(s string) (bool, error) {
		b, err := strconv.ParseBool(s)
		if err != nil {
			return false, errors.New("must be true or false")
		}
		return b, nil
	})
	return withDefault(v, to, false, "false")
}

// unless takes true for a field that is false then, and the other way round.
func unless(to *bool) Value {
	var given bool
	v := truth(&given)
	set := v.Set
	v.Set = func(text string) error {
		err := set(text)
		if err == nil {
			*to = !given
		}
		return err
	}
	v.Default = "true"
	return v
}

// word takes one of some words.
func word(to *string, otherwise string, words ...string) Value {
	v := parsed(to, "word", func(s string) (string, error) {
		if !slices.Contains(words, s) {
			return "", fmt.Errorf("must be one of %s%s", strings.Join(words, ", "), nearest.DidYouMean(s, words))
		}
		return s, nil
	})
	return withDefault(v, to, otherwise, otherwise)
}

// list takes entries that commas separate. Spaces around an entry do not belong
// to it, and empty entries do not count.
func list(to *[]string) Value {
	return parsed(to, "list", func(s string) ([]string, error) { return splitList(s), nil })
}

func splitList(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// address takes an absolute http or https URL, which may hold a password. What
// is between braces is filled in later.
func address(to *string, braces ...string) Value {
	return secret(parsed(to, "URL", func(s string) (string, error) {
		filled := s
		for _, name := range braces {
			filled = strings.ReplaceAll(filled, "{"+name+"}", name)
		}
		u, err := url.Parse(filled)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
			return "", errors.New("must be an absolute http or https URL")
		}
		return s, nil
	}))
}
