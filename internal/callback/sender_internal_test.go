package callback

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/internal/cloudevents"
	"github.com/homing-dev/homing/tests/leaks"
)

func TestMain(m *testing.M) { leaks.Main(m) }

const (
	requestID = "01890a5d-ac96-774b-bcce-b302099a8057"
	oldKey    = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	newKey    = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
)

// result is a reply as it comes out of a chain.
func result() event.Event {
	ev := event.New()
	ev.SetID("reply-1")
	ev.SetSource("/chains/orders")
	ev.SetType("homing.orders.reply")
	ev.SetExtension(functions.AttrCorrelationID, requestID)
	ev.SetExtension(functions.AttrHTTPStatus, "201")
	ev.SetExtension(functions.AttrHTTPHeaders, "X-Order: 7")
	ev.SetExtension(functions.AttrHTTPQuery, "s3cret=query")
	ev.SetExtension(functions.HeaderAttr("Authorization"), "Bearer s3cret")
	ev.SetExtension(functions.AttrExpiryTime, "2026-11-27T18:48:38Z")
	ev.SetExtension(functions.AttrRoutingSlip, "orders.a,")
	ev.SetExtension(functions.AttrReplyTo, "store")
	ev.SetExtension(functions.AttrReplyToken, "s3cret-token")
	ev.SetExtension(functions.AttrCallback, "https://hooks.example.com/?s3cret")
	_ = ev.SetData("application/json", json.RawMessage(`{"sum":7}`))
	return ev
}

// received is a request that a target has got.
type received struct {
	*http.Request

	body []byte
}

// server is a target on loopback. Without a handler it agrees to everything and takes it.
type server struct {
	*httptest.Server

	mu  sync.Mutex
	got []received
}

func newServer(t *testing.T, h http.HandlerFunc) *server {
	t.Helper()
	out := &server{}
	out.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		out.mu.Lock()
		out.got = append(out.got, received{r, body})
		out.mu.Unlock()
		if h == nil {
			h = agree(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
		}
		h(w, r)
	}))
	out.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	t.Cleanup(out.Close)
	return out
}

// agree agrees to the handshake, and leaves deliveries to post.
func agree(post http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			w.Header().Set("Webhook-Allowed-Origin", r.Header.Get("Webhook-Request-Origin"))
			return
		}
		post(w, r)
	}
}

// methods are the methods of the requests that came, one after the other.
func (h *server) methods() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []string
	for _, r := range h.got {
		all = append(all, r.Method)
	}
	return strings.Join(all, " ")
}

func (h *server) port() string {
	_, port, _ := net.SplitHostPort(h.Listener.Addr().String())
	return port
}

// sender may call the server under its address.
func (h *server) sender(t *testing.T, change ...func(*Options)) *Sender {
	t.Helper()
	return senderFor(t, net.DefaultResolver, h, h.URL, change...)
}

