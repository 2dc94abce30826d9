package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/homing-dev/homing/tests/bench/internal/peer"
	"github.com/homing-dev/homing/tests/bench/internal/process"
	"github.com/homing-dev/homing/tests/bench/internal/wrk"
)

// TestMain makes this test program the servers that it starts, as the program
// itself is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == serverCommand {
		if err := run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestServersAnswerWhatTheyShould(t *testing.T) {
	t.Parallel()
	start, err := starter()
	if err != nil {
		t.Fatal(err)
	}
	if err := checkAnswers(t.Context(), start); err != nil {
		t.Error(err)
	}
}

func TestAServerThatAnswersSomethingElseIsFound(t *testing.T) {
	t.Parallel()
	start, err := starter()
	if err != nil {
		t.Fatal(err)
	}
	// The steps are the wrong ones: a server runs identity in the place of quote.
	for _, wrong := range append(peer.HopNames(), peer.Homing) {
		mixed := func(ctx context.Context, name peer.Name, work string) (*process.Process, error) {
			if name == wrong {
				work = peer.Identity
			}
			return start(ctx, name, work)
		}
		want := "quote: " + string(wrong) + " answers"
		if err := checkAnswers(t.Context(), mixed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestAServerNeedsNameAndWork(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"server":                "a name and a work",
		"server Homing nap":     `no work "nap"`,
		"server Apache quote":   `no server "Apache"`,
		"server Homing a quote": `no work "a"`,
		"server Homing":         "a name and a work",
		"server Homing quote 1": `takes no ["1"]`,
	} {
		// The input never ends, so it is not what ends the server.
		in, torn := io.Pipe()
		err := run(t.Context(), strings.Fields(args), in, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", args, err, want)
		}
		if err := torn.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWithoutWrkTheRunSaysHowToGetIt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	var stdout bytes.Buffer
	if err := run(t.Context(), nil, nil, &stdout, io.Discard); !errors.Is(err, wrk.ErrMissing) || stdout.Len() > 0 {
		t.Errorf("got %v and %q", err, stdout.String())
	}
}

// load puts a shell script in the place of wrk that always measures the same.
func load(t *testing.T) {
	t.Helper()
	dir := t.TempDir()
	script := []byte(`#!/bin/sh
cat <<'END'
    Latency     1.62ms    1.85ms  17.73ms   86.60%
     50%    1.06ms
     99%    8.51ms
  1000000 requests in 10.00s, 9.25MB read
END
`)
	if err := os.WriteFile(filepath.Join(dir, "wrk"), script, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	t.Setenv("GORACE", "atexit_sleep_ms=0")
}

func TestARunReportsEveryLoad(t *testing.T) {
	load(t)
	var stdout bytes.Buffer
	if err := run(t.Context(), []string{"-quick"}, nil, &stdout, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"`go run . -quick`", "requests/s | 1.00 | yes |", "1000 requests that wait at once",
		"### Identity steps, 1 connection\n", "### Identity steps, 64 connections", "### Identity steps, 512 connections",
		"### Quote steps, 1 connection\n", "### Quote steps, 64 connections", "### Quote steps, 512 connections",
		"### Hops", "| Homing, 3 hops | 100000 | 1.06 ms | 8.51 ms |", "| CloudEvents SDK, 3 hops | 100000 |",
		"### Codec", "| Homing / CloudEvents SDK | ",
		"### Lambda: from the start of a process", "| Homing / aws-lambda-go alone |", "through DynamoDB: 1 write | 1.000 | yes |",
		"| quote | latency | 1 |", "| pause | cost | 16 |",
		"| Homing inline | 100000 | 1.06 ms | 8.51 ms |",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("there is no %q in\n%s", want, stdout.String())
		}
	}
}

func TestProfilesOfEveryServer(t *testing.T) {
	load(t)
	dir := filepath.Join(t.TempDir(), "new")
	if err := run(t.Context(), []string{"-profile", dir}, nil, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{
		"identity-net-http-echo", "identity-hand-written", "identity-Homing-inline",
		"identity-CloudEvents-SDK-3-hops", "identity-Homing-3-hops",
		"quote-net-http-echo", "quote-hand-written", "quote-Homing-inline",
	} {
		for _, kind := range []string{".cpu", ".allocs"} {
			if info, err := os.Stat(filepath.Join(dir, name+kind)); err != nil || info.Size() == 0 {
				t.Errorf("%s: %v", name+kind, err)
			}
		}
	}
}

func TestTooFewOpenFilesAreToldOf(t *testing.T) {
	t.Parallel()
	if err := enoughFiles(1); err != nil {
		t.Error(err)
	}
	if err := enoughFiles(1 << 40); err == nil || !strings.Contains(err.Error(), "ulimit -n") {
		t.Errorf("got %v", err)
	}
}

func TestThePartOnLambdaNeedsNeitherWrkNorNode(t *testing.T) {
	tools, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir() // without the node that may be beside the go command
	if err := os.Symlink(tools, filepath.Join(dir, "go")); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir)
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), []string{"-lambda", "-quick"}, nil, &stdout, &stderr); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"`go run . -lambda -quick`", "role adapter to its first answer", "1 write | not measured: start dynalite: dynalite needs Node.js"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("there is no %q in\n%s", want, stdout.String())
		}
	}
	if !strings.Contains(stderr.String(), "no replies through DynamoDB") {
		t.Errorf("nobody was told:\n%s", stderr.String())
	}
}
