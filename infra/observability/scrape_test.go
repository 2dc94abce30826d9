package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/freeport"
)

const traceID = "4bf92f3577b34da6a3ce929d0e0e4736"

// start runs a program until the test ends, and shows what it wrote if that failed.
func start(t *testing.T, environ []string, name string, args ...string) {
	t.Helper()
	var out strings.Builder
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), environ...), &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		if _ = cmd.Wait(); t.Failed() {
			t.Logf("%s:\n%s", filepath.Base(name), &out)
		}
	})
}

func freeAddress(t *testing.T) string {
	t.Helper()
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(freeport.Take(t)))
}

func call(ctx context.Context, method, target, body string, header ...string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s: %s", resp.Status, data)
	}
	return string(data), err
}

// eventually repeats try until it returns no error.
func eventually(t *testing.T, try func() error) {
	t.Helper()
	var err error
	for range 300 {
		if err = try(); err == nil {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	t.Fatal(err)
}

// TestPrometheusScrapesTheSampleApp has a real Prometheus scrape a real process by
// its listener for metrics, while callers need a token.
func TestPrometheusScrapesTheSampleApp(t *testing.T) {
	t.Parallel()
	prometheus, dir := tool(t, "prometheus"), t.TempDir()
	app := filepath.Join(dir, "app")
	if out, err := run(t.Context(), nil, "go", "build", "-C", "../..", "-o", app, "./cmd/app"); err != nil {
		t.Fatal(err, out)
	}
	calls, metrics, web := freeAddress(t), freeAddress(t), freeAddress(t)
	start(t, []string{"HOMING_LISTEN=" + calls, "HOMING_METRICS_LISTEN=" + metrics, "HOMING_TOKENS=a=0123456789abcdef", "HOMING_LOG_CALLS=1%"}, app)
	rules, err := filepath.Abs("prometheus/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "prometheus.yml")
	err = os.WriteFile(config, fmt.Appendf(nil, `
global: {scrape_interval: 1s, evaluation_interval: 1s, scrape_native_histograms: true, always_scrape_classic_histograms: true}
rule_files: [%q]
scrape_configs:
  - job_name: homing
    static_configs: [{targets: [%q]}]
`, rules, metrics), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	start(t, nil, prometheus, "--config.file="+config, "--storage.tsdb.path="+filepath.Join(dir, "data"),
		"--web.listen-address="+web, "--enable-feature=exemplar-storage")
	order, err := os.ReadFile("../../testdata/order.json")
	if err != nil {
		t.Fatal(err)
	}
	send := func() error {
		_, err := call(t.Context(), http.MethodPost, "http://"+calls+"/quote", string(order),
			"Content-Type", "application/json", "Authorization", "Bearer 0123456789abcdef",
			"Traceparent", "00-"+traceID+"-00f067aa0ba902b7-01")
		return err
	}
	eventually(t, send)
	for query, want := range map[string]string{
		`up{job="homing"}`: `"1"]`,
		`sum(homing_requests_total{chain="quote",code="200"}) > 0`: `"value"`,
		`histogram_count(homing_request_duration_seconds) > 0`:     `"value"`, // of the native histogram
		`homing_request_duration_seconds_bucket{le="0.002"}`:       `"value"`, // of the classic one
		`homing_step_duration_seconds_count{chain="quote"} > 0`:    `"step"`,
		`chain:homing_request_duration_seconds:p99_5m{} >= 0`:      `"quote"`, // recorded by the rules
		`homing_build_info`: `"goversion"`,
		`process_resident_memory_bytes > 0 and go_goroutines > 0`: `"value"`,
	} {
		eventually(t, func() error {
			if err := send(); err != nil { // a rate needs several scrapes
				return err
			}
			got, err := call(t.Context(), http.MethodGet, "http://"+web+"/api/v1/query?query="+url.QueryEscape(query), "")
			if err == nil && !strings.Contains(got, want) {
				err = fmt.Errorf("%s: got %s", query, got)
			}
			return err
		})
	}
	wantExemplar(t, web)
	if _, err := call(t.Context(), http.MethodGet, "http://"+calls+"/metrics", ""); err == nil || !strings.HasPrefix(err.Error(), "401") {
		t.Errorf("where calls come, /metrics answers %v", err)
	}
}

func wantExemplar(t *testing.T, web string) {
	t.Helper()
	eventually(t, func() error {
		v := url.Values{"query": {"homing_request_duration_seconds_bucket"}, "start": {"0"}, "end": {"99999999999"}}
		got, err := call(t.Context(), http.MethodGet, "http://"+web+"/api/v1/query_exemplars?"+v.Encode(), "")
		if err != nil {
			return err
		}
		if !json.Valid([]byte(got)) || !strings.Contains(got, traceID) {
			return fmt.Errorf("no exemplar in %s", got)
		}
		return nil
	})
}
