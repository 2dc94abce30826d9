package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/joho/godotenv"
	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/dev"
	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/describe"
	"github.com/homing-dev/homing/internal/guide"
	"github.com/homing-dev/homing/internal/settings"
)

// dotEnv has variables for the app in development.
const dotEnv = ".env"

func (a *app) dev() *cobra.Command {
	var where project.Options
	var noTests bool
	address := settings.DefaultListen
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Serve the app while you write it",
		Long: `Builds the app in this folder, serves it, and does so again whenever its files
change: *.go, go.mod, chain.yaml, .env, and the files of remote steps. A change that
does not build, or fails its tests, is shown, and the last good version serves on.
Each call is printed with its status, its time, and that of each step, and the
console at /_homing/ shows it with what went into each step and came out. It is off
with HOMING_CONSOLE=false, and without tokens on an address that other machines reach.

Steps with "run:" in chain.yaml are started on free ports, which they find in PORT,
and their output is shown with the rest. Variables in .env are set for the app and
its steps, unless they are set already.

Replies of async and keyed calls are kept in the memory of a version, unless
HOMING_STORE names a server: a change forgets them.`,
		Example: `  homing dev
  homing dev --listen 127.0.0.1:9000 --no-tests`,
		Args: atMost(0),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, _ []string) error {
		p, err := project.Find(cmd.Context(), where)
		if err != nil {
			return err
		}
		ln, err := listen(cmd.Context(), address)
		if err != nil {
			return err
		}
		return a.develop(cmd.Context(), p, ln, noTests)
	})
	f := cmd.Flags()
	f.SortFlags = false
	where.Define(f)
	f.StringVar(&address, "listen", address, "`ADDRESS` to listen on; port 0 takes any free one")
	f.BoolVar(&noTests, "no-tests", false, "do not run the tests of the app")
	return cmd
}

// develop serves a project until ctx ends.
func (a *app) develop(ctx context.Context, p *project.Project, ln net.Listener, noTests bool) error {
	out := dev.NewPrinter(a.Out)
	loopback := false
	if at, ok := ln.Addr().(*net.TCPAddr); ok {
		loopback = at.IP.IsLoopback()
	}
	return dev.Run(ctx, dev.Options{
		App: developed{app: a, Project: p, base: guide.BaseURL(ln.Addr().String()), loopback: loopback, out: out}, Dir: p.Dir, Listener: ln, Out: out,
		NoTests: noTests || p.Remote(),
	})
}

// developed is a project that is being written.
type developed struct {
	*app
	*project.Project

	base     string
	loopback bool // only this machine reaches it
	out      *dev.Printer
}

// Build implements [dev.App].
func (d developed) Build(ctx context.Context) (dev.Version, error) {
	var v dev.Version
	environ, err := d.environment()
	if err != nil {
		return v, err
	}
	has := map[string]describe.Function{}
	if d.Remote() {
		own, err := os.Executable()
		if err != nil {
			return v, fmt.Errorf("find this command: %w", err)
		}
		v.Command = []string{own, "serve", "--dir", d.Dir, "--" + announceFlag}
	} else {
		program, err := d.Project.Build(ctx, "")
		if err != nil {
			return v, withNext(err)
		}
		described, err := program.Describe(ctx)
		if err != nil {
			return v, withNext(err)
		}
		has, v.Command = described.Functions, []string{program.Path, describe.Serve}
	}
	chains, err := d.Read(has)
	if err != nil {
		return v, withNext(err)
	}
	file, err := filepath.Abs(d.Chain)
	if err != nil {
		return v, fmt.Errorf("find the file of the chains: %w", err)
	}
	shown, err := d.console(settings.Getenv(environ))
	if err != nil {
		return v, err
	}
	v.Environ = append(append(slices.Clip(environ), "HOMING_CHAIN="+file), shown...)
	v.Programs = d.programsOf(chains, environ)
	v.Ready = func() {
		g := guide.Guide{Base: d.base, Chains: chains, Tokens: settings.Getenv(environ)("HOMING_TOKENS") != "", Exists: d.existsIn(d.Dir)}
		text := g.String()
		if len(shown) > 0 {
			text += "The console is at " + d.base + "/_homing/\n"
		}
		d.out.Text(text)
	}
	return v, nil
}

