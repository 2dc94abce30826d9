package lambda

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/internal/httpevent"
)

// authorizer takes the verdict of an authorizer that stands in front of the function.
type authorizer struct {
	kind  string // "" takes none
	claim string // that names the tenant
}

// authorizerOf is that of a configuration, by which nobody is let in any more without a
// verdict or a token.
func authorizerOf(c *Config) authorizer {
	if !c.Authorized() {
		return authorizer{}
	}
	c.Verifier = cmp.Or[adapter.Verifier](c.Verifier, unverified{})
	return authorizer{c.Authorizer, cmp.Or(c.JWT.TenantClaim, "sub")}
}

// identified is ctx with whom the authorizer has let in. Without a verdict, or with one
// that names nobody, it is ctx as it was: then the adapter asks for a token.
func (s *Service) identified(ctx context.Context, ev *httpevent.Event) context.Context {
	if s.authorizer.kind == "" {
		return ctx
	}
	id, err := s.authorizer.identity(ev)
	if err != nil {
		s.log.InfoContext(ctx, "no verdict of the authorizer lets the caller in", slog.Any("error", err))
		return ctx
	}
	return adapter.WithIdentity(ctx, id)
}

// identity returns whom a verdict names.
func (a authorizer) identity(ev *httpevent.Event) (adapter.Identity, error) {
	found, err := ev.Verdict(a.kind)
	if err != nil {
		return adapter.Identity{}, err //nolint:wrapcheck // says what is missing
	}
	if a.kind == httpevent.IAM {
		tenant, err := principal(found.UserARN)
		return adapter.Identity{Tenant: tenant, AllScopes: true}, err
	}
	tenant := found.Claims[a.claim]
	if !adapter.IsTenant(tenant) || httpevent.IsList(tenant) {
		return adapter.Identity{}, fmt.Errorf("the claim %s names no tenant", a.claim)
	}
	scopes := found.Scopes
	for _, name := range []string{"scope", "scp"} {
		scopes = append(scopes, httpevent.Words(found.Claims[name])...)
	}
	return adapter.Identity{Tenant: tenant, Scopes: scopes}, nil
}

// errPrincipal means that an ARN is not that of somebody who can sign.
var errPrincipal = errors.New("the ARN of who has signed the call names no user, role or account")

// principal returns the tenant that an ARN of IAM or STS names: its account, and what it
// is there, such as 123456789012:user/ada. All sessions of a role are the role.
func principal(arn string) (string, error) {
	const fields, digits = 6, 12 // of an ARN, of an account
	parts := strings.SplitN(arn, ":", fields)
	if len(parts) < fields || !adapter.IsTenant(arn) {
		return "", errPrincipal
	}
	service, account, resource := parts[2], parts[4], parts[5]
	if parts[0] != "arn" || service != "iam" && service != "sts" || len(account) != digits || strings.Trim(account, "0123456789") != "" {
		return "", errPrincipal
	}
	kind, name, _ := strings.Cut(resource, "/")
	switch role, session, _ := strings.Cut(name, "/"); {
	case resource == "root", (kind == "user" || kind == "federated-user") && name != "":
		return account + ":" + resource, nil
	case kind == "assumed-role" && role != "" && session != "":
		return account + ":role/" + role, nil
	}
	return "", errPrincipal
}

// unverified is the verifier where no tokens but those of the configuration are taken:
// as there is one, the adapter lets nobody in without a verdict or a token.
type unverified struct{}

// Verify implements [adapter.Verifier].
func (unverified) Verify(context.Context, string) (adapter.Identity, error) {
	return adapter.Identity{}, fmt.Errorf("%w: it is none that is known here, and no authorizer has let the call in", adapter.ErrToken)
}
