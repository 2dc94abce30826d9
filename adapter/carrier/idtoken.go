package carrier

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// IDTokens are OpenID Connect ID tokens for one audience: the token of a file, as
// Kubernetes projects it for a service account and rotates it, or those of the
// metadata server of Google Cloud. They are safe for concurrent use.
type IDTokens struct {
	audience, file, metadata string

	client *http.Client

	mu      sync.Mutex
	token   string
	renewal time.Time
}

// Of the metadata server, see Google Cloud's "Get an identity token".
const (
	metadataHost    = "metadata.google.internal"
	metadataPath    = "/computeMetadata/v1/instance/service-accounts/default/identity"
	metadataTimeout = 5 * time.Second
	maxToken        = 1 << 16
	// renewalMargin is for how long a token must be valid that is sent.
	renewalMargin = 5 * time.Minute
)

// NewIDTokens returns the tokens for an audience. file is read for every call; ""
// means the metadata server, whose host GCE_METADATA_HOST replaces, as in Google's
// own libraries.
func NewIDTokens(audience, file string) *IDTokens {
	return &IDTokens{
		audience: audience, file: file, metadata: cmp.Or(os.Getenv("GCE_METADATA_HOST"), metadataHost),
		client: &http.Client{Timeout: metadataTimeout, Transport: &http.Transport{DisableKeepAlives: true}}, // link-local: never through a proxy
	}
}

// Authorize sends a token with a request; it is an [Authorize].
func (t *IDTokens) Authorize(req *http.Request, _ []byte) error {
	token, err := t.get(req)
	if err != nil {
		return fmt.Errorf("get an ID token for %s: %w", t.audience, err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	return nil
}

func (t *IDTokens) get(req *http.Request) (string, error) {
	if t.file != "" {
		data, err := os.ReadFile(t.file)
		if err != nil {
			return "", err //nolint:wrapcheck // names the file
		}
		return t.check(data)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if time.Now().Before(t.renewal) {
		return t.token, nil
	}
	data, err := t.fetch(req)
	if err != nil {
		return "", err
	}
	token, err := t.check(data)
	if err != nil {
		return "", err
	}
	claims, _ := claimsOf(token) // checked
	t.token, t.renewal = token, time.Unix(claims.Expiry, 0).Add(-renewalMargin)
	return token, nil
}

// fetch asks the metadata server.
func (t *IDTokens) fetch(req *http.Request) ([]byte, error) {
	query := url.Values{"audience": {t.audience}, "format": {"full"}}
	ask, err := http.NewRequestWithContext(req.Context(), http.MethodGet, "http://"+t.metadata+metadataPath+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err //nolint:wrapcheck // names the URL
	}
	ask.Header.Set("Metadata-Flavor", "Google")
	resp, err := t.client.Do(ask)
	if err != nil {
		return nil, fmt.Errorf("%w; outside of Google Cloud, HOMING_OIDC_TOKEN_FILE names the file of a token", err)
	}
	defer resp.Body.Close() //nolint:errcheck // it was read as far as it is wanted
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxToken))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the metadata server answered %s: %q", resp.Status, data[:min(len(data), maxCause)])
	}
	return data, err //nolint:wrapcheck // of the connection
}

// claims are what is read of a token. Who gets it verifies it.
type claims struct {
	Audience audiences `json:"aud"`
	Expiry   int64     `json:"exp"`
}

// audiences is a text or a list of texts (RFC 7519 section 4.1.3).
type audiences []string

// UnmarshalJSON implements [json.Unmarshaler].
func (a *audiences) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte("[")) {
		return json.Unmarshal(data, (*[]string)(a)) //nolint:wrapcheck // claimsOf describes it
	}
	*a = make(audiences, 1)
	return json.Unmarshal(data, &(*a)[0]) //nolint:wrapcheck // the same
}

var errNoToken = errors.New("it is no JSON Web Token")

func claimsOf(token string) (c claims, err error) {
	parts := strings.Split(token, ".")
	const compact = 3 // header, claims and signature
	if len(parts) != compact {
		return claims{}, errNoToken
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil || json.Unmarshal(data, &c) != nil {
		return claims{}, errNoToken
	}
	return c, nil
}

// check returns the token in data, which is for the audience and has not expired.
func (t *IDTokens) check(data []byte) (string, error) {
	token := strings.TrimSpace(string(data))
	c, err := claimsOf(token)
	switch {
	case err != nil:
		return "", err
	case !slices.Contains(c.Audience, t.audience):
		return "", fmt.Errorf("the token is for %q", []string(c.Audience))
	case !time.Now().Before(time.Unix(c.Expiry, 0)):
		return "", fmt.Errorf("the token has expired at %s", time.Unix(c.Expiry, 0).UTC().Format(time.RFC3339))
	}
	return token, nil
}