func senderFor(t *testing.T, resolver *net.Resolver, h *server, allowed string, change ...func(*Options)) *Sender {
	t.Helper()
	a, err := ParseAllowed(allowed)
	if err != nil {
		t.Fatal(err)
	}
	k, err := ParseKeys(newKey + "," + oldKey)
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Allowed: a, Keys: k, Origin: "homing.example"}
	for _, f := range change {
		f(&o)
	}
	secure := &tls.Config{RootCAs: x509.NewCertPool()}
	if h != nil {
		secure.RootCAs.AddCert(h.Certificate())
	}
	s, err := newSender(o, resolver, secure)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestAReplyIsDeliveredAsASignedCloudEvent(t *testing.T) {
	t.Parallel()
	h := newServer(t, nil)
	s := h.sender(t)
	before := result()
	if err := s.Try(t.Context(), h.URL+"/done?key=s3cret", before); err != nil {
		t.Fatal(err)
	}
	if before.Extensions()[functions.AttrCallback] == nil || before.Extensions()[functions.AttrExpiryTime] == nil {
		t.Error("the event that was given has changed")
	}
	if h.methods() != "OPTIONS POST" {
		t.Fatal(h.methods())
	}
	post := h.got[1]
	for name, want := range map[string]string{
		"Content-Type": cloudevents.StructuredType, "Webhook-Id": requestID, "Webhook-Request-Origin": "homing.example", "User-Agent": "homing",
	} {
		if got := post.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if post.RequestURI != "/done?key=s3cret" || h.got[0].RequestURI != post.RequestURI ||
		h.got[0].Header.Get("Webhook-Request-Origin") != "homing.example" || len(h.got[0].body) != 0 {
		t.Errorf("%s, %s", h.got[0].RequestURI, post.RequestURI)
	}
	ev, err := cloudevents.Read(post.Header, post.body)
	if err != nil || ev.ID() != "reply-1" || string(ev.Data()) != `{"sum":7}` || functions.Attribute(ev, functions.AttrHTTPStatus) != "201" ||
		functions.Attribute(ev, functions.AttrHTTPHeaders) != "X-Order: 7" {
		t.Errorf("%v: %s", err, post.body)
	}
	for _, secret := range []string{"s3cret", "routingslip", "replyto", "callback", "expirytime"} {
		if bytes.Contains(post.body, []byte(secret)) {
			t.Errorf("%s is in %s", secret, post.body)
		}
	}
	for _, k := range []string{oldKey, newKey} { // as targets do who have one of them
		verify(t, k, post, nil)
	}
	verify(t, "whsec_"+strings.Repeat("A", 32), post, standardwebhooks.ErrNoMatchingSignature)
	post.body = append(post.body, ' ')
	verify(t, newKey, post, standardwebhooks.ErrNoMatchingSignature)
}

func verify(t *testing.T, k string, r received, want error) {
	t.Helper()
	wh, err := standardwebhooks.NewWebhook(k)
	if err != nil {
		t.Fatal(err)
	}
	if err := wh.Verify(r.body, r.Header); !errors.Is(err, want) {
		t.Errorf("by %s: %v", k, err)
	}
}

func TestATargetMaySpeakHTTP2(t *testing.T) {
	t.Parallel()
	h := &server{Server: httptest.NewUnstartedServer(agree(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			w.WriteHeader(http.StatusHTTPVersionNotSupported)
		}
	}))}
	h.EnableHTTP2 = true
	h.StartTLS()
	t.Cleanup(h.Close)
	if err := h.sender(t).Try(t.Context(), h.URL, result()); err != nil {
		t.Error(err)
	}
}

func TestWithoutKeysNothingIsSigned(t *testing.T) {
	t.Parallel()
	h := newServer(t, nil)
	if err := h.sender(t, func(o *Options) { o.Keys, o.Origin = Keys{}, "" }).Try(t.Context(), h.URL, result()); err != nil {
		t.Fatal(err)
	}
	if header := h.got[1].Header; header.Get("Webhook-Id") == "" || header["Webhook-Signature"] != nil || header.Get("Webhook-Request-Origin") != DefaultOrigin {
		t.Errorf("%v", header)
	}
}

func TestTheIdOfADeliveryIsThatOfItsRequestAndFitsTheHeader(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		requestID: requestID, "a_B-9": "a_B-9", "a.b": "sha256_", "ü": "sha256_", "a\r\nX: y": "sha256_", strings.Repeat("x", 129): "sha256_",
	} {
		if got := messageID(id); !strings.HasPrefix(got, want) || got != messageID(id) || strings.Contains(got, ".") {
			t.Errorf("%q: %q", id, got)
		}
	}
}

// answers returns a handler of requests of a method with a status and headers, and agrees otherwise.
func answers(method string, status int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodOptions {
			w.Header().Set("Webhook-Allowed-Origin", "*")
		}
		if r.Method == method {
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			w.WriteHeader(status)
		}
	}
}

