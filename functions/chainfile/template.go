package chainfile

import (
	"regexp"
	"slices"
	"strings"

	"github.com/homing-dev/homing/functions"
)

// reference is what has a meaning in a template: $$ for a dollar, ${NAME} for a
// variable, and ${ for one that is not written to its end.
var reference = regexp.MustCompile(`\$\$|\$\{[^{}]*\}?`)

// Expand replaces ${NAME} in a text by the value of the variable, and $$ by $. A
// variable for which lookup reports false stays as it is written, and is missing.
func Expand(text string, lookup func(name string) (string, bool)) (expanded string, missing []string) {
	expanded = reference.ReplaceAllStringFunc(text, func(found string) string {
		if found == "$$" {
			return "$"
		}
		name := nameIn(found)
		value, ok := lookup(name)
		if !ok {
			missing = append(missing, name)
			return found
		}
		return value
	})
	return expanded, missing
}

// nameIn is the name in ${NAME}.
func nameIn(found string) string { return strings.TrimSuffix(strings.TrimPrefix(found, "${"), "}") }

// names are the variables in some texts, each once, in order.
func names(texts ...string) []string {
	var all []string
	for _, text := range texts {
		for _, found := range reference.FindAllString(text, -1) {
			if name := nameIn(found); found != "$$" && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	slices.Sort(all)
	return all
}

// Variables returns the variables that a process needs to run a step, by name: of
// a remote step those that its URL and Headers hold, of a function, which reads its
// environment itself, all that its chain declares. A variable of env without an
// entry in [functions.Chain].Env has no default, so it must be set, as every secret
// must be.
func Variables(c functions.Chain, s functions.Step) (env, secrets []string) {
	all := names(append([]string{s.URL}, headerValues(s)...)...)
	if s.Uses != "" || s.Function != nil && s.URL == "" {
		all = slices.Clone(c.Secrets)
		for name := range c.Env {
			all = append(all, name)
		}
		slices.Sort(all)
	}
	for _, name := range all {
		if slices.Contains(c.Secrets, name) {
			secrets = append(secrets, name)
		} else {
			env = append(env, name)
		}
	}
	return env, secrets
}

func headerValues(s functions.Step) []string {
	values := make([]string, 0, len(s.Headers))
	for _, v := range s.Headers {
		values = append(values, v)
	}
	return values
}

// variable is the form of a variable's name, which Homing's own settings do not
// have.
func variable(s string) (problem, meant string) {
	if !regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`).MatchString(s) {
		meant = strings.Trim(regexp.MustCompile(`[^A-Za-z0-9_]+`).ReplaceAllString(s, "_"), "_")
		return quote(s) + " is not the name of a variable, of letters, digits and underscores", meant
	}
	if strings.HasPrefix(strings.ToUpper(s), "HOMING_") {
		return quote(s) + " is a name of Homing's own settings, which begin with HOMING_", ""
	}
	return "", ""
}

// fixed is the form of a default, which is no template itself.
func fixed(s string) (problem, meant string) {
	if at := strings.Index(s, "${"); at >= 0 {
		return "a default is taken as it is: " + quote(s[at:]) + " is not resolved in it", ""
	}
	if hasControl(s) {
		return quote(s) + " holds a control character", ""
	}
	return "", ""
}

// template is the form of a text that may hold ${NAME}. What has no braces is taken
// for a mistake, unless it is a command, which is for a shell to read.
func template(s string, isCommand bool) (problem, meant string) {
	for _, found := range reference.FindAllString(s, -1) {
		switch {
		case found == "$$":
		case !strings.HasSuffix(found, "}"):
			return quote(found) + ` is not ${NAME}; write "$$" for a dollar`, ""
		default:
			if problem, meant := variable(nameIn(found)); problem != "" {
				if meant != "" {
					meant = strings.ReplaceAll(s, found, "${"+meant+"}")
				}
				return problem, meant
			}
		}
	}
	if isCommand {
		return "", ""
	}
	bare := regexp.MustCompile(`\$[A-Za-z_][A-Za-z0-9_]*`)
	if found := bare.FindString(reference.ReplaceAllString(s, "")); found != "" {
		meant = strings.ReplaceAll(s, found, "${"+found[1:]+"}")
		return quote(found) + ` is not ${NAME}; write "$$" for a dollar`, meant
	}
	return "", ""
}
