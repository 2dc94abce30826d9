package httpevent

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of authorizers that API Gateway and function URLs have in front of a
// function.
const (
	// JWT checks a token: that of an HTTP API, or Cognito's of a REST API.
	JWT = "jwt"
	// IAM checks the signature of a call by AWS Signature Version 4.
	IAM = "iam"
	// Custom is a Lambda authorizer.
	Custom = "lambda"
)

// Verdict is what an authorizer has found out about a caller whom it has let in.
type Verdict struct {
	// Claims are those of a token, or what a Lambda authorizer has returned, as texts.
	// An HTTP API writes a list as [a b].
	Claims map[string]string
	// Scopes are those that the authorizer lists; nil if it lists none. See [Words].
	Scopes []string
	// UserARN is who has signed the call.
	UserARN string
}

// errNoVerdict means that no authorizer of a kind stood in front.
var errNoVerdict = errors.New("no such authorizer has let the call in")

// Verdict returns what an authorizer of a kind has found out. It reads requestContext
// alone, which the service writes: nothing that a client sends gets there. Names count
// as they are written, in small and capital letters, and one that stands twice is an
// error. The error, too, is that there is no verdict: load balancers have none at all,
// and function URLs only that of [IAM].
func (ev *Event) Verdict(kind string) (Verdict, error) {
	switch {
	case ev.twice:
		return Verdict{}, errors.New("a part of requestContext stands in the event twice")
	case ev.Source.LoadBalancer() || ev.Source == URL && kind != IAM:
		return Verdict{}, errNoVerdict
	}
	found := &verdict{kind: kind, nested: ev.Source.Format2()}
	if ev.authorizer != nil {
		found.reset(ev.authorizer)
		if err := found.once(found.member); err != nil {
			return Verdict{}, in([]byte("authorizer"), err)
		}
	}
	if kind == IAM && !found.nested {
		found.UserARN = ev.userARN
	}
	if found.UserARN == "" && found.Claims == nil {
		return Verdict{}, errNoVerdict
	}
	return found.Verdict, nil
}

// Words are the words of a claim such as scope: separated by spaces, or a list as an HTTP
// API writes it.
func Words(claim string) []string {
	if IsList(claim) {
		claim = claim[1 : len(claim)-1]
	}
	return strings.Fields(claim)
}

// IsList reports whether a claim is a list as an HTTP API writes it.
func IsList(claim string) bool { return strings.HasPrefix(claim, "[") && strings.HasSuffix(claim, "]") }

// verdict reads an authorizer's verdict.
type verdict struct {
	scanner
	Verdict

	kind   string
	nested bool // format 2.0: below the name of the kind
}

// once reads an object, in which no name may stand twice.
func (v *verdict) once(member func(name []byte) error) error {
	seen := map[string]struct{}{}
	return v.object(func(name []byte) error {
		if _, again := seen[string(name)]; again {
			return fmt.Errorf("%.40s stands there twice", name)
		}
		seen[string(name)] = struct{}{}
		return in(name, member(name))
	})
}

// member reads the value of a name in the authorizer.
func (v *verdict) member(name []byte) error {
	isObject := v.Peek() == '{'
	switch {
	case v.nested && string(name) == v.kind && isObject:
		switch v.kind {
		case JWT:
			return v.once(v.token)
		case Custom:
			return v.claims()
		default:
			return v.once(v.signer)
		}
	case !v.nested && v.kind == JWT:
		return v.token(name)
	case !v.nested && v.kind == Custom:
		return v.claim(name)
	}
	return v.skip()
}

// token reads a part of what was found in a token.
func (v *verdict) token(name []byte) error {
	switch {
	case string(name) == "claims" && v.Peek() == '{':
		return v.claims()
	case string(name) == "scopes" && v.Peek() == '[':
		return v.array(func() error {
			scope, err := v.text()
			v.Scopes = append(v.Scopes, string(scope))
			return err
		})
	}
	return v.skip()
}

// signer reads a part of what was found in a signature.
func (v *verdict) signer(name []byte) error {
	if string(name) == "userArn" {
		return v.optional(&v.UserARN)
	}
	return v.skip()
}

func (v *verdict) claims() error {
	v.Claims = map[string]string{}
	return v.once(v.claim)
}

// claim reads a claim; what is no text, number or truth value is left out.
func (v *verdict) claim(name []byte) error {
	key := string(name) // reading its value may overwrite it
	if c := v.Peek(); c == '{' || c == '[' || c == 'n' {
		return v.skip()
	}
	text, err := v.scalar()
	if v.Claims == nil {
		v.Claims = map[string]string{}
	}
	v.Claims[key] = string(text)
	return err
}
