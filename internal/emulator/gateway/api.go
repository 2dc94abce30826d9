package gateway

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/internal/httpevent"
)

// API is an HTTP API or a REST API: an [http.Handler]. It is safe for
// concurrent use.
type API struct {
	api     template.API
	words   words
	options Options
	router  router
	bucket  *bucket
}

// NewAPI makes an API of its declaration. The routes' functions are called by
// their names.
func NewAPI(api template.API, o Options) *API {
	a := &API{api: api, words: httpWords()}
	timeout := DefaultTimeout
	if api.Kind == template.REST {
		a.words, timeout = restWords(), DefaultRESTTimeout
	}
	a.options = o.withDefaults(timeout, DefaultMaxBody)
	a.router = newRouter(api.Routes)
	for i := range a.router {
		a.router[i].bucket = newBucket(a.router[i].Throttle, a.options.Now)
	}
	a.bucket = newBucket(api.Throttle, a.options.Now)
	return a
}

// ServeHTTP implements [http.Handler].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := newCall(w, r, &a.options)
	defer c.ended()
	w.Header().Set(a.words.idHeader, c.access.RequestID)
	if c.headerTooLarge() {
		a.fail(c, a.words.headers, errLarge)
		return
	}
	escaped, ok := a.withoutStage(r.URL.EscapedPath())
	path, err := url.PathUnescape(escaped)
	if !ok || err != nil {
		a.fail(c, a.words.noRoute, errNoStage)
		return
	}
	route, parameters, ok := a.router.find(r, path)
	if !ok {
		a.fail(c, a.words.noRoute, errNoRoute)
		return
	}
	c.access.Function = route.Function
	if !a.admits(route) {
		a.fail(c, a.words.tooMany, errRate)
		return
	}
	event, err := a.event(c, route, parameters, escaped, path)
	switch {
	case errors.Is(err, errLarge):
		a.fail(c, a.words.tooLarge, err)
	case err != nil:
		c.gone(err)
	default:
		a.invoke(c, route, event)
	}
}

// Why a gateway answers itself.
var (
	errNoStage = errors.New("the path does not begin with the stage")
	errNoRoute = errors.New("no route matches")
	errRate    = errors.New("the throttle of the route or the API is reached")
	errTimeout = errors.New("the integration's time ran out")
)

// withoutStage takes the name of the stage off a path.
func (a *API) withoutStage(path string) (string, bool) {
	if a.api.Stage == defaultRoute {
		return path, true
	}
	rest, ok := strings.CutPrefix(path, "/"+a.api.Stage)
	if !ok || rest != "" && rest[0] != '/' {
		return "", false
	}
	return "/" + strings.TrimPrefix(rest, "/"), true
}

// admits asks the throttle of the route, or that of the API, which counts for
// each route that has none.
func (a *API) admits(r route) bool {
	if r.bucket != nil {
		return r.bucket.take()
	}
	return a.bucket.take()
}

// event makes the event of a request.
func (a *API) event(c *call, r route, parameters map[string]string, escaped, path string) ([]byte, error) {
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	inner := *c.r
	target := *c.r.URL
	target.Path, target.RawPath = path, escaped
	inner.URL = &target
	key := r.key()
	if a.api.Kind == template.REST {
		key = r.Path
	}
	return Encode(&inner, body, EncodeOptions{
		Source: a.source(r), Stage: a.api.Stage, RequestID: c.access.RequestID, SourceIP: c.sourceIP(), Now: c.began,
		AccountID: a.options.Account, APIID: a.api.APIID, DomainName: strings.TrimPrefix(a.api.URL, "https://"),
		RouteKey: key, PathParameters: parameters,
	})
}

func (a *API) source(r route) httpevent.Source {
	switch {
	case a.api.Kind == template.REST:
		return httpevent.REST
	case r.Payload == "1.0":
		return httpevent.HTTPAPIv1
	default:
		return httpevent.HTTPAPI
	}
}

// invoke calls the function and answers.
func (a *API) invoke(c *call, r route, event []byte) {
	ctx, cancel := context.WithTimeoutCause(c.r.Context(), a.timeout(r), errTimeout)
	defer cancel()
	payload, err := a.options.Lambda.Invoke(ctx, r.Function, event)
	switch {
	case c.r.Context().Err() != nil:
		c.gone(context.Cause(c.r.Context()))
	case err != nil && ctx.Err() != nil:
		a.fail(c, a.words.timeout, errTimeout)
	case errors.Is(err, ErrThrottled):
		a.fail(c, a.words.throttled, err)
	case errors.Is(err, ErrTooLarge):
		a.fail(c, a.words.tooLarge, err)
	case err != nil:
		a.fail(c, a.words.failed, err)
	default:
		answer, err := httpevent.DecodeResponse(payload, a.source(r))
		if err != nil {
			a.fail(c, a.words.nonsense, err)
			return
		}
		c.answer(answer.Status, answer.Header, answer.Body, a.words.contentType)
	}
}

func (a *API) timeout(r route) time.Duration {
	if r.Timeout > 0 {
		return min(r.Timeout, a.options.Timeout)
	}
	return a.options.Timeout
}

func (a *API) fail(c *call, word word, why error) {
	c.fail(word.status, "application/json", `{"message":"`+word.message+`"}`, why)
}
