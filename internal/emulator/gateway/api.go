package gateway

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/internal/httpevent"
	"github.com/homing-dev/homing/internal/pathmux"
)

// API is an HTTP API or a REST API: an [http.Handler]. It is safe for
// concurrent use.
type API struct {
	api       template.API
	responses errorResponses
	options   Options
	router    router
	limiter   *rate.Limiter // nil if there is no throttle

	authorizers authorizers
}

// NewAPI creates an API of its declaration. The routes' functions are called by
// their names.
func NewAPI(api template.API, o Options) *API {
	a := &API{api: api, responses: httpResponses()}
	timeout := DefaultTimeout
	if api.Kind == template.REST {
		a.responses, timeout = restResponses(), DefaultRESTTimeout
	}
	a.options = o.withDefaults(timeout, DefaultMaxBody)
	a.router, a.authorizers = newRouter(api.Routes), newAuthorizers(api.Routes, &a.options)
	for i := range a.router {
		a.router[i].limiter = newLimiter(a.router[i].Throttle)
	}
	a.limiter = newLimiter(api.Throttle)
	return a
}

// ServeHTTP implements [http.Handler].
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := newCall(w, r, &a.options)
	defer c.log()
	w.Header().Set(a.responses.idHeader, c.access.RequestID)
	if c.headerTooLarge() {
		a.fail(c, a.responses.headers, errLarge)
		return
	}
	escaped, ok := a.withoutStage(pathmux.Path(r.URL))
	path, err := url.PathUnescape(escaped)
	if !ok || err != nil {
		a.fail(c, a.responses.noRoute, errNoStage)
		return
	}
	escaped, path = a.withoutSlash(r, escaped, path)
	route, parameters, ok := a.router.find(r, a.segments(escaped, path))
	if !ok {
		a.fail(c, a.responses.noRoute, errNoRoute)
		return
	}
	c.access.Function = route.Function
	if !a.admits(route) {
		a.fail(c, a.responses.tooMany, errRate)
		return
	}
	event, err := a.event(c, route, parameters, escaped, path)
	refused, isRefused := errors.AsType[*refusal](err)
	switch {
	case isRefused:
		if refused.challenge != "" {
			w.Header().Set("WWW-Authenticate", refused.challenge)
		}
		a.fail(c, refused.errorResponse, refused.cause)
	case errors.Is(err, errLarge):
		a.fail(c, a.responses.tooLarge, err)
	case err != nil:
		c.gone(err)
	default:
		a.invoke(c, route, event)
	}
}

// Why a gateway responds itself.
var (
	errNoStage = errors.New("the path does not begin with the stage")
	errNoRoute = errors.New("no route matches")
	errRate    = errors.New("the throttle of the route or the API is reached")
	errTimeout = errors.New("the integration's time ran out")
)

// segments takes a path apart. A REST API does so before it decodes it, and so
// %2F is a slash for an HTTP API only.
func (a *API) segments(escaped, path string) []string {
	if a.api.Kind != template.REST {
		return split(path)
	}
	segments := split(escaped)
	for i, s := range segments {
		segments[i], _ = url.PathUnescape(s) // so could the whole
	}
	return segments
}

// withoutSlash takes a slash off the end of a path for which a REST API has a
// resource without it. What a greedy parameter matches is kept.
func (a *API) withoutSlash(r *http.Request, escaped, path string) (string, string) {
	shorter, ok := strings.CutSuffix(escaped, "/")
	if !ok || shorter == "" || a.api.Kind != template.REST {
		return escaped, path
	}
	short := strings.TrimSuffix(path, "/")
	if found, _, ok := a.router.find(r, a.segments(shorter, short)); !ok || found.greedy != "" {
		return escaped, path
	}
	return shorter, short
}

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

// newLimiter returns the limiter of a throttle, nil if that does not limit. A
// rate without a burst admits one call at a time.
func newLimiter(t template.Throttle) *rate.Limiter {
	if t.Rate == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(t.Rate), max(t.Burst, 1))
}

// admits asks the throttle of the route, or that of the API, which counts for
// each route that has none.
func (a *API) admits(r route) bool {
	limiter := cmp.Or(r.limiter, a.limiter)
	return limiter == nil || limiter.AllowN(a.options.Now(), 1)
}

// event creates the event of a request.
func (a *API) event(c *call, r route, parameters map[string]string, escaped, path string) ([]byte, error) {
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	verdict, err := a.authorizers.check(c.r, body, r.Authorizer)
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
		RouteKey: key, PathParameters: parameters, Verdict: verdict,
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

// invoke calls the function and responds.
func (a *API) invoke(c *call, r route, event []byte) {
	ctx, cancel := context.WithTimeoutCause(c.r.Context(), a.timeout(r), errTimeout)
	defer cancel()
	payload, err := a.options.Lambda.Invoke(ctx, r.Function, event)
	switch {
	case c.r.Context().Err() != nil:
		c.gone(context.Cause(c.r.Context()))
	case err != nil && ctx.Err() != nil:
		a.fail(c, a.responses.timeout, errTimeout)
	case errors.Is(err, ErrThrottled):
		a.fail(c, a.responses.throttled, err)
	case errors.Is(err, ErrTooLarge):
		a.fail(c, a.responses.tooLarge, err)
	case err != nil:
		a.fail(c, a.responses.failed, err)
	default:
		answer, err := httpevent.DecodeResponse(payload, a.source(r))
		if err != nil {
			a.fail(c, a.responses.badAnswer, err)
			return
		}
		c.respond(answer.Status, answer.Header, answer.Body, a.responses.contentType)
	}
}

func (a *API) timeout(r route) time.Duration {
	if r.Timeout > 0 {
		return min(r.Timeout, a.options.Timeout)
	}
	return a.options.Timeout
}

func (a *API) fail(c *call, r errorResponse, why error) {
	c.fail(r.status, "application/json", `{"message":"`+r.message+`"}`, why)
}
