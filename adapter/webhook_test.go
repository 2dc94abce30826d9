package adapter_test

import (
	"net/http"
	"testing"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/functions"
)

func TestTheHandshakeOfWebhooksIsGrantedToListedOrigins(t *testing.T) {
	t.Parallel()
	s := serve(t, setup{
		cfg: adapter.Config{
			WebhookOrigins: []string{"eventgrid.azure.net", "*.shop.example"}, Tokens: []adapter.Token{{Tenant: "shop", Secret: tokenOfShop}},
		},
		chains: []functions.Chain{chain("echo", echo)},
	})
	for name, tt := range map[string]struct {
		headers      []string
		status       int
		origin, rate string
	}{
		"listed":      {[]string{"WebHook-Request-Origin", "eventgrid.azure.net"}, 200, "eventgrid.azure.net", ""},
		"with a rate": {[]string{"WebHook-Request-Origin", "a.shop.example", "WebHook-Request-Rate", "120"}, 200, "a.shop.example", "120"},
		"called back": {
			[]string{"WebHook-Request-Origin", "eventgrid.azure.net", "WebHook-Request-Callback", "http://127.0.0.1:1/"}, 200, "eventgrid.azure.net", "",
		},
		"not listed":        {[]string{"WebHook-Request-Origin", "evil.example"}, 403, "", ""},
		"loopback":          {[]string{"WebHook-Request-Origin", "localhost"}, 403, "", ""},
		"no rate":           {[]string{"WebHook-Request-Origin", "eventgrid.azure.net", "WebHook-Request-Rate", "fast"}, 400, "", ""},
		"rate of nothing":   {[]string{"WebHook-Request-Origin", "eventgrid.azure.net", "WebHook-Request-Rate", "0"}, 400, "", ""},
		"no handshake":      {nil, 204, "", ""},
		"of a foreign page": {[]string{"WebHook-Request-Origin", "eventgrid.azure.net", "Origin", evilOrigin}, 403, "", ""},
	} {
		got := s.do(http.MethodOptions, "/events", "", tt.headers...)
		if got.status != tt.status || got.header.Get("Webhook-Allowed-Origin") != tt.origin || got.header.Get("Webhook-Allowed-Rate") != tt.rate {
			t.Errorf("%s: %d %v", name, got.status, got.header)
		}
		if tt.status < 300 && got.header.Get("Allow") != "OPTIONS, POST" {
			t.Errorf("%s: Allow %q", name, got.header.Get("Allow"))
		}
	}
	closed := serve(t, setup{chains: []functions.Chain{chain("echo", echo)}})
	closed.do(http.MethodOptions, "/events", "", "WebHook-Request-Origin", "eventgrid.azure.net").problem(t, http.StatusForbidden)
}
