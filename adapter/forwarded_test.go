package adapter_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
)

func TestLinksLeadBackThroughATrustedProxyAndTheLogHasTheClient(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		trusted, base, path string
		headers             []string
		location, client    string
	}{
		"no proxy":         {"", "", "/echo", []string{"X-Forwarded-Prefix", "/evil", "X-Forwarded-For", "203.0.113.9"}, "/requests/", "127.0.0.1"},
		"another proxy":    {"10.0.0.0/8", "", "/echo", []string{"X-Forwarded-Prefix", "/evil", "X-Forwarded-For", "203.0.113.9"}, "/requests/", "127.0.0.1"},
		"proxy":            {"127.0.0.0/8", "", "/echo", []string{"X-Forwarded-Prefix", "/shop", "X-Forwarded-For", "6.6.6.6, 203.0.113.9"}, "/shop/requests/", "203.0.113.9"},
		"base path counts": {"127.0.0.0/8", "/api", "/api/echo", []string{"X-Forwarded-Prefix", "/shop", "X-Forwarded-For", "203.0.113.9"}, "/api/requests/", "203.0.113.9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			cfg := adapter.Config{BasePath: tt.base, LogCalls: 1, Logger: slog.New(slog.NewTextHandler(&log, nil))}
			if tt.trusted != "" {
				cfg.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(tt.trusted)}
			}
			s := serve(t, setup{cfg: cfg, chains: []functions.Chain{chain("echo", echo)}})
			got := s.do("POST", tt.path, "x", append(tt.headers, "Prefer", "respond-async")...)
			if got.status != http.StatusAccepted || !strings.HasPrefix(got.header.Get("Location"), tt.location) {
				t.Errorf("got %d, %q", got.status, got.header.Get("Location"))
			}
			s.Close() // the call has been logged
			if !strings.Contains(log.String(), "client="+tt.client+"\n") {
				t.Errorf("log: %s", log.String())
			}
		})
	}
}

func TestAPageOfTheHostThatAProxyHasIsNoForeignOne(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{cfg: adapter.Config{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}, chains: []functions.Chain{chain("echo", echo)}})
	for host, status := range map[string]int{"shop.example": 200, "SHOP.example": 200, "other.example": 403, "": 403} {
		if got := s.do("POST", "/echo", "x", "Origin", shopOrigin, "X-Forwarded-Host", host); got.status != status {
			t.Errorf("%q: %d", host, got.status)
		}
	}
	// What is sent by http is no page of https.
	s.do("POST", "/echo", "x", "Origin", shopOrigin, "X-Forwarded-Host", "shop.example", "X-Forwarded-Proto", "http").problem(t, http.StatusForbidden)
}
