package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// Of the emulator's own tests: a stack, and the program of its functions.
const (
	localStack   = "../../internal/emulator/testdata/template.yaml"
	localProgram = "../../internal/emulator/testdata/function"
)

func TestLocalHelp(t *testing.T) {
	t.Parallel()
	golden(t, "help-local.txt", cli(t, "local", "--help").ok(t).out)
}

func TestLocalMisuse(t *testing.T) {
	t.Parallel()
	const other = "Parameters: {Key: {Type: String, NoEcho: true, MinLength: 20}}\nResources: {B: {Type: AWS::Kinesis::Stream}}\n"
	unbuilt := write(t, "template.yaml", "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023, CodeUri: F}}}")
	for name, tc := range map[string]struct {
		args  []string
		texts []string
	}{
		"not built":          {nil, []string{"the template was not built", "run: sam build, or without the SAM CLI: homing local --build"}},
		"no source":          {[]string{"--build"}, []string{"there is no template template.yaml", "--template"}},
		"no template":        {[]string{"--template", "/missing.yaml"}, []string{"/missing.yaml", "name the template"}},
		"parameter's form":   {[]string{"--parameter", "hush-hush"}, []string{"NAME=VALUE"}},
		"unknown parameter":  {[]string{"--template", write(t, "t.yaml", other), "-p", "Kay=1"}, []string{`there is no parameter "Kay"; there are: Key`}},
		"secret too short":   {[]string{"--template", write(t, "t.yaml", other), "-p", "Key=hush-hush"}, []string{"its value has a length"}},
		"what cannot be run": {[]string{"--template", write(t, "t.yaml", other), "-p", "Key=hush-hush-hush-hush-hush"}, []string{"t.yaml:2: Resources.B.Type"}},
		"port":               {[]string{"--port", "65536"}, []string{"--port 65536 is not a port"}},
		"stack's name":       {[]string{"--template", unbuilt, "--stack-name", "9"}, []string{`the stack name "9"`}},
		"code not built":     {[]string{"--template", unbuilt, "--port", "0"}, []string{"F: the function was not built", "run: sam build"}},
		"package":            {[]string{"--template", unbuilt, "--build", "--package", "-x"}, []string{`"-x" is not a package`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := cli(t, append([]string{"local"}, tc.args...)...)
			got.failed(t, 2, tc.texts...)
			if got.out != "" || strings.Contains(got.err, "hush") {
				t.Errorf("standard output %q, standard error %q", got.out, got.err)
			}
		})
	}
}

func TestProgramThatDoesNotCompileIsAFailure(t *testing.T) {
	t.Parallel()
	source := write(t, "main.go", "package main\n\nfunc main() { nothing() }\n")
	got := cli(t, "local", "--build", "--template", copied(t, localStack), "--package", source)
	got.failed(t, 1, "compile "+source, "undefined: nothing")
}

// copied returns a copy of a template in a folder of its own, with the folder
// that the functions of the emulator's stack start in.
func copied(t *testing.T, path string) string {
	t.Helper()
	made := write(t, filepath.Base(path), read(t, path))
	if err := os.Mkdir(filepath.Join(filepath.Dir(made), "function"), 0o700); err != nil {
		t.Fatal(err)
	}
	return made
}

// locally starts `homing local` on a free port, and waits until it answers.
func locally(t *testing.T, args ...string) *served {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, w := io.Pipe()
	s := &served{stop: cancel, logs: newWatcher(), ended: make(chan struct{})}
	go func() {
		defer close(s.ended)
		s.code = run(ctx, append([]string{"local", "--port", "0"}, args...), strings.NewReader(""), w, s.logs, nil)
		_ = w.Close()
	}()
	lines := bufio.NewReader(out)
	for !strings.Contains(s.guide, "Stop with") {
		line, err := lines.ReadString('\n')
		s.guide += line
		if err != nil {
			t.Fatalf("it did not start: %v, %s", err, s.logs)
		}
	}
	if found := regexp.MustCompile(`API +\S+ +(http://\S+)`).FindStringSubmatch(s.guide); found != nil {
		s.url = found[1]
	}
	t.Cleanup(func() {
		cancel()
		<-s.ended
	})
	return s
}

func TestLocalRunsAStackUntilItIsStopped(t *testing.T) {
	t.Parallel()
	s := locally(t, "--build", "--template", copied(t, localStack), "--package", localProgram, "--stack-name", "shop", "--no-freeze")
	resp, err := httpClient(t).Get(s.url + "/LETTERS")
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || resp.StatusCode != http.StatusOK || !strings.HasSuffix(string(body), "/123456789012/shop-Letters") {
		t.Fatalf("got %d %s, %v; %s", resp.StatusCode, body, err, s.logs)
	}
	s.logs.wait(t, "shop-Adapter | got {")
	s.logs.wait(t, `"function":"shop-Adapter"`)
	if got := s.get(t, "/fail"); got != http.StatusInternalServerError {
		t.Errorf("a failure is %d", got)
	}
	s.logs.wait(t, "as asked")
	for _, want := range []string{
		`function +shop-Fed +512 MB, 10s`, `API +Api +` + s.url, `URL +shop-Streaming +http://127`, `output +ApiUrl +` + s.url, `Stop with Ctrl-C`,
	} {
		if !regexp.MustCompile(want).MatchString(s.guide) {
			t.Errorf("%s is not in\n%s", want, s.guide)
		}
	}
	if code := s.ends(); code != 0 || !strings.Contains(s.logs.String(), `"msg":"stopped"`) {
		t.Errorf("exit code %d, %s", code, s.logs)
	}
}

