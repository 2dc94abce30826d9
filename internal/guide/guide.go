// Package guide describes how to call the chains that are served.
package guide

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// Guide describes a server to who has just started it. The zero value
// describes a server without chains.
type Guide struct {
	// Base is the URL of the server without a slash at its end.
	Base string
	// Chains are what it serves.
	Chains []functions.Chain
	// Tokens is set if calls need a token.
	Tokens bool
	// SignedIn is the region for which calls must be signed for API Gateway (AWS Signature
	// Version 4), by the credentials of `homing local`; "" if they need not.
	SignedIn string
	// Exists reports whether an example can name a file, by its path from the
	// working directory; nil means none is there.
	Exists func(path string) bool
}

// String lists the routes, each with a line for the shell that calls it. A line
// works as it is if testdata has a file with the name of the chain, such as
// testdata/greet.json, and names a file to be replaced elsewhere.
func (g Guide) String() string {
	var b strings.Builder
	plural := "s"
	if len(g.Chains) == 1 {
		plural = ""
	}
	fmt.Fprintf(&b, "Serving %d chain%s on %s\n", len(g.Chains), plural, g.Base)
	for _, c := range g.Chains {
		fmt.Fprintf(&b, "\n%s %s", c.Method, c.Path)
		if c.Description != "" {
			b.WriteString("  " + strings.Join(strings.Fields(c.Description), " "))
		}
		b.WriteString("\n  " + g.Curl(c) + "\n")
	}
	b.WriteString("\nAlso there: POST /events, GET /requests/{id}, GET /openapi.json, GET /metrics, GET /health/readiness\n")
	if g.Tokens {
		b.WriteString("Calls need a token: put it into HOMING_TOKEN, or write it in the place of $HOMING_TOKEN.\n")
	}
	b.WriteString("Stop with Ctrl-C.\n")
	return b.String()
}

// example is what a chain can be called with.
type example struct{ body, query, output string }

// Curl is a line for the shell that calls the chain.
func (g Guide) Curl(c functions.Chain) string {
	e := g.example(c)
	words := []string{"curl", "-sS"}
	if g.Tokens {
		words = append(words, `-H "Authorization: Bearer $HOMING_TOKEN"`)
	}
	if g.SignedIn != "" {
		words = append(words, "--aws-sigv4", "aws:amz:"+g.SignedIn+":execute-api", "--user", "local:local")
	}
	if c.Method != http.MethodPost || e.body == "" {
		words = append(words, methodFlag(c.Method)...)
	}
	if e.body != "" {
		words = append(words, contentType(c)...)
		words = append(words, "--data-binary", Quote("@"+e.body))
	}
	target := g.Base + fillIn(c.Path)
	if e.query != "" {
		target += "?" + e.query
	}
	words = append(words, Quote(target))
	if e.output != "" {
		words = append(words, "-o", e.output)
	}
	return strings.Join(words, " ")
}

// methodFlag is how curl is given the method; HEAD by a flag of its own, or it
// would wait for a body.
func methodFlag(method string) []string {
	switch method {
	case http.MethodGet:
		return nil
	case http.MethodHead:
		return []string{"-I"}
	default:
		return []string{"-X", method}
	}
}

// contentType is the header of what is sent, because curl would call it a form.
func contentType(c functions.Chain) []string {
	if len(c.Consumes) == 0 || strings.Contains(c.Consumes[0], "*") {
		return []string{"-H", "'Content-Type: application/octet-stream'"}
	}
	return []string{"-H", Quote("Content-Type: " + c.Consumes[0])}
}

// example names a file, which is to be replaced unless it is in testdata, and the
// parameters that must be there.
func (g Guide) example(c functions.Chain) example {
	var s example
	switch c.Method {
	case http.MethodPost, http.MethodPut, http.MethodPatch:
		s.body = c.Name + extension(c.Consumes)
		if there := "testdata/" + s.body; g.Exists != nil && g.Exists(there) {
			s.body = there
		}
	}
	query := url.Values{}
	for _, p := range c.Query {
		if p.Required {
			query.Set(p.Name, placeholder(p.Type))
		}
	}
	s.query = query.Encode()
	if ext := extension(c.Produces); ext != ".json" && ext != ".txt" && ext != "" {
		s.output = "out" + ext
	}
	return s
}

func placeholder(kind string) string {
	switch kind {
	case "integer", "number":
		return "1"
	case "boolean":
		return "true"
	default:
		return "TEXT"
	}
}

// extension is what files of the first of the types end with; "" if that is
// not known.
func extension(types []string) string {
	if len(types) == 0 {
		return ""
	}
	kind, _, _ := strings.Cut(types[0], ";")
	_, minor, _ := strings.Cut(strings.TrimSpace(kind), "/")
	if i := strings.LastIndexByte(minor, '+'); i >= 0 {
		minor = minor[i+1:]
	}
	switch minor {
	case "json", "xml", "csv", "html", "pdf", "zip", "png", "gif", "webp":
		return "." + minor
	case "plain":
		return ".txt"
	case "jpeg":
		return ".jpg"
	default:
		return ".bin"
	}
}

// fillIn puts the names of a path's wildcards in their places.
func fillIn(path string) string {
	path = strings.TrimSuffix(path, "{$}")
	return regexp.MustCompile(`\{([^{}.]+)(\.\.\.)?\}`).ReplaceAllStringFunc(path, func(wildcard string) string {
		return strings.ToUpper(strings.Trim(wildcard, "{}."))
	})
}

// Quote returns text as one word of a POSIX shell, with quotes only where they are
// needed.
func Quote(text string) string {
	if text != "" && !regexp.MustCompile(`[^A-Za-z0-9_@%+=:,./-]`).MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// BaseURL is where a client on this machine finds a server that listens at an
// address.
func BaseURL(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip.IsUnspecified()) {
		return "http://localhost:" + port
	}
	return "http://" + address
}
