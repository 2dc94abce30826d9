package emulator_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/tests/leaks"
)

// bootstrap is the program that TestMain has built of testdata/function.
var bootstrap string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "emulator")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	bootstrap = filepath.Join(dir, "bootstrap")
	code := 1
	out, err := exec.CommandContext(context.Background(), "go", "build", "-tags", "lambda.norpc", "-o", bootstrap, "./testdata/function").CombinedOutput()
	if err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(leaks.Code(code))
}

// load reads the stack of testdata. Without tables it needs no server.
func load(t *testing.T, name string, tables bool) template.Stack {
	t.Helper()
	stack, err := template.Load("testdata/template.yaml", nil, template.Options{StackName: name})
	if err != nil {
		t.Fatal(err)
	}
	if !tables {
		stack.Tables = nil
	}
	return stack
}

// start runs a stack until the test ends.
func start(t *testing.T, stack template.Stack, o emulator.Options) *emulator.Emulator {
	t.Helper()
	if o.Bootstrap == nil {
		o.Bootstrap = func(template.Function) string { return bootstrap }
	}
	e, err := emulator.Start(t.Context(), stack, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return e
}

// get returns the status and the body of an address.
func get(t *testing.T, url string) (int, string, http.Header) {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}

// lines is a writer that sends each line with a text.
type lines struct {
	text string
	seen chan string
}

func newLines(text string) *lines { return &lines{text, make(chan string, 1000)} }

func (l *lines) Write(p []byte) (int, error) {
	if strings.Contains(string(p), l.text) {
		l.seen <- string(p)
	}
	return len(p), nil
}

// httpClient is an HTTP client without connections that outlive the test.
func httpClient(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}