// console is what is set so that the app shows its console; nothing if it does not, or
// the user has set it.
func (d developed) console(getenv func(string) string) ([]string, error) {
	tokens := getenv("HOMING_TOKENS") != "" || getenv("HOMING_TOKENS_FILE") != "" || getenv("HOMING_JWT_ISSUERS") != ""
	asked := getenv("HOMING_CONSOLE")
	switch {
	case asked != "" && asked != "true" || asked == "" && !d.loopback && !tokens:
		return nil, nil
	case !d.loopback && !tokens: // the app itself listens where only this command reaches it
		return nil, exit.Usagef("HOMING_CONSOLE shows every call to anybody who reaches %s", d.base).
			Then("set HOMING_TOKENS, or listen on 127.0.0.1")
	case getenv("HOMING_ADMINS") != "":
		return []string{"HOMING_CONSOLE=true"}, nil
	default: // who writes the app sees all that it does
		return []string{"HOMING_CONSOLE=true", "HOMING_ADMINS=*"}, nil
	}
}

// withNext is an error with what the user can do in its text.
func withNext(err error) error {
	if own, ok := errors.AsType[*exit.Error](err); ok && own.Next != "" {
		return fmt.Errorf("%w\n%s", err, own.Next)
	}
	return err
}

// Test implements [dev.App].
func (d developed) Test(ctx context.Context) error {
	environ, err := d.environment()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "./...")
	cmd.Dir, cmd.Env = d.Dir, environ
	if text, err := cmd.CombinedOutput(); err != nil {
		return errors.New(failures(string(text))) //nolint:err113 // it is shown and not tested for
	}
	return nil
}

// failures are the lines of `go test` without those of packages that pass.
func failures(text string) string {
	var kept []string
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "ok  \t") && !strings.HasPrefix(line, "?   \t") && !strings.Contains(line, "[no test files]") {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// environment is that of the tool with what .env adds, and without what would make a
// container or a function on Lambda of the app.
func (d developed) environment() ([]string, error) {
	file := filepath.Join(d.Dir, dotEnv)
	added, err := godotenv.Read(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, exit.Usagef("%s: %w", file, err)
	}
	var environ []string
	set := map[string]bool{}
	for _, entry := range d.environ {
		name, _, _ := strings.Cut(entry, "=")
		switch name {
		case "HOMING_ROLE", "K_SERVICE", "AWS_LAMBDA_RUNTIME_API", "HOMING_LISTEN", "HOMING_LOG_FORMAT", "PORT":
		default:
			environ, set[name] = append(environ, entry), true
		}
	}
	if !set["HOMING_LOG_LEVEL"] && added["HOMING_LOG_LEVEL"] == "" {
		environ = append(environ, "HOMING_LOG_LEVEL=debug") // has the causes of refusals
	}
	names := make([]string, 0, len(added))
	for name := range added {
		if !set[name] {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		environ = append(environ, name+"="+added[name])
	}
	return environ, nil
}

// programsOf are the steps that are started here. Secrets and variables of the chain
// are in their environment.
func (d developed) programsOf(chains []functions.Chain, environ []string) []dev.Program {
	dir, err := filepath.Abs(d.Dir)
	if err != nil {
		dir = d.Dir
	}
	get := settings.Getenv(environ)
	var all []dev.Program
	for _, c := range chains {
		own := environ
		for name, value := range c.Env {
			if get(name) == "" {
				own = append(slices.Clip(own), name+"="+value)
			}
		}
		slices.Sort(own[len(environ):])
		for _, s := range c.Steps {
			if s.Run == "" {
				continue
			}
			command, _ := chainfile.Expand(s.Run, func(name string) (string, bool) {
				value := settings.Getenv(own)(name)
				return value, value != ""
			})
			all = append(all, dev.Program{Step: c.Name + "." + s.Name, Command: command, Dir: dir, Environ: own})
		}
	}
	return all
}
