package adapter

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/homing-dev/homing/functions"
)

// Identity is who calls.
type Identity struct {
	// Tenant is whose requests those of the call are; no other sees them. Its name
	// may be that of a [Token].
	Tenant string
	// Scopes are what the caller may do, for chains that ask for a scope (RFC 6749
	// section 3.3). A [Token] has all.
	Scopes []string
	// AllScopes means that he may do everything.
	AllScopes bool
	// Default means that a token counts before it, if the caller sends one and the
	// adapter has any.
	Default bool
}

// maxTenant is the longest name of a tenant in bytes that others have given.
const maxTenant = 256

// IsTenant reports whether a name that a token or a certificate gives can be that of a
// tenant: it is not empty, has at most 256 bytes and prints.
func IsTenant(name string) bool {
	return name != "" && len(name) <= maxTenant && !strings.ContainsFunc(name, func(c rune) bool { return !unicode.IsPrint(c) })
}

// Verifier finds out whose a bearer token is that is none of [Config.Tokens], such as
// a JWT. It must be safe for concurrent use.
//
// The error is shown to the caller. It is an [ErrToken] if the token is invalid;
// else it is not known whether it is, and the call gets 503.
type Verifier interface {
	Verify(ctx context.Context, token string) (Identity, error)
}

// ErrToken means that a bearer token is invalid.
var ErrToken = errors.New("the token is invalid")

type identityKey struct{}

// WithIdentity returns a context for the request of a caller whom the platform has
// let in, by an authorizer in front of the adapter: no token is asked of him. Nothing
// that a client can send may decide about it.
func WithIdentity(ctx context.Context, id Identity) context.Context {
	return context.WithValue(ctx, identityKey{}, &id)
}

func identityOf(r *http.Request) *Identity {
	id, _ := r.Context().Value(identityKey{}).(*Identity)
	return id
}

// hasScope returns nil if the caller of r may do what a scope is for; "" is for all.
func hasScope(r *http.Request, scope string) error {
	if scope == "" {
		return nil
	}
	if id := identityOf(r); id == nil || id.AllScopes || slices.Contains(id.Scopes, scope) { // nil: a token, or nobody is asked for one
		return nil
	}
	return &challengeError{
		authenticate + `, error="insufficient_scope", scope="` + scope + `"`,
		functions.Errorf(http.StatusForbidden, "the token does not have the scope %s", scope),
	}
}

// challengeError refuses a caller, and names what he has to show (RFC 6750 section 3).
type challengeError struct {
	challenge string
	problem   *functions.Error
}

func (e *challengeError) Error() string { return e.problem.Error() }

func (e *challengeError) Unwrap() error { return e.problem }

// JWT is which JSON Web Tokens (RFC 7519) are let in.
type JWT struct {
	// Issuers are who may have issued one: URLs whose OpenID Connect discovery names
	// their keys. None means that no JWT is let in.
	Issuers []string
	// Audience are the names of this adapter, one of which a token must be for.
	Audience []string
	// TenantClaim is the claim that names the tenant.
	TenantClaim string
	// Algorithms are the signatures that are trusted, such as RS256.
	Algorithms []string
	// Skew is by how much the clocks of an issuer and of this process may differ.
	Skew time.Duration
}

// JWTAlgorithms are the signatures of JWTs that can be trusted: the key that checks one
// is not the key that makes it (RFC 7518 section 3.1, RFC 8037).
func JWTAlgorithms() []string {
	return []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
}

// Identities creates a [Verifier] of JWTs. An app links it as an option of
// runtimes.Main.
type Identities struct {
	// Name is how an app writes it, such as "oidc.Tokens()".
	Name string
	// New creates it. An issuer that cannot be reached is no error.
	New func(cfg JWT, log *slog.Logger) (Verifier, error)
}

// Option returns the name.
func (i Identities) Option() string { return i.Name }