func TestWhatATargetAnswersDecidesWhetherItIsTriedAgain(t *testing.T) {
	t.Parallel()
	const options, post = http.MethodOptions, http.MethodPost
	allowed, rate := "Webhook-Allowed-Origin", "Webhook-Allowed-Rate"
	for name, tt := range map[string]struct {
		hook    http.HandlerFunc
		refused bool
		after   time.Duration
		text    string // "" if it is delivered
	}{
		"created":                   {hook: answers(post, 201)},
		"accepted":                  {hook: answers(post, 202)},
		"another success":           {hook: answers(post, 299)},
		"gone":                      {answers(post, 410), true, 0, "410 Gone"},
		"malformed":                 {answers(post, 400), true, 0, "400 Bad Request"},
		"unauthorized":              {answers(post, 401), true, 0, "401"},
		"not understood":            {answers(post, 415), true, 0, "415"},
		"moved":                     {answers(post, 301, "Location", "https://evil.test/"), true, 0, "redirects are not followed"},
		"moved to a private one":    {answers(post, 307, "Location", "http://169.254.169.254/"), true, 0, "redirects are not followed"},
		"not modified":              {answers(post, 304), true, 0, "304"},
		"time":                      {answers(post, 408), false, 0, "408"},
		"early":                     {answers(post, 425), false, 0, "425"},
		"too many":                  {answers(post, 429, "Retry-After", "120"), false, 2 * time.Minute, "429"},
		"too many for a day":        {answers(post, 429, "Retry-After", "86400"), false, time.Hour, "429"},
		"too many without a time":   {answers(post, 429, "Retry-After", "soon"), false, 0, "429"},
		"error":                     {answers(post, 500), false, 0, "500"},
		"unavailable":               {answers(post, 503, "Retry-After", "7"), false, 7 * time.Second, "503"},
		"no status of HTTP":         {answers(post, 799), false, 0, "799"},
		"all origins":               {hook: answers(options, 204, allowed, "*")},
		"this origin, in capitals":  {hook: answers(options, 200, allowed, "HOMING.Example")},
		"any rate":                  {hook: answers(options, 200, rate, "*")},
		"some rate":                 {hook: answers(options, 200, rate, "120")},
		"no rate":                   {answers(options, 200, rate, "0"), true, 0, "no number of requests"},
		"negative rate":             {answers(options, 200, rate, "-1"), true, 0, "no number of requests"},
		"garbage for a rate":        {answers(options, 200, rate, "1e3"), true, 0, "no number of requests"},
		"another origin":            {answers(options, 200, allowed, "evil.example"), true, 0, `"evil.example"`},
		"several origins":           {answers(options, 200, allowed, "a.example, homing.example"), true, 0, "not agreed"},
		"no origin":                 {answers(options, 200, allowed, ""), true, 0, "has not agreed"},
		"OPTIONS not allowed":       {answers(options, 405), true, 0, "has not agreed"},
		"OPTIONS forbidden":         {answers(options, 403), true, 0, "has not agreed"},
		"OPTIONS not implemented":   {answers(options, 501), true, 0, "has not agreed"},
		"OPTIONS moved":             {answers(options, 302, "Location", "http://127.0.0.1/"), true, 0, "redirects are not followed"},
		"OPTIONS fails":             {answers(options, 502), false, 0, "502"},
		"OPTIONS wants to be later": {answers(options, 429, "Retry-After", "60"), false, time.Minute, "429"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newServer(t, tt.hook)
			err := h.sender(t).Try(t.Context(), h.URL+"/x?s3cret", result())
			if tt.text == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || errors.Is(err, ErrRefused) != tt.refused || !strings.Contains(err.Error(), tt.text) || strings.Contains(err.Error(), "s3cret") {
				t.Fatal(err)
			}
			retry, ok := errors.AsType[*RetryError](err)
			if ok != (tt.after > 0) || ok && retry.After != tt.after {
				t.Errorf("%v", err)
			}
			if n := strings.Count(h.methods(), " "); n > 1 {
				t.Errorf("it got %s", h.methods())
			}
		})
	}
}

