package adapter

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/functions"
)

// Headers of the CORS protocol (WHATWG Fetch) and of Fetch Metadata.
const (
	originHeader    = "Origin"
	siteHeader      = "Sec-Fetch-Site"
	requestedMethod = "Access-Control-Request-Method"
	requestedNames  = "Access-Control-Request-Headers"
)

// exposed are the headers of an answer that a page may read beside those of every
// answer. The star stands for what functions set, where no credentials are sent.
const exposed = "Idempotency-Replayed, Link, Location, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, " +
	"WWW-Authenticate, X-Request-Id, *"

// maxRequestedNames is the longest list of header names that a preflight may ask for.
const maxRequestedNames = 4 << 10

// pages are whose pages may call a route: a chain has one [functions.CORS], and the
// routes of the adapter itself have those of all chains.
type pages struct{ allowed []functions.CORS }

func (p *pages) add(c functions.CORS) {
	if len(c.Origins) > 0 {
		p.allowed = append(p.allowed, c)
	}
}

// find returns what pages of an origin may do, and whether that is anything. A page
// whose origin is not known, "", may call what all may.
func (p *pages) find(origin string) (found functions.CORS, ok bool) {
	for _, c := range p.allowed {
		if c.Allows(origin) || c.Allows(functions.AnyOrigin) {
			found.MaxAge = max(found.MaxAge, c.MaxAge)
			found.Credentials = found.Credentials || c.Credentials
			ok = true
		}
	}
	return found, ok
}

// allow lets the page that has sent r read the answer, if it may.
func (p *pages) allow(h http.Header, r *http.Request) (c functions.CORS, ok bool) {
	if len(p.allowed) == 0 {
		return c, false
	}
	addVary(h, originHeader)
	origin := r.Header.Get(originHeader)
	if c, ok = p.find(origin); !ok || origin == "" {
		return c, ok
	}
	h.Set("Access-Control-Allow-Origin", origin)
	if c.Credentials {
		h.Set("Access-Control-Allow-Credentials", "true")
	}
	return c, true
}

// check returns why the page that has sent r may not call, or nil: where neither
// the page is of another origin nor it may call. A link may be followed from
// anywhere, since it calls with a safe method and the page does not see the answer.
func (p *pages) check(r *http.Request) error {
	if !isForeign(r) {
		return nil
	}
	origin := r.Header.Get(originHeader)
	if _, ok := p.find(origin); ok || isNavigation(r) {
		return nil
	}
	if origin == "" {
		return functions.Errorf(http.StatusForbidden, "pages of another site may not call this; cors.origins in chain.yaml lists those that may")
	}
	return functions.Errorf(http.StatusForbidden,
		"pages of the origin %.200q may not call this; cors.origins in chain.yaml lists those that may", origin)
}

// isForeign reports whether a browser has sent r for a page of another origin, as
// [http.CrossOriginProtection] does for methods that are not safe. What is no browser
// sends neither header.
func isForeign(r *http.Request) bool {
	site, origin := r.Header[siteHeader], r.Header[originHeader]
	switch {
	case len(site) > 0 && site[0] != "": // of all browsers since 2023, for https and loopback
		return site[0] != "same-origin" && site[0] != "none"
	case len(origin) == 0 || origin[0] == "":
		return false
	}
	u, err := url.Parse(origin[0])
	// The scheme is known from a proxy at most.
	return err != nil || u.Host == "" || !strings.EqualFold(u.Host, r.Host) || r.URL.Scheme != "" && r.URL.Scheme != u.Scheme
}

// isNavigation reports whether r is a visit: a link was followed, and the answer
// will be a page of its own, in no frame.
func isNavigation(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) &&
		r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// guarded returns a handler of a method that has a page call h only if it may.
func (a *Adapter) guarded(method string, p *pages, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions && method != http.MethodOptions {
			a.preflight(w, r, p)
			return
		}
		if _, ok := p.allow(w.Header(), r); ok {
			w.Header().Set("Access-Control-Expose-Headers", exposed)
		}
		if err := p.check(r); err != nil {
			a.metrics.refused(refusedPage)
			a.fail(w, &exchange{}, err)
			return
		}
		h(w, r)
	}
}

// handlerOf returns the handler of a request. That of a preflight is the one of the call
// that it asks for, if there is such a call.
func (a *Adapter) handlerOf(r *http.Request) (h http.HandlerFunc, found bool) {
	if wanted := r.Header.Get(requestedMethod); r.Method == http.MethodOptions && wanted != "" && r.Header.Get(originHeader) != "" {
		call := *r
		call.Method = wanted
		if h, found = a.mux.Find(&call); found {
			return h, true
		}
	}
	if h, found = a.mux.Find(r); !found {
		unknown := h
		h = func(w http.ResponseWriter, r *http.Request) {
			_, _ = a.pages.allow(w.Header(), r) // so that its page sees what is missing
			unknown(w, r)
		}
	}
	return h, found
}

// preflight answers what a browser asks before a call (WHATWG Fetch, CORS-preflight
// fetch). Headers are not restricted: what functions get of them is the chain's
// allow-list.
func (a *Adapter) preflight(w http.ResponseWriter, r *http.Request, p *pages) {
	h := w.Header()
	addVary(h, requestedMethod+", "+requestedNames)
	c, ok := p.allow(h, r)
	if !ok {
		addVary(h, originHeader)
		a.fail(w, &exchange{}, functions.Errorf(http.StatusForbidden,
			"pages of the origin %.200q may not call this; cors.origins in chain.yaml lists those that may", r.Header.Get(originHeader)))
		return
	}
	h.Set("Access-Control-Allow-Methods", r.Header.Get(requestedMethod))
	if names := strings.Join(r.Header[requestedNames], ", "); names != "" && len(names) <= maxRequestedNames && isNames(names) {
		h.Set("Access-Control-Allow-Headers", names)
	}
	if c.MaxAge > 0 {
		h.Set("Access-Control-Max-Age", strconv.FormatInt(int64(c.MaxAge/time.Second), 10))
	}
	w.WriteHeader(http.StatusNoContent)
}

// isNames reports whether a text is a list of names of headers.
func isNames(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~, \t", c)
	})
}

// checkPage returns why the page that has sent r may not see the request that rec is
// of: it is the chain that says which pages may.
func (a *Adapter) checkPage(r *http.Request, rec reply.Record) error {
	if !isForeign(r) || isLinked(r) {
		return nil
	}
	for _, rt := range a.routes {
		if rt.chain.Name == rec.Chain {
			return rt.pages.check(r)
		}
	}
	return nil
}

// addVary adds names of headers to what an answer depends on.
func addVary(h http.Header, names string) {
	if had := h["Vary"]; len(had) > 0 {
		names = had[0] + ", " + names
	}
	h["Vary"] = []string{names}
}
