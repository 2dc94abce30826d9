package oidc

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/internal/nearest"
)

// Tokens is the option.
func Tokens() adapter.Identities {
	return adapter.Identities{Name: "oidc.Tokens()", New: func(cfg adapter.JWT, log *slog.Logger) (adapter.Verifier, error) {
		return New(cfg, log)
	}}
}

const (
	// maxToken is the longest token in bytes that is looked at.
	maxToken = 8 << 10
	// remembered is how many valid tokens are remembered, and rememberedFor how long.
	remembered    = 4096
	rememberedFor = 5 * time.Minute
)

// Verifier implements [adapter.Verifier]. It is safe for concurrent use.
type Verifier struct {
	cfg        adapter.JWT
	algorithms []jose.SignatureAlgorithm
	issuers    map[string]*issuer
	valid      *lru.Cache[[sha256.Size]byte, verified]
}

// verified is a token that was found valid.
type verified struct {
	identity adapter.Identity
	until    time.Time
}

// New creates a verifier. Nothing is connected before a token comes.
func New(cfg adapter.JWT, log *slog.Logger) (*Verifier, error) {
	v := &Verifier{cfg: cfg, issuers: map[string]*issuer{}}
	if len(cfg.Issuers) == 0 || len(cfg.Audience) == 0 || cfg.TenantClaim == "" {
		return nil, errors.New("issuers, audience and the claim of the tenant are all needed")
	}
	for _, name := range cfg.Algorithms {
		if known := adapter.JWTAlgorithms(); !slices.Contains(known, name) {
			return nil, fmt.Errorf("the algorithm %q is none of %s%s", name, strings.Join(known, ", "), nearest.DidYouMean(name, known))
		}
		v.algorithms = append(v.algorithms, jose.SignatureAlgorithm(name))
	}
	for _, name := range cfg.Issuers {
		u, err := url.Parse(name)
		if err != nil || !secure(u) {
			return nil, fmt.Errorf("the issuer %q is no https URL, nor an http URL on loopback", name)
		}
		v.issuers[name] = newIssuer(name, log)
	}
	var err error
	v.valid, err = lru.New[[sha256.Size]byte, verified](remembered)
	return v, err //nolint:wrapcheck // of its size alone
}

// Verify implements [adapter.Verifier].
func (v *Verifier) Verify(ctx context.Context, token string) (adapter.Identity, error) {
	if len(token) > maxToken {
		return adapter.Identity{}, invalid("it has more than %d bytes", maxToken)
	}
	hash, now := sha256.Sum256([]byte(token)), time.Now()
	if known, ok := v.valid.Get(hash); ok && now.Before(known.until) {
		return known.identity, nil
	}
	parsed, err := jwt.ParseSigned(token, v.algorithms)
	if err != nil {
		return adapter.Identity{}, v.unreadable(err)
	}
	var unsafe jwt.Claims
	if err := parsed.UnsafeClaimsWithoutVerification(&unsafe); err != nil {
		return adapter.Identity{}, invalid("its claims cannot be read")
	}
	from := v.issuers[unsafe.Issuer]
	if from == nil {
		return adapter.Identity{}, invalid("its issuer is not trusted")
	}
	var claims jwt.Claims
	all := map[string]any{}
	if err := from.claims(ctx, parsed, &claims, &all); err != nil {
		return adapter.Identity{}, err
	}
	id, err := v.identity(&claims, all, now)
	if err != nil {
		return adapter.Identity{}, err
	}
	until := slices.MinFunc([]time.Time{claims.Expiry.Time().Add(v.cfg.Skew), now.Add(rememberedFor)}, time.Time.Compare)
	v.valid.Add(hash, verified{id, until})
	return id, nil
}

// unreadable returns why a token cannot be read, without what is in it.
func (v *Verifier) unreadable(err error) error {
	if _, ok := errors.AsType[*jose.ErrUnexpectedSignatureAlgorithm](err); ok {
		return invalid("its algorithm is none of %s", strings.Join(v.cfg.Algorithms, ", "))
	}
	return invalid("it is no signed JWT")
}

// identity returns whom valid claims name.
func (v *Verifier) identity(c *jwt.Claims, all map[string]any, now time.Time) (adapter.Identity, error) {
	err := c.ValidateWithLeeway(jwt.Expected{Issuer: c.Issuer, AnyAudience: v.cfg.Audience, Time: now}, v.cfg.Skew)
	switch {
	case c.Expiry == nil:
		return adapter.Identity{}, invalid("it has no expiry (exp)")
	case errors.Is(err, jwt.ErrExpired):
		return adapter.Identity{}, invalid("it has expired (exp)")
	case errors.Is(err, jwt.ErrNotValidYet):
		return adapter.Identity{}, invalid("it is not valid yet (nbf)")
	case errors.Is(err, jwt.ErrIssuedInTheFuture):
		return adapter.Identity{}, invalid("it was issued in the future (iat)")
	case errors.Is(err, jwt.ErrInvalidAudience):
		return adapter.Identity{}, invalid("it is for another audience (aud)")
	case err != nil:
		return adapter.Identity{}, invalid("its claims do not hold")
	}
	tenant, _ := all[v.cfg.TenantClaim].(string)
	if !adapter.IsTenant(tenant) {
		return adapter.Identity{}, invalid("its claim %s names no tenant", v.cfg.TenantClaim)
	}
	return adapter.Identity{Tenant: tenant, Scopes: append(words(all["scope"]), words(all["scp"])...)}, nil
}

// words are the scopes of a claim: a text with spaces (RFC 9068 section 2.2.3), or a
// list, as some providers write it.
func words(claim any) []string {
	switch c := claim.(type) {
	case string:
		return strings.Fields(c)
	case []any:
		var out []string
		for _, one := range c {
			if s, ok := one.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}

// invalid returns an [adapter.ErrToken] that says what is invalid.
func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{adapter.ErrToken}, args...)...)
}
