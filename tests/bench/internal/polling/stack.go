package polling

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"time"

	"github.com/homing-dev/homing/internal/dynalite"
	"github.com/homing-dev/homing/internal/emulator/invoke"
)

// Names of what is in the stack.
const (
	adapterName = "adapter"
	vertexName  = "vertex"
	table       = "replies"
)

// Database is dynalite with a table for replies, behind a [Proxy].
type Database struct {
	*Proxy

	url    string
	server *http.Server
	behind *dynalite.Server
}

// StartDatabase starts it; createTable is the path of the program of that name.
// The error says so if Node.js is missing. The caller must Stop it.
func StartDatabase(ctx context.Context, createTable string) (_ *Database, err error) {
	behind, err := dynalite.Start(ctx, dynalite.Options{})
	if err != nil {
		return nil, err //nolint:wrapcheck // says what was tried
	}
	d := &Database{behind: behind}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Stop())
		}
	}()
	if d.Proxy, err = NewProxy(behind.URL()); err != nil {
		return nil, err
	}
	if d.server, d.url, err = serve(ctx, d.Proxy); err != nil {
		return nil, err
	}
	return d, d.createTable(ctx, createTable)
}

// createTable makes the table by dynalite itself, so that it is not counted.
func (d *Database) createTable(ctx context.Context, program string) error {
	cmd := exec.CommandContext(ctx, program, d.behind.URL(), table) //nolint:gosec // a program that was built here
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("create the table of the replies: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// Stop ends all of it.
func (d *Database) Stop() error {
	var err error
	if d.server != nil {
		err = d.server.Close()
	}
	return errors.Join(err, d.behind.Stop())
}

// serve serves h on a free port of the loopback interface.
func serve(ctx context.Context, h http.Handler) (*http.Server, string, error) {
	var network net.ListenConfig
	ln, err := network.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, "", fmt.Errorf("open a port: %w", err)
	}
	const headers = 10 * time.Second
	server := &http.Server{Handler: h, ReadHeaderTimeout: headers}
	go func() { _ = server.Serve(ln) }() // ends by Close
	return server, "http://" + ln.Addr().String(), nil
}

// stack is an adapter and a vertex, one bootstrap in two roles.
type stack struct {
	*invoke.Service

	api *http.Server
}

const (
	memoryMB    = 1024
	callTimeout = 30 * time.Second
)

// startStack prepares the functions. No process runs before the first call.
func startStack(ctx context.Context, d *Database, load Load, log io.Writer) (*stack, error) {
	s := &stack{}
	var url string
	var err error
	// The functions must know the address of the service, which must know them.
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Handler().ServeHTTP(w, r) })
	if s.api, url, err = serve(ctx, handler); err != nil {
		return nil, err
	}
	common := invoke.Function{Bootstrap: load.Bootstrap, Timeout: callTimeout, MemoryMB: memoryMB}
	adapter, vertex := common, common
	adapter.Name, adapter.Reserved, adapter.PerEnvironment = adapterName, 1, load.InFlight
	adapter.Env = map[string]string{
		"HOMING_ROLE": "adapter", "HOMING_TABLE": table, "HOMING_VERTICES": "*=" + vertexName, "HOMING_POLL": load.Poll,
	}
	vertex.Name, vertex.Reserved = vertexName, load.InFlight
	vertex.Env = map[string]string{"HOMING_ROLE": "vertex", "HOMING_TABLE": table}
	s.Service, err = invoke.New(ctx, invoke.Options{
		Functions: []invoke.Function{adapter, vertex},
		Env:       map[string]string{"AWS_ENDPOINT_URL_DYNAMODB": d.url, "AWS_ENDPOINT_URL_LAMBDA": url},
		NoFreeze:  true,
		Log:       func(string) io.Writer { return log },
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("prepare the functions: %w", err), s.api.Close())
	}
	return s, nil
}

// end ends all processes, whether or not ctx has ended.
func (s *stack) end(ctx context.Context) error {
	return errors.Join(s.Close(context.WithoutCancel(ctx)), s.api.Close())
}
