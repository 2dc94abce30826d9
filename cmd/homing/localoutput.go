package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/homing-dev/homing/cmd/homing/internal/project"
	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/gateway"
	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/internal/guide"
)

// localOutput writes the output of functions, a line at a time and with their
// names in front, and what became of calls.
type localOutput struct {
	log *slog.Logger

	mu sync.Mutex
	w  io.Writer
}

func newLocalOutput(w io.Writer, log *slog.Logger) *localOutput { return &localOutput{w: w, log: log} }

// function returns the writer of one function.
func (o *localOutput) function(name string) io.Writer {
	return &functionLines{output: o, prefix: []byte(name + " | ")}
}

// access logs a call, in the place of Lambda's lines START, END and REPORT.
func (o *localOutput) access(a gateway.Access) {
	attrs := []any{
		"method", a.Method, "path", a.Path, "status", a.Status, "function", a.Function,
		"duration", a.Duration.Round(time.Microsecond), "request", a.RequestID,
	}
	if a.Err != nil {
		o.log.Warn("call", append(attrs, "error", a.Err)...)
		return
	}
	o.log.Info("call", attrs...)
}

// functionLines puts the output of a function into lines. It is not safe for
// concurrent use; others may write at the same time.
type functionLines struct {
	output  *localOutput
	prefix  []byte
	partial []byte
}

// maxLine is where a line without an end is broken.
const maxLine = 64 << 10

// Write implements [io.Writer].
func (l *functionLines) Write(p []byte) (int, error) {
	l.partial = append(l.partial, p...)
	var out []byte
	for len(l.partial) > 0 {
		line, rest, whole := bytes.Cut(l.partial, []byte{'\n'})
		if !whole && len(line) < maxLine {
			break
		}
		out = append(append(append(out, l.prefix...), line...), '\n')
		l.partial = rest
	}
	if len(out) == 0 {
		return len(p), nil
	}
	l.output.mu.Lock()
	defer l.output.mu.Unlock()
	if _, err := l.output.w.Write(out); err != nil {
		return 0, fmt.Errorf("write what a function says: %w", err)
	}
	return len(p), nil
}

// describe is what runs and how it is called.
func (a *app) describe(ctx context.Context, e *emulator.Emulator, bootstraps map[string]string) string {
	var b bytes.Buffer
	stack := e.Stack()
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0) //nolint:mnd // two spaces between columns
	_, _ = fmt.Fprintf(w, "Running the stack %s on this machine\n\n", stack.Name)
	for _, f := range stack.Functions {
		_, _ = fmt.Fprintf(w, "  function\t%s\t%d MB, %s\n", f.Name, f.MemoryMB, f.Timeout)
	}
	for _, api := range stack.APIs {
		_, _ = fmt.Fprintf(w, "  API\t%s\t%s\n", api.ID, e.APIURL(api.ID))
	}
	for _, f := range stack.Functions {
		if f.URL != nil {
			_, _ = fmt.Fprintf(w, "  URL\t%s\t%s\n", f.Name, e.FunctionURL(f.ID))
		}
	}
	for _, id := range e.Sendable() { // its service is not on this machine
		_, _ = fmt.Fprintf(w, "  event\t%s\tPOST %s/%s\n", id, e.EventsURL(), id)
	}
	for _, s := range stack.Secrets { // made for this run alone
		_, _ = fmt.Fprintf(w, "  secret\t%s\t%s\n", s.Name, s.Text)
	}
	for _, out := range e.Outputs() {
		_, _ = fmt.Fprintf(w, "  output\t%s\t%s\n", out.Name, out.Value)
	}
	_ = w.Flush() // into memory
	b.WriteString("\n" + a.linesToTry(ctx, e, bootstraps))
	return b.String()
}

// linesToTry are those of the chains, if the stack's API is an adapter. bootstraps
// are the programs that were compiled.
func (a *app) linesToTry(ctx context.Context, e *emulator.Emulator, bootstraps map[string]string) string {
	adapter, ok := adapterOf(e.Stack())
	program := cmp.Or(bootstraps[adapter.ID], filepath.Join(adapter.Dir, "bootstrap"))
	chains, err := project.ChainsIn(ctx, program)
	if !ok || err != nil { // they are in the functions already; this is for show
		return "Stop with Ctrl-C.\n"
	}
	g := guide.Guide{Base: e.URL(), Chains: chains, Tokens: adapter.Environment["HOMING_TOKENS"] != "", Exists: a.exists}
	for _, r := range e.Stack().APIs[0].Routes {
		if r.Authorizer == nil || r.Function != adapter.Name {
			continue
		}
		if g.Tokens = r.Authorizer.Issuer != ""; !g.Tokens {
			g.SignedIn = e.Stack().Region
		}
	}
	return g.String()
}

// adapterOf finds the function behind the first API that serves chains.
func adapterOf(s template.Stack) (template.Function, bool) {
	if len(s.APIs) == 0 {
		return template.Function{}, false
	}
	for _, r := range s.APIs[0].Routes {
		f, ok := s.Function(r.Function)
		if role := f.Environment["HOMING_ROLE"]; ok && (role == "adapter" || role == "all") {
			return f, true
		}
	}
	return template.Function{}, false
}
