// Package environment reads the configuration of a process from environment
// variables, and reports everything that is invalid at once.
package environment

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Reader reads variables, and collects an error for each that is invalid. No
// error shows the value of a variable that may hold a secret.
type Reader struct {
	// Getenv returns the value of a variable, "" if it is not set.
	Getenv func(name string) string

	errs []error
}

// Invalid adds an error.
func (r *Reader) Invalid(format string, args ...any) {
	r.errs = append(r.errs, fmt.Errorf(format, args...))
}

// Err joins the errors; nil if there are none.
func (r *Reader) Err() error { return errors.Join(r.errs...) }

// Required reads a variable that must be set; what describes it for the error.
func (r *Reader) Required(name, what string) string {
	v := r.Getenv(name)
	if v == "" {
		r.Invalid("%s is missing: %s", name, what)
	}
	return v
}

// Duration reads a time above zero; it is otherwise if the variable is not set.
func (r *Reader) Duration(name string, otherwise time.Duration) time.Duration {
	v := r.Getenv(name)
	if v == "" {
		return otherwise
	}
	d, err := time.ParseDuration(v)
	if err != nil || d <= 0 {
		r.Invalid("%s is %q, not a time above zero such as %s", name, v, otherwise)
	}
	return d
}

// Bool reads true or false; it is false if the variable is not set.
func (r *Reader) Bool(name string) bool {
	v := r.Getenv(name)
	if v == "" {
		return false
	}
	b, err := strconv.ParseBool(v)
	if err != nil {
		r.Invalid("%s is %q; it can be true or false", name, v)
	}
	return b
}

// Enabled reads true or false; it is true if the variable is not set.
func (r *Reader) Enabled(name string) bool { return r.Getenv(name) == "" || r.Bool(name) }

// List reads a list whose entries commas separate.
func (r *Reader) List(name string) []string { return List(r.Getenv(name)) }

// CheckURL adds an error if the value of a variable is set and no absolute http
// or https URL. The error does not show it: it may hold a password.
func (r *Reader) CheckURL(name, value string) {
	u, err := url.Parse(value)
	if value != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "") {
		r.Invalid("%s is no absolute http or https URL", name)
	}
}

// Parse reads a variable by parse, whose errors must not show a secret. It is
// the zero value if the variable is not set.
func Parse[T any](r *Reader, name string, parse func(string) (T, error)) T {
	var none T
	v := r.Getenv(name)
	if v == "" {
		return none
	}
	out, err := parse(v)
	if err != nil {
		r.Invalid("%s: %w", name, err)
	}
	return out
}

// List splits s at its commas. Spaces around an entry do not belong to it, and
// empty entries do not count.
func List(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}
