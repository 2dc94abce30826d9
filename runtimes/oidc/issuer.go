package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/homing-dev/homing/internal/hosts"
)

const (
	// keysLife is for how long keys are used before they are read again.
	keysLife = time.Hour
	// keysPause is the least time between two attempts to read them.
	keysPause = 10 * time.Second
	// fetchTime is how long one attempt may take, and maxDocument what it may bring.
	fetchTime   = 5 * time.Second
	maxDocument = 512 << 10
	// discovery is where a provider says where its keys are (OpenID Connect Discovery
	// 1.0 section 4).
	discovery = "/.well-known/openid-configuration"
)

// issuer is a provider with its keys.
type issuer struct {
	name   string
	log    *slog.Logger
	client *http.Client

	mu      sync.Mutex
	keys    jose.JSONWebKeySet
	read    time.Time // when the keys were
	tried   time.Time // when that was tried last
	reading chan struct{}
	err     error // of the last attempt
}

func newIssuer(name string, log *slog.Logger) *issuer {
	return &issuer{name: name, log: log, client: &http.Client{
		Timeout: fetchTime,
		// A provider has no reason to send us elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// claims reads the claims of a token that the issuer has signed.
func (s *issuer) claims(ctx context.Context, token *jwt.JSONWebToken, into ...any) error {
	head := token.Headers[0]
	keys, err := s.candidates(ctx, head)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if token.Claims(key.Key, into...) == nil {
			return nil
		}
	}
	if len(keys) == 0 {
		return invalid("its issuer has no such key (kid)")
	}
	return invalid("its signature is invalid")
}

// candidates are the keys that may have signed a token with such a header. They are
// read again if they are old or there is none.
func (s *issuer) candidates(ctx context.Context, head jose.Header) ([]jose.JSONWebKey, error) {
	s.mu.Lock()
	found := s.matching(head)
	old := time.Since(s.read) > keysLife
	s.mu.Unlock()
	if len(found) > 0 && !old {
		return found, nil
	}
	err := s.refresh(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if again := s.matching(head); len(again) > 0 || err == nil {
		return again, nil
	}
	return nil, err
}

// matching are the keys that a header may mean. mu is held.
func (s *issuer) matching(head jose.Header) []jose.JSONWebKey {
	var out []jose.JSONWebKey
	for _, k := range s.keys.Keys {
		if (head.KeyID == "" || k.KeyID == head.KeyID) && (k.Use == "" || k.Use == "sig") &&
			(k.Algorithm == "" || k.Algorithm == head.Algorithm) && k.IsPublic() && k.Valid() {
			out = append(out, k)
		}
	}
	return out
}

// refresh reads the keys, unless that was tried just now. All who wait share one
// attempt, which does not end with any of them.
func (s *issuer) refresh(ctx context.Context) error {
	s.mu.Lock()
	if s.reading == nil {
		if !s.tried.IsZero() && time.Since(s.tried) < keysPause {
			defer s.mu.Unlock()
			return s.err
		}
		s.reading = make(chan struct{})
		go s.reread(context.WithoutCancel(ctx))
	}
	reading := s.reading
	s.mu.Unlock()
	select {
	case <-reading:
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *issuer) reread(ctx context.Context) {
	keys, err := s.fetch(ctx)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tried, s.err = time.Now(), err; err == nil {
		s.keys, s.read = keys, s.tried
	} else {
		s.log.WarnContext(ctx, "the keys of an issuer of tokens cannot be read", "issuer", s.name, "error", err, "keys", len(s.keys.Keys))
	}
	close(s.reading)
	s.reading = nil
}

// fetch reads the keys that the issuer has now.
func (s *issuer) fetch(ctx context.Context) (jose.JSONWebKeySet, error) {
	var found struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"` //nolint:tagliatelle // by OpenID Connect
	}
	var keys jose.JSONWebKeySet
	if err := s.get(ctx, strings.TrimSuffix(s.name, "/")+discovery, &found); err != nil {
		return keys, err
	}
	if found.Issuer != s.name {
		return keys, fmt.Errorf("its discovery document is of the issuer %.200q", found.Issuer)
	}
	u, err := url.Parse(found.Keys)
	if err != nil || !secure(u) {
		return keys, fmt.Errorf("its jwks_uri %.200q is no https URL, nor an http URL on loopback", found.Keys)
	}
	if err := s.get(ctx, found.Keys, &keys); err != nil {
		return keys, err
	}
	if len(keys.Keys) == 0 {
		return keys, errors.New("it has no keys")
	}
	return keys, nil
}

// get reads a document.
func (s *issuer) get(ctx context.Context, from string, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	r.Header.Set("Accept", "application/json")
	resp, err := s.client.Do(r)
	if err != nil {
		return err //nolint:wrapcheck // names the URL
	}
	defer resp.Body.Close() //nolint:errcheck // it was read
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("read %s: %s", from, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	switch {
	case err != nil:
		return fmt.Errorf("read %s: %w", from, err)
	case len(body) > maxDocument:
		return fmt.Errorf("read %s: it has more than %d bytes", from, maxDocument)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("read %s: %w", from, err)
	}
	return nil
}

// secure reports whether what comes from a URL can be trusted to.
func secure(u *url.URL) bool {
	return u.Host != "" && u.User == nil && (u.Scheme == "https" || u.Scheme == "http" && hosts.IsLoopbackName(u.Hostname()))
}
