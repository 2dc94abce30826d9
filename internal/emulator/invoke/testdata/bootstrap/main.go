// Command bootstrap is the function of the tests: it does what its event says,
// and starts as MODE says.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// task is what an event asks for.
type task struct {
	Do    string `json:"do"`
	N     int    `json:"n"`
	MS    int    `json:"ms"`
	Path  string `json:"path"`
	Other any    `json:"other"`
}

// seen is what an echo answers with.
type seen struct {
	PID      int      `json:"pid"`
	Runs     int64    `json:"runs"`
	Ticks    int64    `json:"ticks"`
	ID       string   `json:"id"`
	ARN      string   `json:"arn"`
	Left     float64  `json:"left"`
	Trace    string   `json:"trace"`
	Client   string   `json:"client"`
	Env      []string `json:"env"`
	Dir      string   `json:"dir"`
	Child    int      `json:"child"`
	Payload  string   `json:"payload"`
	Parallel int64    `json:"parallel"`
}

type function struct {
	runs, ticks, now atomic.Int64

	mu   sync.Mutex
	most int64 // that ran at once
}

func (f *function) enter() {
	f.runs.Add(1)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.most = max(f.most, f.now.Add(1))
}

func (f *function) parallel() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.most
}

func main() {
	f := &function{}
	switch mode := os.Getenv("MODE"); mode {
	case "init-exit":
		os.Exit(7)
	case "init-clean-exit":
		return
	case "init-hang":
		select {}
	case "init-error":
		post("init/error", `{"errorType":"Init.Failed","errorMessage":"no table"}`)
		os.Exit(1)
	case "fail-once", "fail-twice":
		failFirst(f, map[string]int64{"fail-once": 1, "fail-twice": 2}[mode])
	case "sigterm":
		path := os.Getenv("WITNESS")
		lambda.StartWithOptions(f.handle, lambda.WithEnableSIGTERM(func() {
			_ = os.WriteFile(path, []byte("terminated"), 0o600)
			os.Exit(0)
		}))
	case "serial":
		serial(os.Getenv("WITNESS"))
	case "deaf":
		signal.Ignore(syscall.SIGTERM)
		lambda.Start(f.handle)
	case "rude":
		rude()
	case "truncate":
		truncate()
	default:
		lambda.Start(f.handle)
	}
}

// failFirst counts its runs in a file, since each may be of another process.
func failFirst(f *function, failures int64) {
	path := os.Getenv("WITNESS")
	lambda.Start(func(ctx context.Context, t json.RawMessage) (any, error) {
		w, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			return nil, err
		}
		lc, _ := lambdacontext.FromContext(ctx)
		fmt.Fprintln(w, lc.AwsRequestID)
		w.Close()
		lines, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if int64(bytes.Count(lines, []byte("\n"))) <= failures {
			return nil, errors.New("not yet")
		}
		return f.handle(ctx, t)
	})
}

func (f *function) handle(ctx context.Context, raw json.RawMessage) (any, error) {
	f.enter()
	defer f.now.Add(-1)
	var t task
	_ = json.Unmarshal(raw, &t)
	pause := func() { time.Sleep(time.Duration(t.MS) * time.Millisecond) }
	switch t.Do {
	case "sleep":
		pause()
	case "error":
		return nil, errors.New("it went wrong")
	case "exit":
		os.Exit(t.N)
	case "panic":
		panic("at the disco")
	case "allocate":
		return f.allocate(t)
	case "large":
		return strings.NewReader(strings.Repeat("x", t.N)), nil
	case "stream", "stream-error", "stream-exit", "stream-hang":
		return t.stream(), nil
	case "behind":
		go func() {
			for {
				time.Sleep(time.Millisecond)
				f.ticks.Add(1)
			}
		}()
	case "spawn":
		return f.spawn(ctx, raw)
	case "wait": // for a file, and say so with another
		lc, _ := lambdacontext.FromContext(ctx)
		if err := os.WriteFile(t.Path+"-"+lc.AwsRequestID, nil, 0o600); err != nil {
			return nil, err
		}
		for {
			if _, err := os.Stat(t.Path); err == nil {
				break
			}
			time.Sleep(time.Millisecond)
		}
	case "witness":
		return nil, os.WriteFile(t.Path, raw, 0o600)
	case "print":
		fmt.Println("to stdout")
		fmt.Fprintln(os.Stderr, "to stderr")
	}
	return f.seen(ctx, raw), nil
}

