package e2e_test

import (
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/homing-dev/homing/tests/freeport"
	"github.com/homing-dev/homing/tests/internal/wait"
)

// process is the sample app in a process of its own, which may be killed and
// started again on the same port.
type process struct {
	t     *testing.T
	url   string
	args  []string // of what is no app
	env   []string
	cmd   *exec.Cmd
	log   *log
	ended chan struct{} // closed when it has ended
	err   error         // how, once ended is closed
}

// knative starts the sample app as a container on a port of its own, with variables
// of the form NAME=value, and waits until it is ready.
func knative(t *testing.T, chainFile string, env ...string) *process {
	t.Helper()
	return knativeOn(t, freePort(t), chainFile, env...)
}

func knativeOn(t *testing.T, port, chainFile string, env ...string) *process {
	t.Helper()
	p := spawn(t, port, chainFile, env...)
	p.awaitReady()
	return p
}

// spawn does not wait until the process is ready.
func spawn(t *testing.T, port, chainFile string, env ...string) *process {
	t.Helper()
	env = append([]string{"HOMING_ROLE=all", "HOMING_LISTEN=127.0.0.1:" + port, "PORT=" + port, "HOMING_CHAIN=" + chainFile}, env...)
	p := &process{t: t, url: "http://127.0.0.1:" + port, env: env, log: &log{}}
	p.launch()
	return p
}

// serve starts the sample app as a local server.
func serve(t *testing.T, env ...string) *process {
	t.Helper()
	address := "127.0.0.1:" + freePort(t)
	p := &process{t: t, url: "http://" + address, env: append(env, "HOMING_LISTEN="+address), log: &log{}}
	p.launch()
	p.awaitReady()
	return p
}

// launch starts the process and has it killed at the end of the test.
func (p *process) launch() {
	p.t.Helper()
	p.t.Cleanup(func() {
		p.kill()
		if p.t.Failed() {
			p.t.Logf("%s %v\n%s", p.url, p.env, p.log.tail())
		}
	})
	p.begin()
}

// start starts the process again after it has ended, and waits until it is
// ready.
func (p *process) start() {
	p.t.Helper()
	p.begin()
	p.awaitReady()
}

func (p *process) begin() {
	p.t.Helper()
	p.cmd = exec.Command(sampleApp)
	if slices.Contains(p.env, asDumper+"=1") {
		p.cmd = exec.Command(os.Args[0])
	}
	p.cmd.Env = append(foreign(os.Environ()), p.env...)
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	p.cmd.SysProcAttr = tied()
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan struct{})
	p.ended = ended
	go func() {
		p.err = p.cmd.Wait()
		close(ended)
	}()
}

func (p *process) awaitReady() {
	p.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	over := time.After(wait.Patience)
	for {
		resp, err := http.Get(p.url + "/health/readiness")
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-tick.C:
		case <-p.ended:
			p.t.Fatalf("%v ended before it was ready: %v\n%s", p.url, p.err, p.log.tail())
		case <-over:
			p.t.Fatalf("%v is not ready: %v\n%s", p.url, err, p.log.tail())
		}
	}
}

// kill ends the process as the kernel does that is out of memory.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended before
	<-p.ended
}

// stop drains the process as Knative does, and waits for its end.
func (p *process) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	wait.Receive(p.t, "the end of "+p.url, p.ended)
	if p.err != nil {
		p.t.Errorf("%s ended with %v\n%s", p.url, p.err, p.log.tail())
	}
}

// foreign is an environment without what the app reads itself.
func foreign(environ []string) []string {
	var out []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if name != "PORT" && !strings.HasPrefix(name, "HOMING_") && !strings.HasPrefix(name, "K_") {
			out = append(out, entry)
		}
	}
	return out
}

// freePort returns a port that a process finds free again after it was killed.
func freePort(t *testing.T) string {
	t.Helper()
	return strconv.Itoa(freeport.Take(t))
}
