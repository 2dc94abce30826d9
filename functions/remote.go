package functions

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// What a remote step answers, see [Step].
const (
	// AnswersEvent is a CloudEvent.
	AnswersEvent = "event"
	// AnswersJSON is plain data: JSON, or whatever its Content-Type says. It becomes
	// the data of the result.
	AnswersJSON = "json"
)

// Auth is how Homing proves to a remote step who it is. At most one field is set.
type Auth struct {
	// SigV4 is the name of the AWS service that signs are made for, by Signature
	// Version 4: "execute-api" for API Gateway, "lambda" for a function URL.
	SigV4 string `rule:"word" yaml:"sigv4"`
	// OIDC is the audience of the ID token that is sent: for Cloud Run, the URL of
	// the service.
	OIDC string `rule:"word" yaml:"oidc"`
}

// Permission is a statement of an IAM policy, in IAM's own words.
type Permission struct {
	// Effect is "Allow" or "Deny"; empty means Allow.
	Effect string `rule:"effect" yaml:"Effect"` //nolint:tagliatelle // IAM's own name
	// Action are actions such as "s3:GetObject". One may be written as a text.
	Action []string `items:"actions" rule:"action" single:"true" yaml:"Action,required"` //nolint:tagliatelle // IAM's own name
	// Resource are ARNs, or "*". One may be written as a text.
	Resource []string `items:"resources" rule:"resource" single:"true" yaml:"Resource,required"` //nolint:tagliatelle // IAM's own name
	// Condition has values by operators and keys.
	Condition map[string]map[string][]string `items:"values" keys:"word" single:"true" yaml:"Condition"` //nolint:tagliatelle // IAM's own name
}

// Remote is how a remote step is called. It may hold secrets, so it prints as
// nothing but its kind.
type Remote struct {
	URL    string
	Header http.Header
	// Secrets are the values that must not be shown, by their names.
	Secrets map[string]string
}

// String implements fmt.Stringer.
func (Remote) String() string { return "functions.Remote" }

// GoString implements fmt.GoStringer.
func (r Remote) GoString() string { return r.String() }

// MarshalText implements [encoding.TextMarshaler], by which JSON, YAML and logs
// have no secrets either.
func (r Remote) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// Redact returns text with ${NAME} in the place of every secret.
func (r Remote) Redact(text string) string {
	var pairs []string
	names := slices.Collect(maps.Keys(r.Secrets))
	// The longest first, since one secret may begin as another does.
	slices.SortFunc(names, func(a, b string) int {
		return len(r.Secrets[b]) - len(r.Secrets[a])
	})
	for _, name := range names {
		value := r.Secrets[name]
		quoted := strconv.Quote(value)
		for _, form := range []string{value, url.QueryEscape(value), url.PathEscape(value), quoted[1 : len(quoted)-1]} {
			if form != "" {
				pairs = append(pairs, form, "${"+name+"}")
			}
		}
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Target returns where a remote step is called: its URL with what that stands for.
// It may hold secrets.
func (s Step) Target() string {
	if s.Remote != nil {
		return s.Remote.URL
	}
	return s.URL
}
