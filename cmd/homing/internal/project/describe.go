package project

import (
	"bytes"
	"context"
	"debug/buildinfo"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"runtime/debug"
	"strings"
	"time"

	"github.com/cloudevents/sdk-go/v2/event"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/describe"
)

// App is a project with all that is known of it.
type App struct {
	*Project

	// ImportPath is that of the main package: of the app, or of the tool if all steps
	// are remote ones.
	ImportPath string
	// Program is the zero value if all steps are remote ones.
	Program Program
	// Described is what the program says of itself.
	Described describe.App
	// Chains are those of the file; their functions are never called.
	Chains []functions.Chain
	// Warnings are what the user should know, with the next step.
	Warnings []string
}

// Load builds the app, asks it what it has, and reads its chains.
func (p *Project) Load(ctx context.Context) (App, error) {
	if p.Remote() {
		return p.LoadBuilt(ctx, Program{})
	}
	program, err := p.Build(ctx, "")
	if err != nil {
		return App{Project: p}, err
	}
	return p.LoadBuilt(ctx, program)
}

// LoadBuilt is [Project.Load] of a program that was built.
func (p *Project) LoadBuilt(ctx context.Context, program Program) (App, error) {
	app := App{Project: p, Program: program, ImportPath: describe.Module + "/cmd/homing"}
	var err error
	if !p.Remote() {
		info, failed := buildinfo.ReadFile(program.Path)
		if failed != nil {
			return app, fmt.Errorf("read how the app was built: %w", failed)
		}
		app.ImportPath = info.Path
		if app.Described, err = app.Program.Describe(ctx); err != nil {
			return app, err
		}
		app.Warnings = p.warnings(app.Described)
	}
	app.Chains, err = p.Read(app.Described.Functions)
	return app, err
}

// Read reads the chains of an app that has these functions. A file that is invalid
// is a [chainfile.Errors].
func (p *Project) Read(has map[string]describe.Function) ([]functions.Chain, error) {
	chains, err := chainfile.Load(p.Chain, stubs(has), p.read...)
	invalid, ok := errors.AsType[chainfile.Errors](err)
	switch {
	case ok && p.Remote() && namesFunctions(invalid):
		return nil, exit.Failedf("%w", invalid).Then("functions need a program: a go.mod and a main package that calls runtimes.Main, as "+
			"`homing new` writes them; --dir and --package name one elsewhere in %s", p.Dir)
	case errors.Is(err, fs.ErrNotExist):
		return nil, p.missing()
	}
	return chains, err
}

// ChainsIn returns the chains that are built into a program.
func ChainsIn(ctx context.Context, path string) ([]functions.Chain, error) {
	described, err := Program{path, &Project{Dir: ".", Package: path}}.Describe(ctx)
	if err != nil {
		return nil, err
	}
	return chainfile.Parse(DefaultFile, []byte(described.Chains), stubs(described.Functions))
}

// namesFunctions reports whether a file names a function that is not there.
func namesFunctions(invalid chainfile.Errors) bool {
	for _, e := range invalid {
		if strings.Contains(e.Message, "unknown function") {
			return true
		}
	}
	return false
}

// stubs are in the place of functions of the app.
func stubs(has map[string]describe.Function) map[string]functions.Function {
	known := make(map[string]functions.Function, len(has))
	for name := range has {
		known[name] = notHere
	}
	return known
}

var errNotHere = errors.New("this function is in another process")

// notHere stands for a function of the app in the process of the tool.
func notHere(context.Context, event.Event) (*event.Event, error) { return nil, errNotHere }

// describeTime is how long an app may take to say what it has. It should do so at
// once, but main may do other things before runtimes.Main.
const describeTime = 20 * time.Second

