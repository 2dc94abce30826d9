package settings

import (
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/internal/httpevent"
)

// algorithms are the signatures of JWTs, all that can be trusted by default.
func algorithms(to *[]string) Value {
	return withDefault(list(to), to, adapter.JWTAlgorithms(), strings.Join(adapter.JWTAlgorithms(), ","))
}

// identitySettings are those of whom others have found to be somebody.
func (c *Config) identitySettings() []Setting {
	return []Setting{
		{
			"jwt-issuers", list(&c.JWT.Issuers), adapters(),
			"`URLS` of the OpenID Connect issuers whose JWTs are let in beside the tokens, by oidc.Tokens() of an app",
		},
		{
			"jwt-audience", list(&c.JWT.Audience), adapters(),
			"`NAMES` of this adapter as an audience (aud), one of which a JWT must be for; needed with HOMING_JWT_ISSUERS",
		},
		{
			"jwt-tenant", text(&c.JWT.TenantClaim, "claim", "sub"), adapters(),
			"`CLAIM` of a JWT that names the tenant",
		},
		{
			"jwt-algorithms", algorithms(&c.JWT.Algorithms), adapters(),
			"signatures (alg) of JWTs that are trusted: `NAMES`",
		},
		{
			"jwt-skew", span(&c.JWT.Skew, time.Minute), adapters(),
			"by how much the clock of an issuer of JWTs may differ",
		},
		{
			"authorizer", word(&c.Authorizer, AuthorizerNone, AuthorizerNone, httpevent.JWT, httpevent.IAM, httpevent.Custom),
			lambdas(RoleAll, RoleAdapter),
			"whose verdict lets a caller in beside the tokens: the `AUTHORIZER` of API Gateway or a function URL, none, jwt, iam or lambda; " +
				"jwt and lambda name the tenant by HOMING_JWT_TENANT",
		},
	}
}

// checkJWT finds what does not fit together.
func (c *Config) checkJWT(invalid func(string, ...any)) {
	if len(c.JWT.Issuers) > 0 && len(c.JWT.Audience) == 0 {
		invalid("%s is missing: the audience (aud) that a JWT must be for, or a token that was issued for any other service would be let in",
			Variable("jwt-audience"))
	}
	if len(c.JWT.Issuers) == 0 && len(c.JWT.Audience) > 0 {
		invalid("%s is missing: %s is set, so calls without a JWT are not meant to be let in", Variable("jwt-issuers"), Variable("jwt-audience"))
	}
}

// AuthorizerNone is the [Config.Authorizer] by which no verdict counts.
const AuthorizerNone = "none"

// Authorized reports whether the verdict of an authorizer in front counts.
func (c *Config) Authorized() bool { return c.Authorizer != "" && c.Authorizer != AuthorizerNone }

// Secured reports whether callers have to show who they are.
func (c *Config) Secured() bool {
	return c.Authorized() || len(c.Tokens) > 0 || len(c.JWT.Issuers) > 0 || c.Server.Certificates.ClientCA != ""
}
