package aws_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/emulator"
	"github.com/homing-dev/homing/internal/emulator/template"
	"github.com/homing-dev/homing/internal/generate/sam"
)

// The shapes of a deployment, as the template's parameter names them.
const (
	inline = "inline"
	vertex = "vertex"
	split  = "split"
)

func shapes() []string { return []string{inline, vertex, split} }

// plan is what is deployed.
type plan struct {
	shape      string
	parameters map[string]string       // of the template, beside Shape
	tokens     string                  // who may call; everybody if it is empty
	store      string                  // URL of a Redis server with the replies
	change     func(*template.Stack)   // changes what is in the template
	options    func(*emulator.Options) // changes how it is run
}

// deployment is a stack that runs until the test ends.
type deployment struct {
	*emulator.Emulator

	t   *testing.T
	url string
	log *text // of the emulator: why a function was ended
}

// stacks counts them, so that each has a name, and with it a table, of its own.
var stacks atomic.Int32

// samples deploys the chains of the project by its own template.
func samples(t *testing.T, p plan) *deployment {
	t.Helper()
	return deploy(t, p, root, bootstrap, []byte(sample(t, "template.yaml")))
}

// faults deploys the chains of the program faulty, whose steps call a stage, by
// the template that would be generated for them.
func faults(t *testing.T, s *stage, p plan) *deployment {
	t.Helper()
	text, err := faultyTemplate()
	if err != nil {
		t.Fatal(err)
	}
	change := p.options
	p.options = func(o *emulator.Options) {
		o.Env = map[string]string{"STAGE_URL": s.url}
		if change != nil {
			change(o)
		}
	}
	return deploy(t, p, t.TempDir(), faulty, text)
}

// faultyTemplate is the template of the chains of faulty.
var faultyTemplate = sync.OnceValues(func() ([]byte, error) {
	path := filepath.Join("faulty", "chain.yaml")
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	none := func(context.Context, event.Event) (*event.Event, error) { return nil, nil }
	chains, err := chainfile.Parse(path, file, map[string]functions.Function{"before": none, "act": none, "after": none})
	if err != nil {
		return nil, err
	}
	return sam.Template(chains)
})

func deploy(t *testing.T, p plan, dir, program string, text []byte) *deployment {
	t.Helper()
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	parameters := map[string]string{
		"AdapterMemory": "1024", // of which programs that watch for races take several times as much as others
		"Shape":         p.shape, "ThrottleRate": "10000", "ThrottleBurst": "10000", "Open": strconv.FormatBool(p.tokens == ""),
	}
	maps.Copy(parameters, p.parameters)
	stack, err := template.Parse("template.yaml", dir, text, parameters, template.Options{
		StackName: fmt.Sprintf("%s%d", p.shape, stacks.Add(1)),
		Lookup: func(name string) (string, bool) {
			return map[string]string{
				"HOMING_TOKENS": p.tokens, "HOMING_STORE": p.store, "HOMING_CALLBACK_KEYS": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
			}[name], true
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if p.change != nil {
		p.change(&stack)
	}
	log := newText()
	o := emulator.Options{
		Tables: tables, Bootstrap: func(template.Function) string { return program }, Logger: slog.New(slog.NewTextHandler(log, nil)),
	}
	if p.options != nil {
		p.options(&o)
	}
	o.Env = withCovering(o.Env)
	e, err := emulator.Start(t.Context(), stack, o)
	if err != nil {
		t.Fatal(err)
	}
	d := &deployment{Emulator: e, t: t, url: e.URL(), log: log}
	t.Cleanup(d.stop)
	return d
}

// withCovering adds what a program that watches for races needs to report them.
func withCovering(env map[string]string) map[string]string {
	out := map[string]string{"GORACE": "halt_on_error=0"}
	maps.Copy(out, env)
	return out
}

// stop ends the deployment, and shows what its functions wrote if the test has
// failed. A race in a function is a failure, too.
func (d *deployment) stop() {
	if err := d.Close(context.Background()); err != nil {
		d.t.Error(err)
	}
	if d.t.Failed() {
		d.t.Logf("the emulator wrote\n%s", d.log)
	}
	for _, f := range d.Stack().Functions {
		log := d.Logs(f.ID)
		if strings.Contains(log, "WARNING: DATA RACE") {
			d.t.Errorf("%s has a data race", f.ID)
		}
		if d.t.Failed() && log != "" {
			const most = 3 << 10
			d.t.Logf("%s wrote\n%s", f.ID, log[max(0, len(log)-most):])
		}
	}
}

// steps changes the functions of a stack that run steps.
func steps(s *template.Stack, change func(*template.Function)) {
	for i := range s.Functions {
		if role := s.Functions[i].Environment["HOMING_ROLE"]; role == "vertex" || role == "all" {
			change(&s.Functions[i])
		}
	}
}

// actor is the function that runs step act of a chain in a shape.
func actor(shape, chain string) string {
	switch shape {
	case inline:
		return "Adapter"
	case vertex:
		return "Vertex"
	default:
		return strings.ToUpper(chain[:1]) + chain[1:] + "Act"
	}
}
