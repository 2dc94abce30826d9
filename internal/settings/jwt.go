package settings

import (
	"strings"

	"github.com/homing-dev/homing/adapter"
)

// algorithms are the signatures of JWTs, all that can be trusted by default.
func algorithms(to *[]string) Value {
	return withDefault(list(to), to, adapter.JWTAlgorithms(), strings.Join(adapter.JWTAlgorithms(), ","))
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
