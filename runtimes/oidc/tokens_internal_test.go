package oidc

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/homing-dev/homing/adapter"
)

const trusted = "https://issuer.example"

// provider is an issuer whose documents are answered without a network.
type provider struct {
	rsa     *rsa.PrivateKey
	ec      *ecdsa.PrivateKey
	keys    []jose.JSONWebKey
	fetched atomic.Int32 // how often the keys were
	answer  func(r *http.Request) (*http.Response, error)
}

func newProvider(t testing.TB) *provider {
	t.Helper()
	p := &provider{}
	var err1, err2 error
	p.rsa, err1 = rsa.GenerateKey(rand.Reader, 2048)
	p.ec, err2 = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	p.keys = []jose.JSONWebKey{
		{Key: p.rsa.Public(), KeyID: "r", Use: "sig", Algorithm: "RS256"},
		{Key: p.ec.Public(), KeyID: "e", Use: "sig"},
		{Key: p.rsa.Public(), KeyID: "encrypts", Use: "enc"},
	}
	p.answer = p.right
	return p
}

// right answers as a provider does.
func (p *provider) right(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, discovery) {
		return document(map[string]string{"issuer": trusted, "jwks_uri": trusted + "/keys"}), nil
	}
	p.fetched.Add(1)
	return document(jose.JSONWebKeySet{Keys: p.keys}), nil
}

func (p *provider) RoundTrip(r *http.Request) (*http.Response, error) { return p.answer(r) }

func document(of any) *http.Response {
	text, _ := json.Marshal(of) //nolint:errchkjson // of texts and keys
	return &http.Response{StatusCode: http.StatusOK, Status: "200 OK", Body: io.NopCloser(bytes.NewReader(text))}
}

