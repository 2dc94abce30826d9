package chainfile

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/nearest"
)

// Option changes what [Parse] and [Load] do.
type Option func(*reader)

// Environment is the process that serves the chains of a file.
type Environment struct {
	// Lookup returns a variable. One that is empty counts as not set.
	Lookup func(name string) (value string, ok bool)
	// Runs reports whether the process runs a step; nil means that it runs all.
	Runs func(chain, step string) bool
	// URLs have, by "chain.step", where a remote step runs instead of at its url. One
	// without a path gets the path and the query of that.
	URLs map[string]string
}

// Serve has the variables of the steps that a process runs resolved: a remote one
// has its [functions.Step.Remote] then, and in its URL only the secrets are not
// resolved. A variable or secret that is not set is an error at its place. Without
// this option nothing is resolved, and the form alone is checked.
func Serve(env Environment) Option { return func(r *reader) { r.env = &env } }

// uniqueDefaults finds variables with two defaults, since a process has one
// environment, and secrets that have one.
func (r *reader) uniqueDefaults(chains []functions.Chain) {
	places, defaults, secrets := lines{}, map[string]string{}, lines{}
	for i, c := range chains {
		for j, name := range c.Secrets {
			at, _ := r.at("chains[%d].secrets[%d]", i, j)
			secrets.earlier(name, at)
		}
	}
	for i, c := range chains {
		for _, name := range slices.Sorted(maps.Keys(c.Env)) {
			at, _ := r.at("chains[%d].env.%s", i, name)
			if line := secrets[name]; line > 0 {
				r.invalid(at, "%s is a secret, at line %d: such a variable has no default in a file", name, line)
			}
			if line := places.earlier(name, at); line == 0 {
				defaults[name] = c.Env[name]
			} else if defaults[name] != c.Env[name] {
				r.invalid(at, "%s has another default at line %d, and a process has one environment", name, line)
			}
		}
	}
}

// resolve resolves the variables of the steps of a chain that the process runs.
func (r *reader) resolve(path string, c *functions.Chain) {
	missing := map[string]bool{}
	for i := range c.Steps {
		s := &c.Steps[i]
		v, _ := r.at("%s.steps[%d]", path, i)
		switch {
		case s.Name == "" || r.env != nil && r.env.Runs != nil && !r.env.Runs(c.Name, s.Name):
			continue
		case r.env == nil:
			r.checkSample(v, *c, s.URL)
			continue
		}
		_, secrets := Variables(*c, *s)
		for _, name := range secrets {
			_, ok := r.lookup(*c, name)
			missing[name] = missing[name] || !ok
		}
		if s.Uses == "" {
			r.resolveStep(v, *c, s)
		}
	}
	for i, name := range c.Secrets {
		if missing[name] {
			at, _ := r.at("%s.secrets[%d]", path, i)
			r.invalid(at, "the secret %s is not set; set that variable in the environment", name)
		}
	}
}

// checkURLs finds URLs that are for no remote step.
func (r *reader) checkURLs(chains []functions.Chain) {
	if r.env == nil || len(r.env.URLs) == 0 {
		return
	}
	var remote []string
	for _, c := range chains {
		for _, s := range c.Steps {
			if s.Uses == "" {
				remote = append(remote, c.Name+"."+s.Name)
			}
		}
	}
	root, _ := r.at("")
	for _, name := range slices.Sorted(maps.Keys(r.env.URLs)) {
		if !slices.Contains(remote, name) {
			r.invalid(root, "HOMING_STEP_URLS has a URL for %s, which is no remote step of a chain", quote(name))
			r.suggest(nearest.Word(name, remote))
		}
	}
}

// lookup returns what the environment has, or the default.
func (r *reader) lookup(c functions.Chain, name string) (string, bool) {
	if value, ok := r.env.Lookup(name); ok && value != "" {
		return value, true
	}
	value, ok := c.Env[name]
	return value, ok
}

