// Package oidc has an app let callers in by the tokens of a real OpenID Connect
// provider, oidc-provider for Node.js, which is installed on first use by the list of
// provider/package-lock.json.
package oidc
