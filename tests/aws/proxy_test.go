package aws_test

import (
	"hash/crc32"
	"io"
	stdlog "log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/homing-dev/homing/internal/emulator"
)

// way is what becomes of calls to the store.
type way int32

const (
	passes    way = iota
	cut           // connections break
	throttled     // the table rejects, as one does that has too few units
	slow          // the table answers after slowness
	silent        // it never answers
)

// slowness is of a slow store.
const slowness = 250 * time.Millisecond

// exceeded is the error of a table that has too few units.
const exceeded = `{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",` +
	`"message":"The level of configured provisioned throughput for the table was exceeded"}`

// storeProxy stands between the functions and the tables.
type storeProxy struct {
	url   string
	way   atomic.Int32
	inner http.Handler
}

func newStoreProxy(t *testing.T) *storeProxy {
	t.Helper()
	target, err := url.Parse(tables)
	if err != nil {
		t.Fatal(err)
	}
	quiet := stdlog.New(io.Discard, "", 0)
	transport := &http.Transport{}
	p := &storeProxy{inner: &httputil.ReverseProxy{
		Transport: transport, ErrorLog: quiet,
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) },
	}}
	srv := httptest.NewUnstartedServer(p)
	srv.Config.ErrorLog = quiet
	srv.Start()
	p.url = srv.URL
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
		transport.CloseIdleConnections()
	})
	return p
}

// options has the functions of a stack use the proxy. The emulator itself makes
// the table without it.
func (p *storeProxy) options(o *emulator.Options) {
	if o.Env == nil {
		o.Env = map[string]string{}
	}
	o.Env["AWS_ENDPOINT_URL_DYNAMODB"] = p.url
}

func (p *storeProxy) set(w way) { p.way.Store(int32(w)) }

// ServeHTTP implements http.Handler.
func (p *storeProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch way(p.way.Load()) {
	case cut:
		abort(w)
	case throttled:
		w.Header().Set("Content-Type", "application/x-amz-json-1.0")
		w.Header().Set("X-Amz-Crc32", strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(exceeded))), 10))
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, exceeded)
	case silent:
		_, _ = io.Copy(io.Discard, r.Body) // or the server does not see that the client leaves
		<-r.Context().Done()
	case slow:
		timer := time.NewTimer(slowness)
		defer timer.Stop()
		select {
		case <-timer.C:
			p.inner.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	case passes:
		p.inner.ServeHTTP(w, r)
	}
}

// abort resets the connection.
func abort(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