// checkSample finds a url that is none whatever its variables stand for.
func (r *reader) checkSample(v value, c functions.Chain, text string) {
	first := true
	sample, _ := Expand(text, func(name string) (string, bool) {
		value, known := c.Env[name]
		switch {
		case known:
		case first && strings.HasPrefix(text, "${"+name+"}://"):
			value = "http"
		case first && strings.HasPrefix(text, "${"+name+"}"):
			value = "http://1"
		default:
			value = "1" // fits in a host, a port, a path and a query
		}
		first = false
		return value, true
	})
	if sample != text {
		at, _ := r.at("%s.url", v.path)
		r.checkURL(at, text, sample)
	}
}

// checkURL finds what is invalid about what a url stands for, and says it of what
// can be shown.
func (r *reader) checkURL(at value, shown, text string) {
	if problem := urlProblem(text); problem != "" {
		r.invalid(at, "%s %s", quote(shown), problem)
	}
}

// resolveStep sets the Remote of a remote step.
func (r *reader) resolveStep(v value, c functions.Chain, s *functions.Step) {
	remote := &functions.Remote{Header: http.Header{}, Secrets: map[string]string{}}
	for _, name := range c.Secrets {
		if value, ok := r.lookup(c, name); ok {
			remote.Secrets[name] = value
		}
	}
	remote.URL, s.URL = r.resolveURL(v, c, *s)
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		at, _ := r.at("%s.headers.%s", v.path, name)
		text, ok := r.expand(at, c, s.Headers[name])
		if ok && hasControl(text) {
			r.invalid(at, "what %s stands for holds a control character, such as the end of a line", quote(s.Headers[name]))
		}
		remote.Header.Set(name, strings.TrimSpace(text))
	}
	if isLambda(remote.URL) && (len(s.Headers) > 0 || s.Auth != functions.Auth{}) {
		r.invalid(v, "a step at lambda: has no headers and no auth: it is invoked by the AWS SDK")
	}
	s.Remote = remote
}

// resolveURL returns where a step runs, and the same with its secrets unresolved.
func (r *reader) resolveURL(v value, c functions.Chain, s functions.Step) (full, shown string) {
	lookup := func(name string) (string, bool) { return r.lookup(c, name) }
	showing := func(name string) (string, bool) {
		if slices.Contains(c.Secrets, name) {
			return "", false
		}
		return lookup(name)
	}
	shown, _ = Expand(s.URL, showing)
	if other, ok := r.env.URLs[c.Name+"."+s.Name]; ok {
		full, missing := Expand(s.URL, lookup)
		if len(missing) > 0 {
			full, shown = "", ""
		}
		full, shown = moved(other, full), moved(other, shown)
		if problem := urlProblem(full); problem != "" {
			r.invalid(v, "HOMING_STEP_URLS has %s for it, which %s", quote(shown), problem)
		}
		return full, shown
	}
	at, written := r.at("%s.url", v.path)
	if !written {
		if _, run := r.at("%s.run", v.path); run {
			r.invalid(v, "the step has no url: run is for `homing dev`, which starts it; give it a url, or set HOMING_STEP_URLS=%s.%s=URL",
				c.Name, s.Name)
		}
		return "", ""
	}
	full, ok := r.expand(at, c, s.URL)
	if ok && s.URL != "" && full != s.URL {
		r.checkURL(at, shown, full)
	}
	return full, shown
}

// moved returns a base with the path and query of an URL, unless it has its own.
func moved(base, from string) string {
	to, err := url.Parse(base)
	path, parseErr := url.Parse(from)
	if err != nil || parseErr != nil || to.Host == "" || strings.Trim(to.Path, "/") != "" || to.RawQuery != "" {
		return base
	}
	to.Path, to.RawPath, to.RawQuery = path.Path, path.RawPath, path.RawQuery
	return to.String()
}

// expand resolves a text, and reports the variables that are not set. Secrets are
// reported elsewhere, once.
func (r *reader) expand(at value, c functions.Chain, text string) (expanded string, ok bool) {
	expanded, missing := Expand(text, func(name string) (string, bool) { return r.lookup(c, name) })
	for _, name := range missing {
		if !slices.Contains(c.Secrets, name) {
			r.invalid(at, "%s is not set; set that variable in the environment, or give it a default: env: {%s: …}",
				fmt.Sprintf("${%s}", name), name)
		}
	}
	return expanded, len(missing) == 0
}
