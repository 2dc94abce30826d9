package gateway_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/internal/httpevent"
)

// signer is who signs requests.
type signer struct {
	key, secret, region string
	at                  time.Time
}

func local() signer { return signer{"local", "local", "us-east-1", time.Now()} }

// sign creates a request that is signed by the credentials of this machine.
func sign(t *testing.T, service, method, target, body string, headers ...string) *http.Request {
	t.Helper()
	return local().sign(t, service, method, target, body, headers...)
}

func (s signer) sign(t *testing.T, service, method, target, body string, headers ...string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	sum := sha256.Sum256([]byte(body))
	credentials := aws.Credentials{AccessKeyID: s.key, SecretAccessKey: s.secret, SessionToken: "local"}
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, hex.EncodeToString(sum[:]), service, s.region, s.at); err != nil {
		t.Fatal(err)
	}
	return r
}

func send(h http.Handler, r *http.Request) response {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return response{w.Code, w.Header(), w.Body.String()}
}

// guarded is an API whose route has an authorizer, and an open one.
func guarded(authorizer *template.Authorizer, payload string) http.Handler {
	return gateway.NewAPI(template.API{Kind: template.HTTP, Stage: "$default", Routes: []template.Route{
		{Method: "ANY", Path: "$default", Function: "f", Payload: payload, Authorizer: authorizer},
		{Method: "GET", Path: "/open", Function: "f", Payload: payload},
	}}, gateway.Options{Lambda: functions{"f": echo}, Region: "us-east-1", Account: "111122223333"})
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	h := guarded(&template.Authorizer{}, "2.0")
	now := time.Now()
	for name, tt := range map[string]struct {
		r      *http.Request
		status int
	}{
		"valid":              {sign(t, "execute-api", "POST", "/a%20b//c?x=1&y=%2F&x=0", "body", "Content-Type", "text/plain", "X-Odd", " a  b "), 200},
		"without a body":     {sign(t, "execute-api", "GET", "/", ""), 200},
		"four minutes old":   {signer{"local", "local", "us-east-1", now.Add(-4 * time.Minute)}.sign(t, "execute-api", "GET", "/", ""), 200},
		"six minutes old":    {signer{"local", "local", "us-east-1", now.Add(-6 * time.Minute)}.sign(t, "execute-api", "GET", "/", ""), 403},
		"of the future":      {signer{"local", "local", "us-east-1", now.Add(6 * time.Minute)}.sign(t, "execute-api", "GET", "/", ""), 403},
		"another key":        {signer{"AKIA", "local", "us-east-1", now}.sign(t, "execute-api", "GET", "/", ""), 403},
		"another secret":     {signer{"local", "other", "us-east-1", now}.sign(t, "execute-api", "GET", "/", ""), 403},
		"another region":     {signer{"local", "local", "eu-west-1", now}.sign(t, "execute-api", "GET", "/", ""), 403},
		"another service":    {sign(t, "lambda", "GET", "/", ""), 403},
		"another path":       {changed(sign(t, "execute-api", "GET", "/", ""), func(r *http.Request) { r.URL.Path = "/x" }), 403},
		"another query":      {changed(sign(t, "execute-api", "GET", "/?a=1", ""), func(r *http.Request) { r.URL.RawQuery = "a=2" }), 403},
		"another method":     {changed(sign(t, "execute-api", "GET", "/", ""), func(r *http.Request) { r.Method = "PUT" }), 403},
		"another host":       {changed(sign(t, "execute-api", "GET", "/", ""), func(r *http.Request) { r.Host = "evil" }), 403},
		"another header":     {changed(sign(t, "execute-api", "GET", "/", "", "X-A", "1"), func(r *http.Request) { r.Header.Set("X-A", "2") }), 403},
		"another body":       {changed(sign(t, "execute-api", "PUT", "/", "a"), func(r *http.Request) { r.Body = http.NoBody }), 403},
		"no signature":       {httptest.NewRequestWithContext(t.Context(), "GET", "/", nil), 403},
		"no valid signature": {changed(sign(t, "execute-api", "GET", "/", ""), func(r *http.Request) { r.Header.Set("Authorization", "AWS4-HMAC-SHA256 x") }), 403},
		"an open route":      {httptest.NewRequestWithContext(t.Context(), "GET", "/open", nil), 200},
	} {
		got := send(h, tt.r)
		if got.status != tt.status || tt.status == 403 && got.body != `{"message":"Forbidden"}` {
			t.Errorf("%s: got %d %s", name, got.status, got.body)
		}
	}
}

func changed(r *http.Request, change func(*http.Request)) *http.Request {
	change(r)
	return r
}

func TestAPresignedRequest(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]int{"X-Amz-Expires=60": 200, "X-Amz-Expires=x": 403, "": 403} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/x?b=2&"+query, nil)
		uri, _, err := v4.NewSigner().PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local", SessionToken: "local"},
			r, "UNSIGNED-PAYLOAD", "execute-api", "us-east-1", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		if got := send(guarded(&template.Authorizer{}, "2.0"), httptest.NewRequestWithContext(t.Context(), "GET", uri, nil)); got.status != want {
			t.Errorf("%s: got %d %s", query, got.status, got.body)
		}
	}
}

