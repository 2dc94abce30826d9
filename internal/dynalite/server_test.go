package dynalite_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/homing-dev/homing/internal/dynalite"
	"github.com/homing-dev/homing/tests/leaks"
)

// asParent makes this binary start a server, tell its URL and wait to be killed.
const asParent = "HOMING_TEST_DYNALITE_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(asParent) != "" {
		parent()
		return
	}
	leaks.Main(m)
}

func parent() {
	s, err := dynalite.Start(context.Background(), dynalite.Options{})
	if err != nil {
		_, _ = io.WriteString(os.Stdout, err.Error()+"\n")
		return
	}
	_, _ = io.WriteString(os.Stdout, s.URL()+"\n")
	select {}
}

func start(t *testing.T, opts dynalite.Options) *dynalite.Server {
	t.Helper()
	s, err := dynalite.Start(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop() })
	return s
}

// ask sends a call of DynamoDB's protocol. dynalite checks no signature.
func ask(t *testing.T, url, operation, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Close = true
	req.Header.Set("Content-Type", "application/x-amz-json-1.0")
	req.Header.Set("X-Amz-Target", "DynamoDB_20120810."+operation)
	req.Header.Set("X-Amz-Date", "20260101T000000Z")
	req.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=any/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host, Signature=any")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(got)
}

func wantOK(t *testing.T, url, operation, body string) string {
	t.Helper()
	status, answer := ask(t, url, operation, body)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", operation, status, answer)
	}
	return answer
}

// hold opens a connection that stays open as long as the server lives.
func hold(t *testing.T, url string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: held\r\nContent-Length: 9\r\n\r\nhalf"); err != nil {
		t.Fatal(err)
	}
	return conn
}

const (
	table = `{"TableName":"replies","BillingMode":"PAY_PER_REQUEST","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],` +
		`"AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}]}`
	item = `{"TableName":"replies","Item":{"pk":{"S":"a"},"v":{"S":"kept"}}}`
	get  = `{"TableName":"replies","Key":{"pk":{"S":"a"}}}`
)

func TestServersRunSideBySideAndForgetWhenStopped(t *testing.T) {
	t.Parallel()
	one, other := start(t, dynalite.Options{}), start(t, dynalite.Options{})
	if one.URL() == other.URL() || !strings.HasPrefix(one.URL(), "http://127.0.0.1:") {
		t.Fatalf("%s and %s", one.URL(), other.URL())
	}
	wantOK(t, one.URL(), "CreateTable", table)
	if answer := wantOK(t, other.URL(), "ListTables", "{}"); strings.Contains(answer, "replies") {
		t.Errorf("they share tables: %s", answer)
	}
	for range 2 {
		if err := one.Stop(); err != nil {
			t.Error(err)
		}
	}
	select {
	case <-one.Done():
	default:
		t.Error("Done is open after Stop")
	}
}

func TestAServerThatDiesSaysHowAndCanBeReplacedWhereItWas(t *testing.T) {
	t.Parallel()
	first := start(t, dynalite.Options{})
	if err := first.Err(); err != nil {
		t.Errorf("while it runs: %v", err)
	}
	conn := hold(t, first.URL())
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, conn) // its end of the connection lingers
	<-first.Done()
	if err := first.Err(); err == nil || !strings.Contains(err.Error(), "signal: killed") {
		t.Errorf("got %v", err)
	}
	second := start(t, dynalite.Options{Port: first.Port()})
	if second.URL() != first.URL() {
		t.Errorf("it is at %s, and was at %s", second.URL(), first.URL())
	}
	wantOK(t, second.URL(), "ListTables", "{}")
	if s, err := dynalite.Start(t.Context(), dynalite.Options{Port: second.Port()}); err == nil || !strings.Contains(err.Error(), "EADDRINUSE") {
		t.Errorf("two at one port: %v, %v", s, err)
	}
}

func TestTablesOutliveTheServerInItsFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "not", "there")
	first := start(t, dynalite.Options{Dir: dir})
	wantOK(t, first.URL(), "CreateTable", table)
	wantOK(t, first.URL(), "DescribeTable", `{"TableName":"replies"}`)
	wantOK(t, first.URL(), "PutItem", item)
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	second := start(t, dynalite.Options{Dir: dir})
	if answer := wantOK(t, second.URL(), "GetItem", get); !strings.Contains(answer, "kept") {
		t.Errorf("after a restart: %s", answer)
	}
}

func TestTheFolderOfAnotherServerIsRejected(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := start(t, dynalite.Options{Dir: dir})
	wantOK(t, first.URL(), "CreateTable", table)
	var log buffer
	second, err := dynalite.Start(t.Context(), dynalite.Options{Dir: dir, Log: &log})
	if err == nil {
		t.Fatalf("two servers share a folder, at %s and %s: %v", first.URL(), second.URL(), second.Stop())
	}
	if !strings.Contains(err.Error(), "LOCK") || !strings.Contains(log.String(), "LOCK") {
		t.Errorf("got %v, in the log: %s", err, log.String())
	}
	if status, answer := ask(t, first.URL(), "GetItem", get); status != http.StatusOK {
		t.Errorf("the first server: %s", answer)
	}
}

func TestTheServerEndsWithTheProcessThatStartedIt(t *testing.T) {
	t.Parallel()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), asParent+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 0, 64)
	for one := make([]byte, 1); !bytes.HasSuffix(line, []byte("\n")); line = append(line, one...) {
		if _, err := out.Read(one); err != nil {
			t.Fatalf("%v after %q", err, line)
		}
	}
	url := strings.TrimSpace(string(line))
	wantOK(t, url, "ListTables", "{}")
	conn := hold(t, url)
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // it was killed
	if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "reset") {
		t.Errorf("the connection to the orphan: %v", err) // it is cut when the server is gone; else this test hangs
	}
}

func TestStartEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if s, err := dynalite.Start(ctx, dynalite.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", s, err)
	}
}

func TestStartFailsAsTheServerDoes(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dynalite.Start(t.Context(), dynalite.Options{Dir: filepath.Join(file, "below")}); err == nil {
		t.Error("a folder below a file was taken")
	}
}

// buffer is a log.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
