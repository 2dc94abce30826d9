package remote_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"
	"go.uber.org/goleak"

	"github.com/homing-dev/homing/adapter/reply"
	"github.com/homing-dev/homing/adapter/reply/memory"
	"github.com/homing-dev/homing/adapter/reply/remote"
	"github.com/homing-dev/homing/adapter/reply/replytest"
)

const secret = "secret-of-the-tests"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve serves a store on the loopback interface, behind wrap if that is given.
func serve(t *testing.T, store reply.Store, opts remote.HandlerOptions, wrap func(http.Handler) http.Handler) string {
	t.Helper()
	handler, err := remote.NewHandler(store, secret, opts)
	if err != nil {
		t.Fatal(err)
	}
	var root http.Handler = handler
	if wrap != nil {
		root = wrap(handler)
	}
	server := httptest.NewServer(root)
	t.Cleanup(server.Close)
	t.Cleanup(handler.Close)
	return server.URL
}

// dial creates a client that is closed at the end of the test.
func dial(t *testing.T, url string, opts remote.Options) *remote.Client {
	t.Helper()
	client, err := remote.New(url, secret, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func newRequest(box reply.Mailbox) reply.Request {
	now := time.Now()
	return reply.Request{
		ID: reply.NewID(now, box), Tenant: "shop", Chain: "orders",
		Deadline: now.Add(time.Minute), Expires: now.Add(time.Hour),
	}
}

func newReply(r reply.Request, text string) reply.Reply {
	ev := event.New()
	ev.SetID(r.ID.String())
	ev.SetSource("/orders")
	ev.SetType("homing.orders.reply")
	ev.SetDataContentType(event.TextPlain)
	ev.DataEncoded = []byte(text)
	return reply.Reply{Request: r, Event: ev}
}

func TestARemoteStoreKeepsThePromisesOfAStore(t *testing.T) {
	t.Parallel()
	for limit, limited := range map[string]func(maxReply int64) (memory.Options, remote.HandlerOptions, remote.Options){
		"of the client":  func(n int64) (m memory.Options, h remote.HandlerOptions, c remote.Options) { c.MaxBody = n; return },
		"of the handler": func(n int64) (m memory.Options, h remote.HandlerOptions, c remote.Options) { h.MaxBody = n; return },
		"of the store":   func(n int64) (m memory.Options, h remote.HandlerOptions, c remote.Options) { m.MaxReply = n; return },
	} {
		t.Run("with the limit "+limit, func(t *testing.T) {
			t.Parallel()
			replytest.Run(t, func(t *testing.T, c replytest.Config) reply.Store {
				t.Helper()
				inner, handler, client := limited(c.MaxReply)
				inner.Now = c.Now
				return remote.PatientForTest(dial(t, serve(t, memory.New(inner), handler, nil), client))
			})
		})
	}
}

func TestAPathInFrontOfTheStoreIsKept(t *testing.T) {
	t.Parallel()
	url := serve(t, memory.New(memory.Options{}), remote.HandlerOptions{}, func(h http.Handler) http.Handler {
		return http.StripPrefix("/homing", h)
	})
	for _, base := range []string{url + "/homing", url + "/homing/"} {
		r := newRequest(1)
		client := dial(t, base, remote.Options{})
		if err := client.Register(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		if got, err := client.Lookup(t.Context(), r.ID); err != nil || got.Tenant != r.Tenant {
			t.Errorf("Lookup gives %+v, %v", got, err)
		}
	}
}

func TestClientRefusesAnInvalidConfiguration(t *testing.T) {
	t.Parallel()
	const url = "http://adapter:8080"
	tests := map[string]struct {
		url, secret string
		opts        remote.Options
		ok          bool
	}{
		"good":                {url, "0123456789abcdef", remote.Options{}, true},
		"short secret":        {url, "0123456789abcde", remote.Options{}, false},
		"secret with a space": {url, "0123456789abcde f", remote.Options{}, false},
		"secret with a line":  {url, "0123456789abcdef\n", remote.Options{}, false},
		"no URL":              {"", secret, remote.Options{}, false},
		"no scheme":           {"adapter:8080", secret, remote.Options{}, false},
		"other scheme":        {"ftp://adapter", secret, remote.Options{}, false},
		"user":                {"http://a:b@adapter", secret, remote.Options{}, false},
		"query":               {"http://adapter?a", secret, remote.Options{}, false},
		"negative body":       {url, "0123456789abcdef", remote.Options{MaxBody: -1}, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			client, err := remote.New(tt.url, tt.secret, tt.opts)
			if (err == nil) != tt.ok || (client != nil) != tt.ok {
				t.Errorf("New gives %v, %v", client, err)
			}
		})
	}
}

func TestHandlerRefusesAnInvalidConfiguration(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		secret string
		opts   remote.HandlerOptions
	}{
		"short secret":  {"0123456789abcde", remote.HandlerOptions{}},
		"negative body": {secret, remote.HandlerOptions{MaxBody: -1}},
		"negative hold": {secret, remote.HandlerOptions{Hold: -1}},
	}
	for name, tt := range tests {
		if h, err := remote.NewHandler(memory.New(memory.Options{}), tt.secret, tt.opts); err == nil || h != nil {
			t.Errorf("%s: NewHandler gives %v, %v", name, h, err)
		}
	}
}