func TestATargetIsAskedOnceForAWhile(t *testing.T) {
	t.Parallel()
	h := newServer(t, nil)
	s := h.sender(t)
	var all sync.WaitGroup
	for range 5 {
		all.Go(func() {
			if err := s.Try(t.Context(), h.URL+"/a", result()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := s.Try(t.Context(), h.URL+"/b", result()); err != nil { // what is at another path has agreed to nothing
		t.Error(err)
	}
	if got := h.methods(); got != "OPTIONS"+strings.Repeat(" POST", 5)+" OPTIONS POST" {
		t.Error(got)
	}
}

func TestATargetThatWantsToBeLeftAloneIs(t *testing.T) {
	t.Parallel()
	h := newServer(t, answers(http.MethodPost, 429, "Retry-After", "60"))
	s := h.sender(t)
	for range 3 {
		err := s.Try(t.Context(), h.URL, result())
		if retry, ok := errors.AsType[*RetryError](err); !ok || retry.After < 50*time.Second || errors.Is(err, ErrRefused) {
			t.Errorf("%v", err)
		}
	}
	if got := h.methods(); got != "OPTIONS POST" {
		t.Error(got)
	}
}

func TestATargetThatHasGoneGetsNothingMore(t *testing.T) {
	t.Parallel()
	h := newServer(t, answers(http.MethodPost, 410))
	s := h.sender(t)
	for range 2 {
		if err := s.Try(t.Context(), h.URL, result()); !errors.Is(err, ErrRefused) {
			t.Error(err)
		}
	}
	if got := h.methods(); got != "OPTIONS POST" {
		t.Error(got)
	}
}

func TestTargetsThatBreakTheirAnswersAreTriedAgain(t *testing.T) {
	t.Parallel()
	raw := func(answer string) http.HandlerFunc {
		return agree(func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_, _ = io.WriteString(conn, answer)
				_ = conn.Close()
			}
		})
	}
	for name, tt := range map[string]struct {
		answer    string
		delivered bool
	}{
		"nothing":                 {"", false},
		"garbage":                 {"SSH-2.0-OpenSSH_9.6\r\n", false},
		"half a header":           {"HTTP/1.1 200 OK\r\nContent-Le", false},
		"a header without an end": {"HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", false},
		"half a body":             {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", true}, // the status says it
		"a huge body":             {"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\n" + strings.Repeat("x", 10_000_000), true},
		"switching protocols":     {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newServer(t, raw(tt.answer))
			if err := h.sender(t).Try(t.Context(), h.URL, result()); (err == nil) != tt.delivered || name != "switching protocols" && errors.Is(err, ErrRefused) {
				t.Error(err)
			}
		})
	}
}

func TestASlowTargetIsGivenUpWithItsContext(t *testing.T) {
	t.Parallel()
	done := make(chan struct{})
	h := newServer(t, agree(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-done:
		}
	}))
	defer close(done)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := h.sender(t).Try(ctx, h.URL, result()); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, ErrRefused) {
		t.Error(err)
	}
}

func TestATargetWithoutATrustedCertificateIsNotTold(t *testing.T) {
	t.Parallel()
	h := newServer(t, nil)
	if err := senderFor(t, net.DefaultResolver, nil, h.URL).Try(t.Context(), h.URL, result()); err == nil || errors.Is(err, ErrRefused) || h.methods() != "" {
		t.Errorf("%v, %s", err, h.methods())
	}
}

// names is a server of DNS on loopback, whose answers change from one query to the next.
func names(t *testing.T, addresses func(name string, query int) []string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	t.Cleanup(func() {
		_ = conn.Close()
		served.Wait()
	})
	served.Go(func() {
		buf := make([]byte, 1<<12)
		queries := map[string]int{}
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
			if q.Type == dnsmessage.TypeA {
				name := strings.TrimSuffix(q.Name.String(), ".")
				for _, a := range addresses(name, queries[name]) {
					m.Answers = append(m.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET},
						Body:   &dnsmessage.AResource{A: [4]byte(net.ParseIP(a).To4())},
					})
				}
				queries[name]++
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from)
			}
		}
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestANameLeadsNowhereButToThePublicInternet(t *testing.T) {
	t.Parallel()
	const public, private = "93.184.215.14", "127.0.0.1" // nothing is ever sent to the public one
	for name, tt := range map[string]struct {
		networks  string
		addresses [][]string // of the first query and the next
		delivered bool
	}{
		"to loopback":                  {"", [][]string{{private}}, false},
		"to loopback, which is listed": {",127.0.0.0/8", [][]string{{private}}, true},
		"to another network":           {",127.0.0.2", [][]string{{private}}, false},
		"elsewhere when it connects":   {"", [][]string{{public}, {private}}, false},
		"also to loopback":             {"", [][]string{{public, private}}, false},
		"to the metadata of a cloud":   {",127.0.0.1", [][]string{{"169.254.169.254"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newServer(t, nil)
			target := "https://example.com:" + h.port() // of its certificate
			resolver := names(t, func(name string, query int) []string {
				if name != "example.com" {
					return nil
				}
				return tt.addresses[min(query, len(tt.addresses)-1)]
			})
			err := senderFor(t, resolver, h, target+tt.networks).Try(t.Context(), target+"/x", result())
			if tt.delivered != (err == nil) || !tt.delivered && (!errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "not on the public internet")) {
				t.Error(err)
			}
			if got := h.methods(); (got != "") != tt.delivered {
				t.Errorf("it got %s", got)
			}
		})
	}
}

func TestANameThatIsNotKnownIsTriedAgain(t *testing.T) {
	t.Parallel()
	resolver := names(t, func(string, int) []string { return nil })
	err := senderFor(t, resolver, nil, "hooks.example.com").Try(t.Context(), "https://hooks.example.com/", result())
	if err == nil || errors.Is(err, ErrRefused) {
		t.Error(err)
	}
}

