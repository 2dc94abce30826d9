package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/cmd/homing/internal/project"
)

func TestServeAnswersAndEndsWithCode0(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	resp, err := httpClient(t).Post(s.url+"/quote", "application/json", strings.NewReader(read(t, orderFile)))
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("got %v, %v", resp, err)
	}
	_ = resp.Body.Close()
	if got := s.get(t, "/health/readiness"); got != http.StatusOK {
		t.Errorf("readiness is %d", got)
	}
	if code := s.ends(); code != 0 || !strings.Contains(s.logs.String(), `"msg":"stopped"`) {
		t.Errorf("exit code %d, log %s", code, s.logs)
	}
}

func TestServePrintsLinesToTry(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	for _, want := range []string{
		"Serving 2 chains on " + s.url + "\n",
		"curl -sS -H 'Content-Type: application/json' --data-binary @quote.json " + s.url + "/quote\n",
		"curl -sS -H 'Content-Type: image/jpeg' --data-binary @thumbnail.jpg " + s.url + "/thumbnail -o out.jpg\n",
	} {
		if !strings.Contains(s.guide, want) {
			t.Errorf("%q is not in\n%s", want, s.guide)
		}
	}
}

func TestLinesToTryNameFilesInTestdata(t *testing.T) {
	t.Parallel()
	dir := filepath.Dir(write(t, project.DefaultFile, remoteFile))
	if err := os.Mkdir(filepath.Join(dir, "testdata"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "testdata", "shop"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if s := serve(t, nil, "--dir", dir); !strings.Contains(s.guide, " --data-binary @testdata/shop http") {
		t.Errorf("got %s", s.guide)
	}
}

func TestServeTakesItsSettingsInOrder(t *testing.T) {
	t.Parallel()
	config := write(t, "homing.yaml", "max-body: 10\nlog-level: error\n")
	for name, tc := range map[string]struct {
		environ, args []string
		want          int
	}{
		"file":                  {nil, []string{"--config", config}, http.StatusRequestEntityTooLarge},
		"environment over file": {[]string{"HOMING_MAX_BODY=1MiB"}, []string{"--config", config}, http.StatusOK},
		"flag over environment": {
			[]string{"HOMING_MAX_BODY=1MiB", "HOMING_CONFIG=" + config},
			[]string{"--max-body", "20"},
			http.StatusRequestEntityTooLarge,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, tc.environ, tc.args...)
			resp, err := httpClient(t).Post(s.url+"/quote", "application/json", strings.NewReader(read(t, orderFile)))
			if err != nil || resp.StatusCode != tc.want {
				t.Fatalf("got %v, %v, want %d", resp, err, tc.want)
			}
			_ = resp.Body.Close()
			if code := s.ends(); code != 0 || s.logs.String() != "" {
				t.Errorf("exit code %d, log %s", code, s.logs)
			}
		})
	}
}

func TestServeOfAnotherFile(t *testing.T) {
	t.Parallel()
	s := serve(t, []string{"HOMING_CHAIN=" + write(t, "shop.yaml", shopFile)})
	want := "PUT /shop\n  curl -sS -X PUT -H 'Content-Type: application/octet-stream' --data-binary @shop " + s.url + "/shop\n"
	if !strings.Contains(s.guide, "Serving 1 chain on") || !strings.Contains(s.guide, want) {
		t.Errorf("got %s", s.guide)
	}
	if got := s.get(t, "/quote"); got != http.StatusNotFound {
		t.Errorf("the built-in chain answers %d", got)
	}
}