func (p *provider) verifier(t testing.TB) *Verifier {
	t.Helper()
	v, err := New(adapter.JWT{
		Issuers: []string{trusted}, Audience: []string{"us", "others"}, TenantClaim: "sub", Algorithms: adapter.JWTAlgorithms(), Skew: time.Minute,
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	v.issuers[trusted].client.Transport = p
	return v
}

type claims map[string]any

// valid are the claims of a token that is valid now, and others in their place.
func valid(others ...claims) claims {
	c := claims{"iss": trusted, "aud": "us", "sub": "acme", "exp": time.Now().Add(time.Hour).Unix(), "scope": "a b"}
	for _, o := range others {
		for name, value := range o {
			if value == nil {
				delete(c, name)
			} else {
				c[name] = value
			}
		}
	}
	return c
}

func sign(t testing.TB, alg jose.SignatureAlgorithm, key any, kid string, c claims) string {
	t.Helper()
	opts := (&jose.SignerOptions{}).WithType("at+jwt")
	if kid != "" {
		opts = opts.WithHeader("kid", kid)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(map[string]any(c)).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTokens(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	v := p.verifier(t)
	stranger := newProvider(t)
	der, err := x509.MarshalPKIXPublicKey(p.rsa.Public())
	if err != nil {
		t.Fatal(err)
	}
	public := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	rs := func(c claims) string { return sign(t, jose.RS256, p.rsa, "r", c) }
	good := rs(valid())
	parts := strings.Split(good, ".")
	raw := func(header string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + parts[1] + "."
	}
	for name, tt := range map[string]struct{ token, want string }{
		"valid":                           {good, ""},
		"ES256":                           {sign(t, jose.ES256, p.ec, "e", valid()), ""},
		"no kid":                          {sign(t, jose.RS256, p.rsa, "", valid()), ""},
		"several audiences":               {rs(valid(claims{"aud": []string{"them", "others"}})), ""},
		"expired within the skew":         {rs(valid(claims{"exp": time.Now().Add(-30 * time.Second).Unix()})), ""},
		"early within the skew":           {rs(valid(claims{"nbf": time.Now().Add(30 * time.Second).Unix()})), ""},
		"expired":                         {rs(valid(claims{"exp": time.Now().Add(-2 * time.Minute).Unix()})), "expired"},
		"no expiry":                       {rs(valid(claims{"exp": nil})), "no expiry"},
		"an expiry that is a text":        {rs(valid(claims{"exp": "tomorrow"})), "cannot be read"},
		"not valid yet":                   {rs(valid(claims{"nbf": time.Now().Add(2 * time.Minute).Unix()})), "not valid yet"},
		"issued in the future":            {rs(valid(claims{"iat": time.Now().Add(2 * time.Minute).Unix()})), "in the future"},
		"another audience":                {rs(valid(claims{"aud": "them"})), "audience"},
		"no audience":                     {rs(valid(claims{"aud": nil})), "audience"},
		"an unknown issuer":               {rs(valid(claims{"iss": "https://evil.example"})), "not trusted"},
		"an issuer that is nearly ours":   {rs(valid(claims{"iss": trusted + "/"})), "not trusted"},
		"no tenant":                       {rs(valid(claims{"sub": nil})), "no tenant"},
		"a tenant that is no text":        {rs(valid(claims{"sub": 7})), "cannot be read"},
		"a tenant of control characters":  {rs(valid(claims{"sub": "a\x00b"})), "no tenant"},
		"a tenant that is too long":       {rs(valid(claims{"sub": strings.Repeat("a", 257)})), "no tenant"},
		"another's key under our kid":     {sign(t, jose.RS256, stranger.rsa, "r", valid()), "signature"},
		"another's key":                   {sign(t, jose.RS256, stranger.rsa, "x", valid()), "no such key"},
		"a key that is for encryption":    {sign(t, jose.RS256, p.rsa, "encrypts", valid()), "no such key"},
		"a key of another algorithm":      {sign(t, jose.PS256, p.rsa, "r", valid()), "no such key"},
		"a key of another kind":           {sign(t, jose.RS256, p.rsa, "e", valid()), "signature"},
		"HS256 by the public key":         {sign(t, jose.HS256, public, "r", valid()), "algorithm"},
		"HS256 by the public key, no kid": {sign(t, jose.HS256, public, "", valid()), "algorithm"},
		"none":                            {raw(`{"alg":"none"}`), "algorithm"},
		"None":                            {raw(`{"alg":"None","kid":"r"}`), "algorithm"},
		"no algorithm":                    {raw(`{"kid":"r"}`), "invalid"},
		"no signature":                    {parts[0] + "." + parts[1] + ".", "signature"},
		"another payload":                 {parts[0] + "." + strings.Split(rs(valid(claims{"sub": "root"})), ".")[1] + "." + parts[2], "signature"},
		"a critical extension":            {raw(`{"alg":"RS256","kid":"r","crit":["x"],"x":1}`) + parts[2], "invalid"},
		"a key in its own header":         {selfSigned(t, stranger), "no such key"},
		"two parts":                       {parts[0] + "." + parts[1], "no signed JWT"},
		"JSON":                            {`{"payload":"","signatures":[]}`, "no signed JWT"},
		"nothing":                         {"", "no signed JWT"},
		"oversized":                       {good + strings.Repeat("A", maxToken), "more than"},
	} {
		id, err := v.Verify(t.Context(), tt.token)
		switch {
		case tt.want == "" && (err != nil || id.Tenant != "acme" || strings.Join(id.Scopes, " ") != "a b"):
			t.Errorf("%s: got %v, %v", name, id, err)
		case tt.want != "" && (!errors.Is(err, adapter.ErrToken) || !strings.Contains(err.Error(), tt.want) || id.Tenant != ""):
			t.Errorf("%s: got %v, %v; want %q", name, id, err, tt.want)
		}
	}
}

// selfSigned is a token whose header has the key that checks it.
func selfSigned(t *testing.T, p *provider) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: p.rsa}, &jose.SignerOptions{EmbedJWK: true})
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(map[string]any(valid())).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(token, ".")
	header, _ := base64.RawURLEncoding.DecodeString(parts[0])
	header = bytes.Replace(header, []byte("{"), []byte(`{"kid":"own",`), 1)
	return base64.RawURLEncoding.EncodeToString(header) + "." + parts[1] + "." + parts[2]
}

func TestScopesOfAList(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	id, err := p.verifier(t).Verify(t.Context(), sign(t, jose.ES256, p.ec, "e", valid(claims{"scope": nil, "scp": []any{"x", 3, "y"}})))
	if err != nil || strings.Join(id.Scopes, " ") != "x y" {
		t.Errorf("got %v, %v", id, err)
	}
}

// What is wrong with the issuer is not the caller's fault: 503, and not 401.
func TestAnIssuerInTrouble(t *testing.T) {
	t.Parallel()
	p := newProvider(t)
	away := errors.New("connection refused")
	for name, answer := range map[string]func(r *http.Request) (*http.Response, error){
		"away": func(*http.Request) (*http.Response, error) { return nil, away },
		"slow": func(r *http.Request) (*http.Response, error) { <-r.Context().Done(); return nil, r.Context().Err() },
		"500": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusInternalServerError, Status: "500", Body: http.NoBody}, nil
		},
		"a redirect": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusFound, Status: "302", Body: http.NoBody, Header: http.Header{"Location": {"https://evil.example"}}}, nil
		},
		"huge": func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(io.LimitReader(zeros{}, 1<<40))}, nil
		},
		"HTML": func(*http.Request) (*http.Response, error) { return document("<html>"), nil },
		"another issuer": func(*http.Request) (*http.Response, error) {
			return document(map[string]string{"issuer": "https://evil.example", "jwks_uri": trusted}), nil
		},
		"keys over http": func(*http.Request) (*http.Response, error) {
			return document(map[string]string{"issuer": trusted, "jwks_uri": "http://issuer.example/keys"}), nil
		},
		"keys of no host": func(*http.Request) (*http.Response, error) {
			return document(map[string]string{"issuer": trusted, "jwks_uri": "https://"}), nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				q := &provider{rsa: p.rsa, ec: p.ec, keys: p.keys, answer: answer}
				v, token, began := q.verifier(t), sign(t, jose.ES256, p.ec, "e", valid()), time.Now()
				if _, err := v.Verify(t.Context(), token); err == nil || errors.Is(err, adapter.ErrToken) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began); took > fetchTime {
					t.Errorf("it took %s", took)
				}
				q.answer = q.right
				if _, err := v.Verify(t.Context(), token); err == nil || errors.Is(err, adapter.ErrToken) {
					t.Errorf("it is asked again at once: %v", err)
				}
				time.Sleep(keysPause)
				if _, err := v.Verify(t.Context(), token); err != nil {
					t.Errorf("afterwards: %v", err)
				}
				q.answer = answer
				time.Sleep(keysLife + time.Second)
				if _, err := v.Verify(t.Context(), sign(t, jose.ES256, p.ec, "e", valid(claims{"n": 1}))); err != nil {
					t.Errorf("by old keys: %v", err)
				}
			})
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Whoever sends tokens of unknown keys has the issuer asked once in a while.
func TestUnknownKeysAreAskedForSeldom(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p, other := newProvider(t), newProvider(t)
		v, token := p.verifier(t), sign(t, jose.ES256, other.ec, "new", valid())
		for range 600 {
			if _, err := v.Verify(t.Context(), token); !errors.Is(err, adapter.ErrToken) {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if n := p.fetched.Load(); n > 7 {
			t.Errorf("the keys were read %d times in a minute", n)
		}
		p.keys = append(p.keys, jose.JSONWebKey{Key: other.ec.Public(), KeyID: "new"})
		time.Sleep(keysPause)
		if _, err := v.Verify(t.Context(), token); err != nil {
			t.Errorf("the new key: %v", err)
		}
	})
}

func TestAValidTokenIsRememberedUntilItExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t)
		v := p.verifier(t)
		token := sign(t, jose.ES256, p.ec, "e", valid(claims{"exp": time.Now().Add(time.Minute).Unix()}))
		for want := range 3 {
			_, err := v.Verify(t.Context(), token)
			if expired := want == 2; expired != errors.Is(err, adapter.ErrToken) {
				t.Errorf("after %d: %v", want, err)
			}
			time.Sleep(65 * time.Second) // expired for 5 s, then for 70 s with a skew of a minute
		}
	})
}

func TestACallerWhoLeavesDoesNotEndTheReadingOfKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := newProvider(t)
		p.answer = func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(time.Second):
				return p.right(r)
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}
		v, token := p.verifier(t), sign(t, jose.ES256, p.ec, "e", valid())
		ctx, leave := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer leave()
		if _, err := v.Verify(ctx, token); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		if _, err := v.Verify(t.Context(), token); err != nil || p.fetched.Load() != 1 {
			t.Errorf("got %v, after %d attempts", err, p.fetched.Load())
		}
	})
}

func TestWhatCannotBeTrustedIsRefused(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]adapter.JWT{
		"plain http":      {Issuers: []string{"http://issuer.example"}},
		"no URL":          {Issuers: []string{"issuer"}},
		"a user":          {Issuers: []string{"https://a:b@issuer.example"}},
		"HS256":           {Issuers: []string{trusted}, Algorithms: []string{"HS256"}},
		"none":            {Issuers: []string{trusted}, Algorithms: []string{"none"}},
		"no issuer":       {},
		"no audience":     {Issuers: []string{trusted}, Audience: []string{}},
		"no tenant claim": {Issuers: []string{trusted}, TenantClaim: "-"},
	} {
		if cfg.Audience == nil {
			cfg.Audience = []string{"us"}
		}
		if cfg.TenantClaim == "-" {
			cfg.TenantClaim = ""
		} else {
			cfg.TenantClaim = "sub"
		}
		if _, err := New(cfg, slog.New(slog.DiscardHandler)); err == nil {
			t.Errorf("%s is let in", name)
		}
	}
}

func FuzzVerify(f *testing.F) {
	p := newProvider(f)
	v := p.verifier(f)
	good := sign(f, jose.ES256, p.ec, "e", valid())
	f.Add(good)
	f.Add(strings.ToLower(good))
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		if id, err := v.Verify(t.Context(), token); (err == nil) != (id.Tenant == "acme") {
			t.Errorf("%q: %v, %v", token, id, err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	p := newProvider(b)
	v := p.verifier(b)
	token := sign(b, jose.RS256, p.rsa, "r", valid())
	b.Run("remembered", func(b *testing.B) {
		for b.Loop() {
			if _, err := v.Verify(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("checked", func(b *testing.B) {
		for b.Loop() {
			v.valid.Purge()
			if _, err := v.Verify(b.Context(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
}
