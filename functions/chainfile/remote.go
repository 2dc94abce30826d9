package chainfile

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/nearest"
)

// oneOf is the rule of a text that is one of a few.
func oneOf(all ...string) rule {
	return func(s string) (problem, meant string) {
		if slices.Contains(all, s) {
			return "", ""
		}
		return quote(s) + " is not one of " + strings.Join(all, ", "), nearest.Word(s, all)
	}
}

// stepHeader is a header that a step may be sent beside those of its event.
func stepHeader(s string) (problem, meant string) {
	if s == "" || strings.Trim(s, letters+"0123456789!#$%&'*+-.^_`|~") != "" {
		return quote(s) + " is not the name of a header", strings.Join(strings.Fields(strings.Trim(s, " :")), "-")
	}
	switch name := strings.ToLower(s); name {
	case "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
		"transfer-encoding", "upgrade":
		return quote(s) + " cannot be set: it is about a connection", ""
	case "content-encoding", "content-length", "content-type", "host", "prefer":
		return quote(s) + " cannot be set: Homing sets it by the event and the url", ""
	case "traceparent", "tracestate":
		return quote(s) + " cannot be set: it is about the trace of a call", ""
	default:
		if strings.HasPrefix(name, "ce-") {
			return quote(s) + " cannot be set: headers with ce- are the attributes of the event", ""
		}
		return "", ""
	}
}

func hasControl(s string) bool { return strings.ContainsFunc(s, unicode.IsControl) }

func stepHeaderValue(s string) (problem, meant string) {
	switch {
	case strings.TrimSpace(s) == "":
		return "the value is empty", ""
	case hasControl(s):
		return quote(s) + " holds a control character", ""
	case strings.TrimSpace(s) != s:
		return quote(s) + " begins or ends with a space", strings.TrimSpace(s)
	}
	return template(s, false)
}

func command(s string) (problem, meant string) {
	switch {
	case strings.TrimSpace(s) == "":
		return "the command is empty", ""
	case strings.ContainsRune(s, 0):
		return quote(s) + " holds a control character", ""
	}
	return template(s, true)
}

// action is the form of an action of IAM, with wildcards.
func action(s string) (problem, meant string) {
	if s == "*" || regexp.MustCompile(`^[a-z0-9-]+:[A-Za-z0-9*?]+$`).MatchString(s) {
		return "", ""
	}
	return quote(s) + " is not an action of IAM such as s3:GetObject", ""
}

// resource is the form of an ARN. What CloudFormation is to fill in is a matter of
// its template.
func resource(s string) (problem, meant string) {
	if s == "*" || regexp.MustCompile(`^arn:[^:\s]+:[^:\s]+:[^:\s]*:[^:\s]*:\S+$`).MatchString(s) {
		return "", ""
	}
	return quote(s) + ` is not an ARN such as arn:aws:s3:::bucket/*, nor "*"`, ""
}

// isLambda reports whether an URL names a Lambda function.
func isLambda(url string) bool { return strings.HasPrefix(url, "lambda:") }

// checkRemote finds what a function, or a Lambda, cannot have, and what of a remote
// step does not go together.
func (r *reader) checkRemote(v value, s functions.Step) {
	_, isURL := r.at("%s.url", v.path)
	_, isRun := r.at("%s.run", v.path)
	for _, name := range []string{"answers", "headers", "auth"} {
		at, written := r.at("%s.%s", v.path, name)
		switch {
		case !written:
		case !isURL && !isRun:
			r.invalid(at, "only a remote step, one with a url, has %s", name)
		case isLambda(s.URL) && name != "answers":
			r.invalid(at, "a step at lambda: has no %s: it is invoked by the AWS SDK", name)
		}
	}
	names := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(s.Headers)) {
		at, _ := r.at("%s.headers.%s", v.path, name)
		key := http.CanonicalHeaderKey(name)
		if earlier, twice := names[key]; twice {
			r.invalid(at, "%s and %s are the same header", quote(name), quote(earlier))
		}
		names[key] = name
	}
	auth, written := r.at("%s.auth", v.path)
	_, sigv4 := r.at("%s.auth.sigv4", v.path)
	_, oidc := r.at("%s.auth.oidc", v.path)
	switch own, set := names["Authorization"]; {
	case !written || auth.node.Kind != yaml.MappingNode:
	case !sigv4 && !oidc:
		r.invalid(auth, `the field "sigv4" or "oidc" is missing`)
	case sigv4 && oidc:
		r.invalid(auth, "a step has either sigv4 or oidc, not both")
	case set:
		r.invalid(auth, "auth sets the header Authorization, and so does headers.%s", own)
	}
}

// checkPermissions fills in the default effect.
func checkPermissions(all []functions.Permission) {
	for i := range all {
		if all[i].Effect == "" {
			all[i].Effect = "Allow"
		}
	}
}