// issuer is an OpenID Connect provider with a key.
type issuer struct {
	*httptest.Server

	key *rsa.PrivateKey
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key}
	i.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/keys") {
			_ = json.NewEncoder(w).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k", Algorithm: "RS256", Use: "sig"}}})
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": i.URL, "jwks_uri": i.URL + "/keys"})
	}))
	t.Cleanup(i.Close)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	return i
}

// token is a token with the claims of a valid one, and others in their place.
func (i *issuer) token(t *testing.T, others map[string]any) string {
	t.Helper()
	claims := map[string]any{"iss": i.URL, "aud": "us", "sub": "ada", "exp": time.Now().Add(time.Minute).Unix(), "scope": "read write"}
	maps.Copy(claims, others)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: i.key}, (&jose.SignerOptions{}).WithHeader("kid", "k"))
	if err != nil {
		t.Fatal(err)
	}
	token, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestTokens(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	h := guarded(&template.Authorizer{Issuer: i.URL, Audience: []string{"us", "them"}}, "2.0")
	scoped := guarded(&template.Authorizer{Issuer: i.URL, Audience: []string{"us"}, Scopes: []string{"write", "admin"}}, "2.0")
	away := guarded(&template.Authorizer{Issuer: "http://127.0.0.1:1", Audience: []string{"us"}}, "2.0")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(i.token(t, nil), ".")[1] + "."
	for name, tt := range map[string]struct {
		h         http.Handler
		header    string
		status    int
		challenge string
	}{
		"valid":            {h, "Bearer " + i.token(t, nil), 200, ""},
		"without Bearer":   {h, i.token(t, nil), 200, ""},
		"no token":         {h, "", 401, "Bearer"},
		"a scheme alone":   {h, "Bearer ", 401, "Bearer"},
		"expired":          {h, "Bearer " + i.token(t, map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}), 401, "expired"},
		"another audience": {h, "Bearer " + i.token(t, map[string]any{"aud": "you"}), 401, "audience"},
		"another issuer":   {h, "Bearer " + i.token(t, map[string]any{"iss": "https://evil.example"}), 401, "issuer"},
		"none":             {h, "Bearer " + none, 401, "algorithm"},
		"another secret":   {h, "Bearer 0123456789abcdef", 401, "invalid_token"},
		"an issuer away":   {away, "Bearer " + i.token(t, map[string]any{"iss": "http://127.0.0.1:1"}), 401, "invalid_token"},
		"a scope":          {scoped, "Bearer " + i.token(t, nil), 200, ""},
		"no scope":         {scoped, "Bearer " + i.token(t, map[string]any{"scope": "read"}), 403, "insufficient_scope"},
		"a list of scopes": {scoped, "Bearer " + i.token(t, map[string]any{"scope": nil, "scp": []string{"admin"}}), 200, ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/x", nil)
		r.Header.Set("Authorization", tt.header)
		got := send(tt.h, r)
		message := map[int]string{401: `{"message":"Unauthorized"}`, 403: `{"message":"Forbidden"}`}[tt.status]
		if got.status != tt.status || message != "" && got.body != message || !strings.Contains(got.header.Get("WWW-Authenticate"), tt.challenge) {
			t.Errorf("%s: got %d %v %s", name, got.status, got.header, got.body)
		}
	}
}

// What the function is told is what is documented of API Gateway, and what it reads.
func TestVerdictsInEvents(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	token := i.token(t, map[string]any{"groups": []string{"a", "b"}, "n": 1600000000, "ok": true})
	for _, payload := range []string{"1.0", "2.0"} {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/x", nil)
		r.Header.Set("Authorization", token)
		scoped := &template.Authorizer{Issuer: i.URL, Audience: []string{"us"}, Scopes: []string{"write", "admin"}}
		ev, err := httpevent.Decode([]byte(send(guarded(scoped, payload), r).body))
		if err != nil {
			t.Fatal(err)
		}
		got, err := ev.Verdict(httpevent.JWT)
		if err != nil || got.Claims["sub"] != "ada" || got.Claims["groups"] != "[a b]" || got.Claims["n"] != "1600000000" || got.Claims["ok"] != "true" ||
			!slices.Equal(got.Scopes, []string{"write"}) {
			t.Errorf("%s: got %v, %v", payload, got, err)
		}
		ev, err = httpevent.Decode([]byte(send(guarded(&template.Authorizer{}, payload), sign(t, "execute-api", "GET", "/x", "")).body))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ev.Verdict(httpevent.IAM); err != nil || got.UserARN != "arn:aws:iam::111122223333:user/local" {
			t.Errorf("%s: got %v, %v", payload, got, err)
		}
		ev, err = httpevent.Decode([]byte(do(t, guarded(&template.Authorizer{}, payload), "GET", "/open", "").body))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ev.Verdict(httpevent.IAM); err == nil {
			t.Errorf("%s: an open route has %v", payload, got)
		}
	}
}