func (f *function) seen(ctx context.Context, raw []byte) seen {
	s := seen{PID: os.Getpid(), Runs: f.runs.Load(), Ticks: f.ticks.Load(), Env: os.Environ(), Payload: string(raw), Parallel: f.parallel()}
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		s.ID, s.ARN, s.Client = lc.AwsRequestID, lc.InvokedFunctionArn, lc.ClientContext.Custom["who"]
	}
	s.Trace, _ = ctx.Value("x-amzn-trace-id").(string)
	if deadline, ok := ctx.Deadline(); ok {
		s.Left = time.Until(deadline).Seconds()
	}
	s.Dir, _ = os.Getwd()
	return s
}

func (f *function) allocate(t task) (any, error) {
	var hold [][]byte
	for range t.N {
		b := make([]byte, 1<<20)
		for i := range b {
			b[i] = 1
		}
		hold = append(hold, b)
	}
	time.Sleep(time.Duration(t.MS) * time.Millisecond)
	return len(hold), nil
}

// spawn starts a child that lives on and has the output open.
func (f *function) spawn(ctx context.Context, raw []byte) (any, error) {
	child := exec.Command("sleep", "1000")
	child.Stdout, child.Stderr = os.Stdout, os.Stderr
	if err := child.Start(); err != nil {
		return nil, err
	}
	s := f.seen(ctx, raw)
	s.Child = child.Process.Pid
	return s, nil
}

// answer is a streamed one with a type of its own.
type answer struct{ io.Reader }

// MarshalJSON fails, since the runtime streams only what is no JSON.
func (answer) MarshalJSON() ([]byte, error) { return nil, errors.New("it is a stream") }

func (answer) ContentType() string { return "text/x-chunks" }

func (t task) stream() answer {
	r, w := io.Pipe()
	go func() {
		for i := range t.N {
			fmt.Fprintf(w, "chunk %d\n", i)
			time.Sleep(time.Duration(t.MS) * time.Millisecond)
		}
		switch t.Do {
		case "stream-error":
			w.CloseWithError(errors.New("out of chunks"))
		case "stream-exit":
			os.Exit(4)
		case "stream-hang":
			select {}
		}
		w.Close()
	}()
	return answer{r}
}

func api(path string) string {
	return "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/" + path
}

func post(path, body string) int {
	resp, err := http.Post(api(path), "application/json", strings.NewReader(body))
	if err != nil {
		return 0
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

func next() string {
	resp, err := http.Get(api("invocation/next"))
	if err != nil {
		os.Exit(9)
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.Header.Get("Lambda-Runtime-Aws-Request-Id")
}

// rude is a runtime that answers what it was not asked, and answers twice.
func rude() {
	for {
		id := next()
		nobody := post("invocation/nobody/response", "1")
		first := post("invocation/"+id+"/response", fmt.Sprintf(`{"nobody":%d}`, nobody))
		second := post("invocation/"+id+"/response", `"again"`)
		third := post("invocation/"+id+"/error", `{}`)
		fmt.Println(first, second, third)
	}
}

// serial is a runtime that takes one invocation at a time, whatever
// AWS_LAMBDA_MAX_CONCURRENCY says. Its first process ends in its first one, when
// the gate opens.
func serial(witness string) {
	_, err := os.Stat(witness)
	id := next()
	for err == nil {
		post("invocation/"+id+"/response", "{}")
		id = next()
	}
	_ = os.WriteFile(witness, nil, 0o600)
	for {
		if _, err := os.Stat(witness + "-gate"); err == nil {
			os.Exit(3)
		}
		time.Sleep(time.Millisecond)
	}
}

// truncate is a runtime whose answer breaks off, while it lives on.
func truncate() {
	for {
		id := next()
		r, w := io.Pipe()
		go func() {
			_, _ = io.WriteString(w, "half")
			w.CloseWithError(errors.New("cut"))
		}()
		_, _ = http.Post(api("invocation/"+id+"/response"), "text/plain", r)
	}
}
