package adapter

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// A signed link is the URL of a request with the right to fetch it, for what cannot
// send a token: a browser's EventSource, an image, a download. A caller asks for it
// by the preference signed-link, and the Location of a 202 is one then. It is signed
// by HMAC-SHA256 over the id, the time of its end, and, by its key, the method and
// the tenant.
const (
	linkParameter = "link"
	linkDefault   = 5 * time.Minute
	linkMost      = time.Hour
)

// linkKeys are those of the links of a tenant.
func (a *Adapter) linkKeys(tenant string) reply.Keys {
	return a.cfg.LinkKeys.For("homing signed link\x00GET\x00" + tenant)
}

// signedLocation returns where the reply can be fetched without a token for a while,
// "" if nobody needs a token or there is no key.
func (a *Adapter) signedLocation(x *exchange, life time.Duration) string {
	if life <= 0 || !a.secured() || !a.cfg.LinkKeys.Any() {
		return ""
	}
	return x.location() + "?" + linkParameter + "=" + base64.RawURLEncoding.EncodeToString([]byte(x.tenant)) + "." +
		a.linkKeys(x.tenant).Sign(x.id, time.Now().Add(life))
}

// isLinked reports whether r would be let in by a link. A token counts before it.
func isLinked(r *http.Request) bool { return linkOf(r) != "" }

func linkOf(r *http.Request) string {
	if r.URL.RawQuery == "" || r.Method != http.MethodGet && r.Method != http.MethodHead || r.Header.Get("Authorization") != "" {
		return ""
	}
	values, _ := url.ParseQuery(r.URL.RawQuery)
	return values.Get(linkParameter)
}

// linked returns a handler of what a signed link may fetch. Whoever has the link may
// follow it, from any page; which pages may read the answer is as without it.
func (a *Adapter) linked(h func(http.ResponseWriter, *http.Request, string)) http.HandlerFunc {
	byToken := a.guarded(http.MethodGet, &a.pages, a.authorised(h))
	return func(w http.ResponseWriter, r *http.Request) {
		link := linkOf(r)
		if link == "" || !a.secured() {
			byToken(w, r)
			return
		}
		if _, ok := a.pages.allow(w.Header(), r); ok {
			w.Header().Set("Access-Control-Expose-Headers", exposed)
		}
		tenant, ok := a.verifyLink(link, r.PathValue("id"))
		if !ok {
			w.Header().Set("WWW-Authenticate", authenticate)
			a.fail(w, &exchange{}, functions.Errorf(http.StatusUnauthorized,
				"the link is invalid or has expired; GET %s with a token and Prefer: signed-link for another one", a.linkBase(r)+r.URL.Path))
			return
		}
		w.Header().Set("Cache-Control", "private, no-store")
		w.Header().Set("Referrer-Policy", "no-referrer")
		h(w, r, tenant)
	}
}

// verifyLink returns whose request a link lets its bearer fetch.
func (a *Adapter) verifyLink(link, requestID string) (tenant string, ok bool) {
	encoded, token, _ := strings.Cut(link, ".")
	name, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	id, invalid := reply.ParseID(requestID)
	if err != nil || invalid != nil || !a.cfg.LinkKeys.Any() || !a.mayLink(string(name)) {
		return "", false
	}
	return string(name), a.linkKeys(string(name)).Verify(token, id, time.Now()) == nil
}

// mayLink reports whether links of a tenant count: his token is there still, or it
// cannot be known whether he has one.
func (a *Adapter) mayLink(tenant string) bool {
	return a.cfg.Verifier != nil || slices.ContainsFunc(a.guard, func(t hashedToken) bool { return t.tenant == tenant })
}
