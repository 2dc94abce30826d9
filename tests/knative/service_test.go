package knative_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	fhttp "knative.dev/func-go/http"

	function "github.com/homing-dev/homing"
)

var root = filepath.Join("..", "..")

// instance is what func-go makes use of in what New gives. That it is all
// there is checked by the compiler, because func-go leaves out in silence what
// it does not find.
type instance interface {
	fhttp.Handler
	fhttp.Stopper
	fhttp.ReadinessReporter
	fhttp.LivenessReporter
}

// hooked is an instance that says when it is started. func-go starts it after
// it has begun to listen, so that the address may be read from then on.
type hooked struct {
	instance

	started chan struct{}
}

func hook(started chan struct{}) *hooked {
	return &hooked{instance: function.New(), started: started}
}

func (h *hooked) Start(ctx context.Context, cfg map[string]string) error {
	close(h.started)
	if s, ok := h.instance.(fhttp.Starter); ok {
		return s.Start(ctx, cfg)
	}
	return nil
}

// fhttpStart runs a service until a signal or an error ends it.
func fhttpStart(svc *fhttp.Service) error { return svc.Start(context.Background()) }

// service is the root package behind the service of func-go.
type service struct {
	t        *testing.T
	svc      *fhttp.Service
	instance instance
	url      string
	cancel   context.CancelFunc // begins the shutdown
	ended    <-chan error       // what Start gave
}

// start runs the service until its test ends.
func start(t *testing.T) *service {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	h := hook(make(chan struct{}))
	svc := fhttp.New(h)
	done, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		defer close(done)
		ended <- svc.Start(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-done
	})
	select {
	case <-h.started:
	case err := <-ended:
		t.Fatalf("the service did not start: %v", err)
	}
	return &service{t: t, svc: svc, instance: h.instance, url: "http://" + svc.Addr().String(), cancel: cancel, ended: ended}
}

// answer is what came back over the socket.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// call asks a service at url; headers are names and values in turn.
func call(t *testing.T, method, url string, body []byte, headers ...string) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return send(t, req)
}

func send(t *testing.T, req *http.Request) answer {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}} // a connection of its own, which does not outlive the call
	defer client.CloseIdleConnections()
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, data}
}

// sample reads a file of the repository.
func sample(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}
