package adapter_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/adapter"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/functions"
)

// One tenant's keys and replies filled the store for everybody, who then heard
// "Retry-After: 5" for an hour.
func TestATenantThatFillsItsShareKeepsNobodyElseOut(t *testing.T) {
	t.Parallel()
	tokens := []adapter.Token{{Tenant: "hog", Secret: "hog-secret-of-16"}, {Tenant: "shop", Secret: "shop-secret-of-16"}}
	large := strings.Repeat("x", 100_000)
	for name, tt := range map[string]struct {
		store   memory.Options
		headers func(i int) []string
		kept    int // status of what is kept
	}{
		"keys":    {memory.Options{MaxEntries: 40}, func(i int) []string { return []string{"Idempotency-Key", strconv.Itoa(i)} }, http.StatusOK},
		"async":   {memory.Options{MaxEntries: 40}, func(int) []string { return []string{"Prefer", "respond-async"} }, http.StatusAccepted},
		"replies": {memory.Options{MaxBytes: 4 << 20}, func(int) []string { return []string{"Prefer", "respond-async, wait=10"} }, http.StatusOK},
	} {
		for _, open := range []bool{false, true} {
			t.Run(name+", open "+strconv.FormatBool(open), func(t *testing.T) {
				t.Parallel()
				cfg := adapter.Config{Tokens: tokens}
				refused := http.StatusTooManyRequests
				if open {
					cfg.Tokens, refused = nil, http.StatusServiceUnavailable
				}
				s := serve(t, setup{cfg: cfg, store: tt.store, chains: []functions.Chain{chain("echo", echo)}})
				call := func(token adapter.Token, i int) answer {
					return s.do("POST", "/echo", large, append(tt.headers(i), "Authorization", "Bearer "+token.Secret)...)
				}
				got, n := call(tokens[0], 0), 1
				for ; got.status == tt.kept && n < 100; n++ {
					got = call(tokens[0], n)
				}
				p := got.problem(t, refused)
				after, err := strconv.Atoi(got.header.Get("Retry-After"))
				if hour := int(time.Hour / time.Second); err != nil || after < hour-60 || after > hour || n < 10 || !strings.Contains(p.Detail, "reply store") {
					t.Errorf("after %d calls the hog is refused by %v, %q", n, got.header, p.Detail)
				}
				if got := s.do("POST", "/echo", "x", "Authorization", "Bearer "+tokens[0].Secret); got.status != http.StatusOK {
					t.Errorf("a plain call gets %d", got.status)
				}
				for i := range 5 {
					if got := call(tokens[1], 1000+i); (got.status == tt.kept) == open {
						t.Errorf("call %d of the other tenant gets %d", i, got.status)
					}
				}
			})
		}
	}
}