func TestTokensAreAskedForAndNeverShown(t *testing.T) {
	t.Parallel()
	const secret = "a-secret-of-the-shop"
	for name, tc := range map[string]struct{ environ, args []string }{
		"in the environment": {[]string{"HOMING_TOKENS=shop=" + secret}, nil},
		"in a file":          {nil, []string{"--tokens-file", write(t, "tokens", "shop="+secret+"\n")}},
		"in the settings":    {nil, []string{"--config", write(t, "homing.yaml", "tokens:\n  shop: "+secret+"\n")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, tc.environ, append(tc.args, "--log-level", "debug")...)
			if got := s.get(t, "/openapi.json"); got != http.StatusUnauthorized {
				t.Errorf("without a token: %d", got)
			}
			order := []string{"invoke", "quote", "--url", s.url, "-f", orderFile}
			cliWith(t.Context(), "", []string{"HOMING_TOKEN=" + secret}, order...).ok(t)
			cliWith(t.Context(), "", []string{"HOMING_TOKEN=" + secret + "x"}, order...).failed(t, 1, "valid token", "HOMING_TOKEN")
			s.ends()
			if strings.Contains(s.guide+s.logs.String(), secret) || !strings.Contains(s.guide, "$HOMING_TOKEN") {
				t.Errorf("printed %s, logged %s", s.guide, s.logs)
			}
		})
	}
}

func TestShortTokenIsRejectedWithoutShowingIt(t *testing.T) {
	t.Parallel()
	got := cliWith(t.Context(), "", []string{"HOMING_TOKENS=shop=hunter2"}, "serve", "--listen", "127.0.0.1:0")
	got.failed(t, 2, "HOMING_TOKENS: entry 1 is not tenant=secret with a secret of at least 16 characters")
	if strings.Contains(got.err, "hunter2") {
		t.Errorf("standard error: %s", got.err)
	}
}

func TestServeOnAPortInUseShowsWhatToDo(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	got := cli(t, "serve", "--listen", ln.Addr().String())
	got.failed(t, 1, "port "+port+" is in use", "stop what listens there", "--listen 127.0.0.1:0")
	if got.out != "" {
		t.Errorf("it printed %s", got.out)
	}
}

func TestServeOnAnAddressOfAnotherMachineShowsWhatToDo(t *testing.T) {
	t.Parallel()
	cli(t, "serve", "--listen", "192.0.2.1:0").failed(t, 1, "192.0.2.1", "--listen 127.0.0.1:8080")
}

func TestOpenAddressWithoutTokensIsWarnedOf(t *testing.T) {
	t.Parallel()
	const warning = "anybody who reaches this address may call the chains"
	for name, tc := range map[string]struct {
		listen  string
		environ []string
		want    bool
	}{
		"any address":              {"0.0.0.0:0", nil, true},
		"any address, with tokens": {"0.0.0.0:0", []string{"HOMING_TOKENS=a=0123456789abcdef"}, false},
		"loopback":                 {"127.0.0.1:0", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, tc.environ, "--listen", tc.listen)
			s.ends() // then all is logged
			if got := strings.Contains(s.logs.String(), warning); got != tc.want {
				t.Errorf("warned is %v: %s", got, s.logs)
			}
			if open := strings.HasPrefix(s.url, "http://localhost:"); open != (tc.listen == "0.0.0.0:0") {
				t.Errorf("the guide names %s", s.url)
			}
		})
	}
}

func TestCallThatRunsIsFinishedBeforeTheEnd(t *testing.T) {
	t.Parallel()
	s := serve(t, nil)
	call := sendHalf(t, s.url)
	s.stop()
	s.logs.wait(t, `"msg":"draining"`)
	for s.get(t, "/health/readiness") != http.StatusServiceUnavailable {
		continue // the log comes just before
	}
	call.finish()
	if status := <-call.status; status != http.StatusOK {
		t.Errorf("the call got %d", status)
	}
	if code := s.ends(); code != 0 {
		t.Errorf("exit code %d, log %s", code, s.logs)
	}
}

func TestCallThatDoesNotFinishIsCutOffWithCode1(t *testing.T) {
	t.Parallel()
	s := serve(t, nil, "--drain", "100ms")
	call := sendHalf(t, s.url)
	if code := s.ends(); code != 1 || !strings.Contains(s.logs.String(), `"error":"drain: `) {
		t.Errorf("exit code %d, log %s", code, s.logs)
	}
	call.giveUp()
	if status := <-call.status; status == http.StatusOK {
		t.Error("the call got an answer to half an order")
	}
}