func TestLocalServesTheChainsAsTheyAreDeployed(t *testing.T) {
	t.Parallel()
	s := locally(t, "--build", "--template", copied(t, "../../template.yaml"), "--package", "../app", "--log-level", "warn")
	made := regexp.MustCompile(`secret +homing-token +([A-Z2-7]{40})\n`).FindStringSubmatch(s.guide)
	if made == nil || !strings.Contains(s.guide, "curl -sS -H \"Authorization: Bearer $HOMING_TOKEN\" ") || !strings.Contains(s.guide, " "+s.url+"/quote\n") {
		t.Fatalf("got %s", s.guide)
	}
	order := func(token string) int {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/quote", strings.NewReader(read(t, orderFile)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := httpClient(t).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		return resp.StatusCode
	}
	if got := order(made[1]); got != http.StatusOK {
		t.Errorf("got %d, %s", got, s.logs)
	}
	if got := order("wrong"); got != http.StatusUnauthorized {
		t.Errorf("with a wrong token: %d", got)
	}
	if code := s.ends(); code != 0 || strings.Contains(s.logs.String(), made[1]) {
		t.Errorf("exit code %d, %s", code, s.logs)
	}
}

func TestLocalShowsHowACallIsSigned(t *testing.T) {
	t.Parallel()
	s := locally(t, "--build", "--template", copied(t, "../../template.yaml"), "--package", "../app", "--parameter", "Authorizer=iam", "--parameter", "Shape=inline")
	line := regexp.MustCompile(`curl -sS --aws-sigv4 .*/quote`).FindString(s.guide)
	line = regexp.MustCompile(`@\S+`).ReplaceAllString(line, "@"+orderFile)
	for shown, want := range map[string]string{line: `"PO-2026-00417 / front office"`, strings.Replace(line, "local:local", "local:x", 1): `{"message":"Forbidden"}`} {
		out, err := exec.CommandContext(t.Context(), "sh", "-c", shown).CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("%s: got %s, %v\n%s", shown, out, err, s.guide)
		}
	}
}

func TestFunctionsOfAnotherProcessorAreCompiledAgain(t *testing.T) {
	t.Parallel()
	other := map[string]string{"amd64": "arm64", "arm64": "amd64"}[runtime.GOARCH]
	path := copied(t, localStack)
	dir := filepath.Join(filepath.Dir(path), "function")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "bootstrap"), localProgram)
	cmd.Env = append(os.Environ(), "GOOS=linux", "GOARCH="+other, "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cli(t, "local", "--template", path, "--package", "./none").failed(t, 2, "is for linux/"+other, "homing local --build --package FOLDER")
	s := locally(t, "--template", path, "--package", localProgram)
	if got := s.get(t, "/x"); got != http.StatusOK || strings.Count(s.logs.String(), "The functions were built for linux/"+other) != 1 {
		t.Errorf("got %d, %s", got, s.logs)
	}
}

func TestPortThatIsInUseIsAnError(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, err := net.SplitHostPort(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	text := "Resources: {F: {Type: AWS::Serverless::Function, Properties: {Runtime: provided.al2023, CodeUri: ., Events: {E: {Type: HttpApi}}}}}"
	path := write(t, "template.yaml", text)
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "bootstrap"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	cli(t, "local", "--template", path, "--port", port).failed(t, 1, "port "+port+" is in use", "--port 0 takes any free one")
}

// countingWriter keeps each write apart.
type countingWriter struct{ writes []string }

func (w *countingWriter) Write(p []byte) (int, error) {
	w.writes = append(w.writes, string(p))
	return len(p), nil
}

func TestOutputOfFunctionsIsWrittenInLines(t *testing.T) {
	t.Parallel()
	w := &countingWriter{}
	o := newLocalOutput(w, nil)
	a, b := o.function("a"), o.function("b")
	for _, one := range []struct {
		w    io.Writer
		text string
	}{{a, "hal"}, {b, "x\ny\n"}, {a, "f\nrest"}, {a, "\n\n"}, {b, strings.Repeat("z", maxLine)}, {b, "end\n"}} {
		if n, err := io.WriteString(one.w, one.text); n != len(one.text) || err != nil {
			t.Fatal(n, err)
		}
	}
	want := "b | x\nb | y\na | half\na | rest\na | \nb | " + strings.Repeat("z", maxLine)
	if got := strings.Join(w.writes, ""); got != want+"\nb | end\n" || len(w.writes) != 5 {
		t.Errorf("got %.200q in %d writes", got, len(w.writes))
	}
	if _, err := io.WriteString(newLocalOutput(brokenWriter{}, nil).function("a"), "x\n"); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("got %v", err)
	}
}
