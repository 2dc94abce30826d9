// Package oidc lets callers in who show a JSON Web Token (RFC 7519) of an OpenID
// Connect provider, as an option of runtimes.Main:
//
//	runtimes.Main(chains, fns, oidc.Tokens())
//
// HOMING_JWT_ISSUERS and HOMING_JWT_AUDIENCE say which. The keys of an issuer are
// found by its discovery document, when its first token comes, are kept for an hour,
// and read again when a token names one that is not there, at most every ten seconds.
// While the issuer cannot be reached the keys that were read serve on; a token that
// cannot be checked without it gets 503, and not 401.
//
// What a token must have: a signature of an algorithm that is allowed (none and those
// with a shared secret never are), by a key of its issuer that is meant for it; an
// expiry that has not passed; an audience that is ours; a tenant. One that was found
// valid is remembered until its expiry, for five minutes at most, by its hash.
package oidc
