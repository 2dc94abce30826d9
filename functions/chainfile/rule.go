package chainfile

import (
	"maps"
	"mime"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/nearest"
)

// rule returns what is invalid about a text and what was probably meant; "" and
// "" if nothing is.
type rule func(s string) (problem, meant string)

// rules are the rules by the names that tags have for them.
func (r *reader) rules() map[string]rule {
	return map[string]rule{
		"dashed": dashedName, "step": stepName, "word": word, "scope": scope, "header": headerName, "media": mediaType,
		"param": oneOf("string", "integer", "number", "boolean"), "url": stepURL, "route": route, "function": r.function,
		"variable": variable, "default": fixed, "answers": oneOf(functions.AnswersEvent, functions.AnswersJSON),
		"stepHeader": stepHeader, "stepHeaderValue": stepHeaderValue, "command": command,
		"origin": origin, "priority": oneOf(functions.PriorityHigh, functions.PriorityNormal, functions.PriorityLow),
		"rateBy": oneOf(functions.RateByTenant, functions.RateByChain),
		"effect": oneOf("Allow", "Deny"), "action": action, "resource": resource,
	}
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

// dashedName is the form of a chain's name, which becomes part of a type, of
// labels of metrics and of the names of a platform's resources.
func dashedName(s string) (problem, meant string) {
	others := regexp.MustCompile(`[^a-zA-Z0-9-]`)
	if s != "" && !others.MatchString(s) {
		return "", ""
	}
	return quote(s) + " is not a name of letters, digits and dashes", strings.Trim(others.ReplaceAllString(s, "-"), "-")
}

// stepName also takes the dots and underscores that names of functions have.
func stepName(s string) (problem, meant string) {
	if s == "" || strings.Trim(s, letters+"0123456789-_.") != "" {
		return quote(s) + " is not a name of letters, digits, dashes, underscores and dots", ""
	}
	return "", ""
}

// stepURL is the form of the address of a remote step. What holds ${NAME} is
// checked when it is known what that stands for.
func stepURL(s string) (problem, meant string) {
	if strings.Contains(s, "$$") || strings.Contains(s, "${") {
		return template(s, true)
	}
	if problem := urlProblem(s); problem != "" {
		if _, meant = template(s, false); !strings.HasPrefix(s, "$") {
			meant = ""
		}
		return quote(s) + " " + problem, meant
	}
	return "", ""
}

// urlProblem returns what is invalid about an address that holds no variables.
func urlProblem(s string) string {
	if isLambda(s) {
		// The length is what the Invoke API takes.
		if !regexp.MustCompile(`^lambda:[a-zA-Z0-9_:$.-]{1,170}$`).MatchString(s) {
			return "is not lambda: and the name or ARN of a function"
		}
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.Fragment != "" {
		return "is not an absolute http or https URL without user and fragment, nor lambda:NAME"
	}
	return ""
}

// word is for names that are chosen outside of the file: tenants, types,
// parameters.
func word(s string) (problem, meant string) {
	if s == "" || strings.ContainsFunc(s, func(c rune) bool { return unicode.IsSpace(c) || !unicode.IsPrint(c) }) {
		return quote(s) + " is not a word: it must not be empty or hold spaces", strings.Join(strings.Fields(s), "-")
	}
	return "", ""
}

// scope is a scope-token of RFC 6749 section 3.3.
func scope(s string) (problem, meant string) {
	if s == "" || strings.ContainsFunc(s, func(c rune) bool { return c < '!' || c > '~' || c == '"' || c == '\\' }) {
		return quote(s) + " is not a scope: printable ASCII without spaces, quotes and backslashes", strings.Join(strings.Fields(s), ".")
	}
	return "", ""
}

// headerName is a token of RFC 9110 section 5.6.2 whose attribute on the event
// is free.
func headerName(s string) (problem, meant string) {
	if s == "" || strings.Trim(s, letters+"0123456789!#$%&'*+-.^_`|~") != "" {
		return quote(s) + " is not the name of a header", strings.Join(strings.Fields(strings.Trim(s, " :")), "-")
	}
	switch attr := functions.HeaderAttr(s); attr {
	case functions.AttrHTTPMethod, functions.AttrHTTPPath, functions.AttrHTTPRoute, functions.AttrHTTPQuery,
		functions.AttrHTTPStatus, functions.AttrHTTPHeaders:
		return quote(s) + " cannot be carried: the event's attribute " + attr + " has another meaning", ""
	case functions.HeaderAttr(""):
		return quote(s) + " cannot be carried: an attribute is named by letters and digits", ""
	default:
		return "", ""
	}
}

// origin is the origin of a page, as a browser sends it, or * for all.
func origin(s string) (problem, meant string) {
	err := functions.CheckOrigin(s)
	if err == nil {
		return "", ""
	}
	if meant = functions.NormalOrigin(s); meant == "" && strings.Contains(s, ".") && !strings.Contains(s, "://") {
		meant = functions.NormalOrigin("https://" + s)
	}
	return quote(s) + " " + err.Error(), meant
}

// mediaType is a media type or range of RFC 9110 section 8.3.1.
func mediaType(s string) (problem, meant string) {
	name, _, err := mime.ParseMediaType(s)
	major, minor, slash := strings.Cut(name, "/")
	switch {
	case err == nil && slash && major != "" && minor != "":
		return "", ""
	case err == nil && !slash:
		meant = nearest.Word(s, []string{
			"application/json", "application/xml", "application/pdf", "application/octet-stream",
			"image/jpeg", "image/png", "text/csv", "text/html", "text/plain",
		})
	}
	return quote(s) + " is not a media type", meant
}

// function is the name of a function that is known. All names are listed where
// they are few enough to read.
func (r *reader) function(s string) (problem, meant string) {
	if r.known[s] != nil && s != "" {
		return "", ""
	}
	known := slices.DeleteFunc(slices.Sorted(maps.Keys(r.known)), func(name string) bool { return name == "" || r.known[name] == nil })
	problem = "unknown function " + quote(s)
	const few = 8
	switch {
	case len(known) == 0:
		problem += "; no function is known here"
	case len(known) <= few:
		problem += "; known are " + strings.Join(known, ", ")
	}
	return problem, nearest.Word(s, known)
}
