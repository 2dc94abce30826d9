package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/runtimes/oidc"
)

// Verdict is what an authorizer has found out; the zero value is that there is none.
type Verdict struct {
	// Claims are those of a JWT as API Gateway writes them, and Scopes those of the route
	// that the token has.
	Claims map[string]string
	Scopes []string
	// UserARN is who has signed the call, with AccessKey.
	UserARN, AccessKey string
}

// refusal is an answer of an authorizer that lets a call not in.
type refusal struct {
	errorResponse

	challenge string // WWW-Authenticate, unless it is empty
	cause     error
}

func (r *refusal) Error() string { return r.cause.Error() }

// authorizers check the calls of an API.
type authorizers struct {
	tokens  map[*template.Authorizer]adapter.Verifier
	options *Options
}

// newAuthorizers creates those of the routes. Nothing is connected before a call comes.
func newAuthorizers(routes []template.Route, o *Options) authorizers {
	a := authorizers{map[*template.Authorizer]adapter.Verifier{}, o}
	for _, r := range routes {
		if one := r.Authorizer; one != nil && one.Issuer != "" {
			verifier, err := oidc.New(adapter.JWT{
				Issuers: []string{one.Issuer}, Audience: one.Audience, TenantClaim: "iss", // what every token has
				Algorithms: []string{"RS256", "RS384", "RS512"}, // API Gateway takes no others
			}, slog.New(slog.DiscardHandler))
			if a.tokens[one] = verifier; err != nil {
				a.tokens[one] = broken{err}
			}
		}
	}
	return a
}

// broken is a verifier that cannot be.
type broken struct{ cause error }

func (b broken) Verify(context.Context, string) (adapter.Identity, error) {
	return adapter.Identity{}, b.cause
}

// check returns what the authorizer of a route finds out about a call, or a refusal.
func (a authorizers) check(r *http.Request, body []byte, authorizer *template.Authorizer) (Verdict, error) {
	switch {
	case authorizer == nil:
		return Verdict{}, nil
	case authorizer.Issuer != "":
		return a.checkToken(r, authorizer)
	}
	key, err := a.options.verifySignature(r, body, "execute-api")
	if err != nil {
		return Verdict{}, &refusal{errorResponse{http.StatusForbidden, "Forbidden"}, "", err}
	}
	return a.options.signedBy(key), nil
}

func (a authorizers) checkToken(r *http.Request, authorizer *template.Authorizer) (Verdict, error) {
	refuse := func(challenge string, err error) (Verdict, error) {
		return Verdict{}, &refusal{errorResponse{http.StatusUnauthorized, "Unauthorized"}, challenge, err}
	}
	token := r.Header.Get("Authorization")
	if scheme, after, ok := strings.Cut(token, " "); ok && strings.EqualFold(scheme, "Bearer") { // or without
		token = strings.TrimSpace(after)
	}
	if token == "" {
		return refuse("Bearer", errors.New("the call has no token"))
	}
	if _, err := a.tokens[authorizer].Verify(r.Context(), token); err != nil {
		return refuse(fmt.Sprintf(`Bearer scope="" error="invalid_token" error_description=%q`, err), err)
	}
	claims, err := claimsOf(token)
	if err != nil {
		return refuse("Bearer", err)
	}
	verdict := Verdict{Claims: claims}
	if len(authorizer.Scopes) == 0 {
		return verdict, nil
	}
	has := append(strings.Fields(claims["scope"]), strings.Fields(strings.Trim(claims["scp"], "[]"))...)
	for _, scope := range authorizer.Scopes {
		if slices.Contains(has, scope) {
			verdict.Scopes = append(verdict.Scopes, scope)
		}
	}
	if len(verdict.Scopes) == 0 {
		challenge := `Bearer scope="` + strings.Join(authorizer.Scopes, " ") + `" error="insufficient_scope"`
		return Verdict{}, &refusal{errorResponse{http.StatusForbidden, "Forbidden"}, challenge, errors.New("the token has no scope of the route")}
	}
	return verdict, nil
}

// claimsOf are the claims of a token that was found valid, as texts: a list is [a b], and
// a number is written as in the token.
func claimsOf(token string) (map[string]string, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 { //nolint:mnd // header, claims and signature
		return nil, errors.New("the token has no claims")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return nil, fmt.Errorf("read the claims: %w", err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.UseNumber()
	var all map[string]any
	if err := decoder.Decode(&all); err != nil {
		return nil, fmt.Errorf("read the claims: %w", err)
	}
	claims := make(map[string]string, len(all))
	for name, value := range all {
		claims[name] = fmt.Sprint(value)
	}
	return claims, nil
}

// forEvent is the authorizer in the requestContext of an event; nil if there is none.
func (v Verdict) forEvent(format2 bool, account string) object {
	var scopes any // null without
	if v.Scopes != nil {
		scopes = v.Scopes
	}
	token := object{"claims": v.Claims, "scopes": scopes}
	switch {
	case v.Claims != nil && format2:
		return object{"jwt": token}
	case v.Claims != nil:
		return token
	case v.UserARN != "" && format2:
		return object{"iam": object{
			"accessKey": v.AccessKey, "accountId": account, "callerId": localUser, "cognitoIdentity": nil, "principalOrgId": nil,
			"userArn": v.UserARN, "userId": localUser,
		}}
	}
	return nil
}