// Describe asks the program what it has. A program that is no app of Homing, or of
// a Homing that this one does not understand, is an error.
func (p Program) Describe(ctx context.Context) (describe.App, error) {
	info, err := buildinfo.ReadFile(p.Path)
	if err != nil {
		return describe.App{}, fmt.Errorf("read how the app was built: %w", err)
	}
	version := describe.Version(info)
	if version == "" {
		return describe.App{}, exit.Usagef("%s is no app of Homing: there is no %s in it", p.project.Package, describe.Module).
			Then("let its main call runtimes.Main, or name another package with --package")
	}
	limited, cancel := context.WithTimeout(ctx, describeTime)
	defer cancel()
	cmd := exec.CommandContext(limited, p.Path, describe.Argument) //nolint:gosec // the user's own app
	cmd.Dir, cmd.Env = p.project.Dir, append(cmd.Environ(), p.project.environ...)
	cmd.WaitDelay = lastWords
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return describe.App{}, fmt.Errorf("ask the app for its functions: %w", context.Cause(ctx))
	}
	var app describe.App
	found := lastLine(out, func(line []byte) bool {
		app = describe.App{}
		return json.Unmarshal(line, &app) == nil && app.Format != 0
	})
	own := toolVersion()
	switch {
	case found:
		return app, check(app, version, own)
	case limited.Err() != nil:
		return app, exit.Failedf("the app did not say within %s which functions it has", describeTime).
			Then("let its main call runtimes.Main before anything that takes long")
	}
	failed := exit.Failedf("the app does not say which functions it has: %w", errors.Join(err, firstOf(stderr.String()))).
		Then("let its main call runtimes.Main before anything that may fail")
	if version != own { // an older one may not know what it was asked
		failed.Next += fmt.Sprintf("; or have both of one Homing, which is %s in the app and %s here: %s",
			version, own, sameVersion(version, own))
	}
	return app, failed
}

// check is the error of what an app says of itself.
func check(app describe.App, version, own string) error {
	switch {
	case app.Format != describe.Format:
		return exit.Failedf("the app was built with Homing %s, and this is %s: they do not work together", version, own).
			Then("%s", sameVersion(version, own))
	case app.Error != "":
		return exit.Failedf("the functions of the app: %s", app.Error).Then("mend the functions.Map that main passes to runtimes.Main")
	}
	return nil
}

// lastLine reports whether a line is the wanted one, from the last one on: what main
// prints by itself comes before it.
func lastLine(out []byte, wanted func([]byte) bool) bool {
	for len(out) > 0 {
		out = bytes.TrimRight(out, "\r\n")
		at := bytes.LastIndexByte(out, '\n')
		if wanted(out[at+1:]) {
			return true
		}
		out = out[:at+1]
	}
	return false
}

// firstOf is the beginning of what a program has written, as an error.
func firstOf(text string) error {
	const most = 1000
	if text = strings.TrimSpace(text); text == "" {
		return nil
	}
	return errors.New(text[:min(most, len(text))]) //nolint:err113 // it is shown and not tested for
}

func toolVersion() string {
	info, _ := debug.ReadBuildInfo()
	return describe.Version(info)
}

// warnings are what does not fit together, and yet works.
func (p *Project) warnings(app describe.App) []string {
	var out []string
	if own := toolVersion(); released(app.Version) && released(own) && app.Version != own {
		out = append(out, fmt.Sprintf("the app was built with Homing %s, and this is %s; %s", app.Version, own, sameVersion(app.Version, own)))
	}
	text, err := os.ReadFile(p.Chain)
	if err == nil && !p.ownFile && app.Chains != string(text) {
		out = append(out, fmt.Sprintf(
			"the app has other chains built in than %s; let its main embed that file, for what is deployed serves its own", p.Chain))
	}
	return out
}

// released reports whether a version can be had from others.
func released(version string) bool {
	return version != describe.Development && !strings.HasSuffix(version, "+dirty")
}

// sameVersion is how app and tool become of one version: the newer one, if that can
// be had.
func sameVersion(app, own string) string {
	switch {
	case released(own):
		return fmt.Sprintf("in the folder of the app: go get %s@%s", describe.Module, own)
	case released(app):
		return fmt.Sprintf("install the command of the app's version: go install %s/cmd/homing@%s", describe.Module, app)
	default:
		return "build both from the same source"
	}
}
