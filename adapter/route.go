package adapter

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/types"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/accept"
)

// route is a chain as the adapter serves it, with what every request needs
// prepared.
type route struct {
	chain   functions.Chain
	carrier Carrier
	// async is the carrier of calls that may outlive their connection; nil if it
	// is carrier. If it is not, the work of all other calls is done when their
	// connection is answered.
	async    Carrier
	remote   bool // replies may come to the store
	maxBody  int64
	source   types.URIRef
	pages    pages         // that may call it
	consumes accept.Ranges // what it takes; none means everything
	method   any           // of the chain, as the value of an attribute
	path     any           // the same
	// hasNames means that functions may ask for the parts of the path by name.
	hasNames bool
	headers  []headerAttr
	vary     []string // for Vary; nil for none
	metrics  *routeMetrics
	rate     *limit // nil for any number of calls, as these:
	running  *limit
	backlog  *limit
}

// headerAttr is an allowed request header and the attribute that carries it.
type headerAttr struct{ header, attr string }

func (a *Adapter) addRoute(s Served) error {
	chain := s.Chain.WithDefaults()
	if err := chain.Validate(); err != nil {
		return err
	}
	if a.cfg.FreezesAfterResponse { // as withoutNumbers
		warnOfNumbers(a.cfg.Logger, chain.Concurrency, chain.Backlog, slog.String("chain", chain.Name))
		chain.Concurrency, chain.Backlog = 0, 0
	}
	if other, taken := a.byType[chain.Type]; taken {
		return fmt.Errorf("chains %q and %q have the same type %q", other.chain.Name, chain.Name, chain.Type)
	}
	rt := &route{
		chain: chain, carrier: s.Carrier, async: s.Async,
		remote: a.cfg.ReplyKeys.Any() || a.poller != nil || a.cfg.FreezesAfterResponse, maxBody: chain.MaxBody,
		source: types.URIRef{URL: url.URL{Path: "/chains/" + chain.Name}},
		method: chain.Method, path: chain.Path, hasNames: strings.Contains(chain.Path, "{"),
		metrics: a.metrics.route(chain.Name), rate: rateLimit("chain", "chain:"+chain.Name+":rate:", chain.Rate, a.shared),
		running: numberLimit("chain-concurrency", "chain:"+chain.Name+":concurrency", chain.Concurrency, "calls of this chain run", a.shared),
		backlog: numberLimit("chain-backlog", "chain:"+chain.Name+":backlog", chain.Backlog,
			"calls of this chain were accepted and have not ended", a.shared),
	}
	if rt.maxBody == 0 {
		rt.maxBody = a.cfg.MaxBody
	}
	for _, h := range chain.Headers {
		rt.headers = append(rt.headers, headerAttr{http.CanonicalHeaderKey(h), functions.HeaderAttr(h)})
	}
	rt.pages.add(chain.CORS)
	a.pages.add(chain.CORS)
	rt.consumes = mediaTypes(chain.Consumes)
	rt.vary = a.varyOf(chain.Headers, chain.CORS)
	handler := func(w http.ResponseWriter, r *http.Request) {
		a.traceRoute(r, chain.Method, chain.Path, chain.Name)
		if c := a.accept(w, r, rt); c != nil { // what that takes is off the stack when the call runs
			a.run(w, r, c)
		}
	}
	if err := a.handleFor(&rt.pages, chain.Method, chain.Path, handler); err != nil {
		return fmt.Errorf("route of chain %q: %w", chain.Name, err)
	}
	a.routes = append(a.routes, rt)
	a.byType[chain.Type] = rt
	return nil
}

// MaxResponseTime is the longest time for which the adapter holds a connection
// before it answers. A server's write timeout must be greater.
func (a *Adapter) MaxResponseTime() time.Duration {
	longest := maxLongPoll
	for _, rt := range a.routes {
		longest = max(longest, rt.chain.Timeout)
	}
	if a.cfg.MaxWait > 0 {
		longest = min(longest, a.cfg.MaxWait)
	}
	return longest
}