func TestLocalhostIsCalledIfItIsListed(t *testing.T) {
	t.Parallel()
	h := newServer(t, nil)
	plain := httptest.NewServer(h.Config.Handler)
	defer plain.Close()
	target := strings.Replace(plain.URL, "127.0.0.1", "localhost", 1)
	if err := senderFor(t, net.DefaultResolver, nil, target).Try(t.Context(), target, result()); err != nil {
		t.Error(err)
	}
}

func TestNoProxyOfTheEnvironmentIsUsed(t *testing.T) {
	proxy := newServer(t, nil)
	t.Setenv("HTTPS_PROXY", proxy.URL)
	t.Setenv("HTTP_PROXY", proxy.URL)
	resolver := names(t, func(string, int) []string { return []string{"127.0.0.1"} })
	h := newServer(t, nil)
	target := "https://example.com:" + h.port()
	s := senderFor(t, resolver, h, target+",127.0.0.1")
	if err := s.Try(t.Context(), target, result()); err != nil || proxy.methods() != "" || s.transport.(*http.Transport).Proxy != nil {
		t.Errorf("%v, %s", err, proxy.methods())
	}
}

func TestWhatIsNotAllowedIsNotEvenLookedUp(t *testing.T) {
	t.Parallel()
	resolver := names(t, func(name string, _ int) []string {
		t.Errorf("%s was looked up", name)
		return nil
	})
	for _, target := range []string{"https://evil.test/", "https://user@hooks.example.com/", "https://hooks.example.com:22/"} {
		err := senderFor(t, resolver, nil, "hooks.example.com").Try(t.Context(), target, result())
		if _, ok := errors.AsType[*functions.Error](err); !ok || !errors.Is(err, ErrRefused) {
			t.Errorf("%s: %v", target, err)
		}
	}
}

func TestAttemptsAreCountedTracedAndLogged(t *testing.T) {
	t.Parallel()
	h := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Webhook-Allowed-Origin", "*")
		switch r.Method + r.URL.Path {
		case "POST/refuses":
			w.WriteHeader(http.StatusForbidden)
		case "POST/fails":
			w.WriteHeader(http.StatusBadGateway)
		}
	})
	var log bytes.Buffer
	reg, spans := prometheus.NewRegistry(), tracetest.NewSpanRecorder()
	watched := func(o *Options) {
		o.Metrics, o.Log = reg, slog.New(slog.NewTextHandler(&log, nil))
		o.Traces = trace.NewTracerProvider(trace.WithSpanProcessor(spans))
	}
	s := h.sender(t, watched)
	h.sender(t, watched) // of the same process
	for _, path := range []string{"/", "/refuses", "/fails"} {
		_ = s.Try(t.Context(), h.URL+path+"?token=s3cret", result())
	}
	const want = `# HELP homing_callbacks_total Attempts to deliver a reply to the URL of Homing-Callback, by outcome; failed ones are tried again.
# TYPE homing_callbacks_total counter
homing_callbacks_total{outcome="delivered"} 1
homing_callbacks_total{outcome="failed"} 1
homing_callbacks_total{outcome="refused"} 1
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "homing_callbacks_total"); err != nil {
		t.Error(err)
	}
	if n := testutil.CollectAndCount(s.metrics.duration); n != 1 {
		t.Errorf("%d histograms", n)
	}
	ended := spans.Ended()
	if len(ended) != 3 || ended[0].Name() != "callback" || ended[0].SpanKind().String() != "client" || ended[0].Status().Code.String() != "Unset" ||
		ended[2].Status().Code.String() != "Error" {
		t.Errorf("%d spans", len(ended))
	}
	if parent := h.got[1].Header.Get("Traceparent"); len(ended) == 0 || !strings.Contains(parent, ended[0].SpanContext().SpanID().String()) {
		t.Errorf("traceparent %q", parent)
	}
	for _, text := range []string{log.String(), fmt.Sprintf("%+v", tracetest.SpanStubsFromReadOnlySpans(ended))} {
		if strings.Contains(text, "s3cret") || strings.Contains(text, "whsec") || strings.Contains(text, oldKey[10:]) {
			t.Errorf("a secret is in %s", text)
		}
	}
	if lines := strings.Count(log.String(), "callback not delivered"); lines != 2 || !strings.Contains(log.String(), "requestid="+requestID) ||
		!strings.Contains(log.String(), "callback="+h.URL+"/fails ") {
		t.Errorf("%s", log.String())
	}
}
