package e2e_test

import (
	"io"
	stdlog "log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// shape is how the adapter and the steps of the chains are put into processes.
type shape string

const (
	inline       shape = "inline"
	vertexHTTP   shape = "vertex, http"
	splitHTTP    shape = "split, http"
	vertexBroker shape = "vertex, broker"
	splitBroker  shape = "split, broker"
)

func shapes() []shape { return []shape{inline, vertexHTTP, splitHTTP, vertexBroker, splitBroker} }

func (s shape) overBroker() bool { return s == vertexBroker || s == splitBroker }
func (s shape) isSplit() bool    { return s == splitHTTP || s == splitBroker }

// plan is what is deployed.
type plan struct {
	shape  shape
	file   string              // chain.yaml; "" means the one that is built in
	chains map[string][]string // the steps of the chains
	broker delivery
	env    []string // of every process
}

// samples is the chain.yaml that is built in.
func samples(s shape) plan {
	return plan{
		shape: s, broker: patient(),
		chains: map[string][]string{"quote": {"validate", "enrich", "price"}, "thumbnail": {"inspect", "resize", "encode"}},
	}
}

// patient delivers again for about 40 s.
func patient() delivery { return delivery{retries: 12, backoff: 10 * time.Millisecond} }

// deployment is an adapter and its vertices.
type deployment struct {
	url      string // of the adapter
	adapter  *process
	vertices map[string]*process // by chain.step, or "*" for one that runs all
	broker   *broker             // nil without one
	replies  *gateway            // between vertices and adapter; nil without a broker
}

// replyKeys sign the tokens of replies. The tests know them, to forge.
const replyKeys = "e2e=a secret that only tests have"

// deploy starts the processes of a plan.
func deploy(t *testing.T, p plan) *deployment {
	t.Helper()
	if p.shape == inline {
		a := knative(t, p.file, p.env...)
		return &deployment{url: a.url, adapter: a}
	}
	d := &deployment{vertices: map[string]*process{}}
	env := append([]string{"HOMING_ROLE=vertex", "HOMING_REPLY_KEYS=" + replyKeys}, p.env...)
	adapterEnv := append([]string{"HOMING_ROLE=adapter", "HOMING_REPLY_KEYS=" + replyKeys}, p.env...)
	port := freePort(t)
	if p.shape.overBroker() {
		d.broker = newBroker(t, p.broker)
		d.replies = newGateway(t)
		d.replies.route("/", "http://127.0.0.1:"+port)
		env = append(env, "HOMING_BROKER_URL="+d.broker.url, "HOMING_REPLY_ALLOW="+d.replies.url)
		adapterEnv = append(adapterEnv, "HOMING_BROKER_URL="+d.broker.url,
			"HOMING_REPLY_URL="+d.replies.url)
	}
	target := d.startVertices(t, p, env)
	if !p.shape.overBroker() {
		adapterEnv = append(adapterEnv, "HOMING_VERTEX_URL="+target)
	}
	d.adapter = knativeOn(t, port, p.file, adapterEnv...)
	d.url = d.adapter.url
	return d
}

// adapterAlone deploys an adapter and a broker from which nobody gets events:
// the test answers in the place of the vertices.
func adapterAlone(t *testing.T, file string) *deployment {
	t.Helper()
	b := newBroker(t, delivery{})
	port := freePort(t)
	a := knativeOn(t, port, file, "HOMING_ROLE=adapter", "HOMING_BROKER_URL="+b.url,
		"HOMING_REPLY_URL=http://127.0.0.1:"+port, "HOMING_REPLY_KEYS="+replyKeys)
	return &deployment{url: a.url, adapter: a, broker: b}
}

// startVertices starts one vertex, or one for each step, and returns the
// template of their URLs.
func (d *deployment) startVertices(t *testing.T, p plan, env []string) string {
	t.Helper()
	if !p.shape.isSplit() {
		v := knative(t, p.file, env...)
		d.vertices["*"] = v
		for chain, steps := range p.chains {
			if d.broker != nil {
				d.broker.route(chain+"."+steps[0]+",", v.url)
			}
		}
		return v.url
	}
	hops := newGateway(t)
	for chain, steps := range p.chains {
		for _, step := range steps {
			name := chain + "." + step
			v := spawn(t, freePort(t), p.file, append(slices.Clip(env), "HOMING_STEPS="+name)...)
			d.vertices[name] = v
			hops.route("/"+chain+"/"+step, v.url)
			if d.broker != nil {
				d.broker.route(name+",", v.url)
			}
		}
	}
	for _, v := range d.vertices {
		v.awaitReady()
	}
	return hops.url + "/{chain}/{step}"
}

// gateway stands for the platform's network: it brings calls to one of the
// processes behind a path, one after the other, and counts the answers.
type gateway struct {
	url  string
	turn atomic.Uint64

	mu       sync.Mutex
	behind   map[string][]*url.URL
	counts   map[int]int     // answers by status
	underway *sync.WaitGroup // calls that came since the last move
}

func newGateway(t *testing.T) *gateway {
	t.Helper()
	g := &gateway{behind: map[string][]*url.URL{}, counts: map[int]int{}, underway: new(sync.WaitGroup)}
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	proxy := &httputil.ReverseProxy{
		Transport: transport, Rewrite: g.rewrite, ErrorLog: stdlog.New(io.Discard, "", 0),
		ModifyResponse: func(r *http.Response) error {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.counts[r.StatusCode]++
			return nil
		},
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer g.begin().Done()
		proxy.ServeHTTP(w, r)
	}))
	g.url = srv.URL
	t.Cleanup(func() {
		srv.Close()
		transport.CloseIdleConnections()
	})
	return g
}

// route puts processes behind a path; "/" stands for every other path, which
// is kept.
func (g *gateway) route(path string, targets ...string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, target := range targets {
		u, _ := url.Parse(target) // of a process that has been reached
		g.behind[path] = append(g.behind[path], u)
	}
}

func (g *gateway) rewrite(r *httputil.ProxyRequest) {
	g.mu.Lock()
	defer g.mu.Unlock()
	targets, exact := g.behind[strings.TrimSuffix(r.In.URL.Path, "/")]
	if !exact {
		targets = g.behind["/"]
	} else {
		r.Out.URL.Path = "/"
	}
	if len(targets) == 0 {
		return // to itself, which is an error
	}
	r.SetURL(targets[g.turn.Add(1)%uint64(len(targets))])
}

// begin counts a call until Done.
func (g *gateway) begin() *sync.WaitGroup {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.underway.Add(1)
	return g.underway
}

// move sends calls to another process from now on, and waits for those that are
// underway, as Knative's queue-proxy and the preStop of a pod do: what a process
// that drains is sent anew is refused, however soon it comes.
func (g *gateway) move(path, target string) {
	g.mu.Lock()
	before := g.underway
	g.underway = new(sync.WaitGroup)
	u, _ := url.Parse(target) // of a process that has been reached
	g.behind[path] = []*url.URL{u}
	g.mu.Unlock()
	before.Wait()
}

// answers is how many calls were answered with a status.
func (g *gateway) answers(status int) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.counts[status]
}
