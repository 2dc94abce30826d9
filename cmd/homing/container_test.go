package main

import (
	"bytes"
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// listening is the address in the line that a container logs when it serves.
var listening = regexp.MustCompile(`"msg":"serving".*"address":"([^"]*)"`)

// container starts the app as a container is, on a free port, and waits until it
// listens.
func container(t *testing.T, environ ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s := &served{stop: cancel, logs: newWatcher(), ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		s.code = runHere(ctx, []string{"serve"}, strings.NewReader(""), &bytes.Buffer{}, s.logs, append([]string{"HOMING_ROLE=all", "PORT=0"}, environ...))
	}()
	t.Cleanup(func() { s.ends() })
	s.logs.wait(t, `"msg":"serving"`)
	address := listening.FindStringSubmatch(s.logs.String())[1]
	s.url = "http://localhost" + address[strings.LastIndexByte(address, ':'):]
	return s
}

func TestAContainerTakesTheSettingsOfAnAdapter(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		environ []string
		want    int
	}{
		"none":                 {nil, http.StatusOK},
		"HOMING_MAX_BODY":      {[]string{"HOMING_MAX_BODY=10"}, http.StatusRequestEntityTooLarge},
		"max-body in the file": {[]string{"HOMING_CONFIG=" + write(t, "homing.yaml", "max-body: 10\n")}, http.StatusRequestEntityTooLarge},
		"HOMING_TOKENS_FILE":   {[]string{"HOMING_TOKENS_FILE=" + write(t, "tokens", "shop=0123456789abcdef\n")}, http.StatusUnauthorized},
		"HOMING_CHAIN":         {[]string{"HOMING_CHAIN=" + write(t, "shop.yaml", shopFile)}, http.StatusNotFound},
		"HOMING_LISTEN":        {[]string{"HOMING_LISTEN=127.0.0.1:0"}, http.StatusOK},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := container(t, append(tc.environ, "HOMING_LISTEN=127.0.0.1:0")...)
			s.url = strings.Replace(s.url, "localhost", "127.0.0.1", 1)
			resp, err := httpClient(t).Post(s.url+"/quote", "application/json", strings.NewReader(read(t, orderFile)))
			if err != nil || resp.StatusCode != tc.want {
				t.Fatalf("got %v, %v, want %d", resp, err, tc.want)
			}
			_ = resp.Body.Close()
		})
	}
}

func TestAContainerWarnsThatAnybodyMayCall(t *testing.T) {
	t.Parallel()
	const warning = "anybody who reaches this address may call the chains"
	for name, tc := range map[string]struct {
		environ []string
		want    bool
	}{
		"every interface":     {nil, true},
		"with tokens":         {[]string{"HOMING_TOKENS=a=0123456789abcdef"}, false},
		"loopback":            {[]string{"HOMING_LISTEN=127.0.0.1:0"}, false},
		"a vertex":            {[]string{"HOMING_ROLE=vertex"}, false},
		"an adapter":          {[]string{"HOMING_ROLE=adapter", "HOMING_VERTEX_URL=http://127.0.0.1:1"}, true},
		"an address, by name": {[]string{"HOMING_LISTEN=0.0.0.0:0"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := container(t, tc.environ...)
			s.ends() // then all is logged
			if got := strings.Contains(s.logs.String(), warning); got != tc.want {
				t.Errorf("warned is %v: %s", got, s.logs)
			}
		})
	}
}

func TestAContainerNamesWhatHasNoEffect(t *testing.T) {
	t.Parallel()
	s := container(t, "HOMING_ROLE=vertex", "HOMING_MAX_BODY=10", "HOMING_LISTEN=127.0.0.1:0")
	s.ends()
	if !strings.Contains(s.logs.String(), `"settings":"HOMING_MAX_BODY"`) {
		t.Errorf("logged %s", s.logs)
	}
}

func TestAContainerThatIsConfiguredWronglyDoesNotListen(t *testing.T) {
	t.Parallel()
	got := cliWith(t.Context(), "", []string{"HOMING_TOKENZ=shop=hunter2", "HOMING_MAX_BODY=10M", "HOMING_LOG_LEVEL=wran", "PORT=x", "HOMING_ROLE=all"}, "serve")
	got.failed(t, 2, "HOMING_TOKENZ; did you mean HOMING_TOKENS?", `HOMING_MAX_BODY is "10M"`, `did you mean "warn"?`, `PORT is "x"`)
	if strings.Contains(got.err, "hunter2") || strings.Contains(got.err, "serving") {
		t.Errorf("standard error: %s", got.err)
	}
}
