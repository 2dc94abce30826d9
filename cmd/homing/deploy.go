package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/project"
	"github.com/homing-dev/homing/internal/generate/knative"
	"github.com/homing-dev/homing/internal/guide"
)

// deploy groups the commands that deploy the app.
func (a *app) deploy() *cobra.Command {
	return group(&cobra.Command{
		Use:   "deploy",
		Short: "Deploy the app with the tools of its platform",
		Long: `Runs what deploys the app, and prints every command before it is run, so that you
can run it by yourself the next time. With --dry-run it prints them and no more.`,
		Example: `  homing deploy knative --registry registry.example.com/shop --dry-run
  homing deploy aws`,
	}, a.deployKnative(), a.deployAWS())
}

// deployment runs commands in the folder of the app.
type deployment struct {
	*app

	dir    string
	dryRun bool
}

func (d *deployment) define(f *pflag.FlagSet, where *project.Options) {
	f.SortFlags = false
	where.Define(f)
	f.BoolVar(&d.dryRun, "dry-run", false, "print the commands, and run none")
}

// needs checks that tools are there.
func (d *deployment) needs(tools ...string) error {
	if d.dryRun {
		return nil
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			return exit.Usagef("the tool %s is missing", tool).Then("%s; --dry-run shows what it is for", install(tool))
		}
	}
	return nil
}

// install is how to get a tool.
func install(tool string) string {
	switch tool {
	case "sam":
		return "install it: pip install aws-sam-cli"
	case "func":
		return "install it: https://knative.dev/docs/functions/install-func/"
	case "ko":
		return "install it: https://ko.build/install/"
	case "kubectl":
		return "install it: https://kubernetes.io/docs/tasks/tools/"
	default:
		return "install it from the packages of your system"
	}
}

// show prints a command as a shell takes it.
func (d *deployment) show(environ []string, args ...string) error {
	words := make([]string, 0, len(environ)+len(args))
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		words = append(words, name+"="+guide.Quote(value))
	}
	for _, arg := range args {
		words = append(words, guide.Quote(arg))
	}
	return d.printf("%s\n", d.Out.Bold("$ "+strings.Join(words, " ")))
}

// run prints a command and runs it, with the streams of the terminal. It returns what
// the command has written to its standard output, if that is asked for.
func (d *deployment) run(ctx context.Context, keep bool, environ []string, args ...string) (string, error) {
	if err := d.show(environ, args...); err != nil || d.dryRun {
		return "", err
	}
	name := args[0]
	if name == "homing" { // this one, wherever it is
		own, err := os.Executable()
		if err != nil {
			return "", exit.Failedf("find this command: %w", err)
		}
		name = own
	}
	cmd := exec.CommandContext(ctx, name, args[1:]...) //nolint:gosec // what was shown
	cmd.Dir, cmd.Env = d.dir, append(append([]string{}, d.environ...), environ...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = d.In, d.Out.Writer, d.Err.Writer
	cmd.Cancel = func() error { return interrupt(cmd.Process) } // sam and kubectl clean up
	var kept strings.Builder
	if keep {
		cmd.Stdout = &kept
	}
	err := cmd.Run()
	if failed, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", exit.Failedf("%s has failed: %s", args[0], failed).Then("mend what it says above, and begin again")
	}
	if err != nil {
		return "", exit.Failedf("run %s: %w", args[0], err)
	}
	return strings.TrimSpace(kept.String()), nil
}

// interrupt asks a process to end.
func interrupt(p *os.Process) error {
	if runtime.GOOS == "windows" {
		return p.Kill()
	}
	return p.Signal(os.Interrupt)
}

func (a *app) deployAWS() *cobra.Command {
	d := deployment{app: a}
	var where project.Options
	var guided bool
	cmd := &cobra.Command{
		Use:   "aws",
		Short: "Build and deploy the app on AWS with the SAM CLI",
		Long: `Writes template.yaml if there is none, builds the app and deploys it with the AWS
SAM CLI. The first time it asks for the name of the stack and its parameters, and
keeps the answers in samconfig.toml; --guided asks again.

A template that is there is left as it is: write it anew with "homing generate
sam" after a change of chain.yaml.`,
		Example: `  homing deploy aws --dry-run
  homing deploy aws`,
		Args: atMost(0),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, _ []string) error {
		p, err := project.Find(cmd.Context(), where)
		if err != nil {
			return err
		}
		if p.Remote() {
			return exit.Usagef("on AWS the app has to be a Go program, and there is no go.mod in %s", p.Dir).
				Then("`homing new` writes one; its steps may be remote ones all the same")
		}
		d.dir = p.Dir
		return d.toAWS(cmd.Context(), guided)
	})
	d.define(cmd.Flags(), &where)
	cmd.Flags().BoolVar(&guided, "guided", false, "ask for the parameters, as at the first time")
	return cmd
}

// toAWS writes the template, builds and deploys.
func (d *deployment) toAWS(ctx context.Context, guided bool) error {
	if err := d.needs("sam", "make"); err != nil {
		return err
	}
	var commands [][]string
	if !exists(filepath.Join(d.dir, sourceTemplate)) {
		commands = append(commands, []string{"homing", "generate", "sam"})
	}
	commands = append(commands, []string{"sam", "build"}, []string{"sam", "deploy"})
	if guided || !deployedBefore(filepath.Join(d.dir, "samconfig.toml")) {
		last := len(commands) - 1
		commands[last] = append(commands[last], "--guided")
	}
	for _, args := range commands {
		if _, err := d.run(ctx, false, nil, args...); err != nil {
			return err
		}
	}
	return nil
}

// deployedBefore reports whether a samconfig.toml has the answers of a deployment.
func deployedBefore(path string) bool {
	text, err := os.ReadFile(path) //nolint:gosec // in the folder of the app
	return err == nil && strings.Contains(string(text), "parameter_overrides")
}

func (a *app) deployKnative() *cobra.Command {
	d := deployment{app: a}
	var where project.Options
	var registry, namespace string
	shape := string(knative.Inline)
	cmd := &cobra.Command{
		Use:   "knative",
		Short: "Build and deploy the app on Knative",
		Long: `Deploys the app on the cluster that kubectl is set to. The shape inline is one
function, by "func deploy"; for vertex and split the image is built by ko, which
needs no Docker, and the manifests are written and applied.`,
		Example: `  homing deploy knative --registry registry.example.com/shop
  homing deploy knative --registry registry.example.com/shop --shape vertex --dry-run`,
		Args: atMost(0),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, _ []string) error {
		shapes, err := shapesNamed(shape)
		if err != nil {
			return err
		}
		if len(shapes) != 1 {
			return exit.Usagef("--shape %s: only one shape can be deployed at a time", shape)
		}
		if registry == "" {
			return exit.Usagef("say where the image goes: --registry REGISTRY/ACCOUNT")
		}
		p, err := project.Find(cmd.Context(), where)
		if err != nil {
			return err
		}
		if p.Remote() {
			return exit.Usagef("there is no go.mod in %s, so there is nothing to build", p.Dir).
				Then("write the manifests with `homing generate knative`, and apply them: they take the published image")
		}
		d.dir = p.Dir
		return d.toKnative(cmd.Context(), p.Package, shapes[0], registry, namespace)
	})
	d.define(cmd.Flags(), &where)
	f := cmd.Flags()
	f.StringVar(&registry, "registry", "", "`REGISTRY/ACCOUNT` that the image is pushed to")
	f.StringVar(&shape, "shape", shape, "`SHAPE` to deploy: inline, vertex or split")
	f.StringVar(&namespace, "namespace", knative.DefaultNamespace, "deploy into this `NAMESPACE`")
	return cmd
}

// imagePlaceholder stands in a dry run for the image that ko would have named.
const imagePlaceholder = "IMAGE"

// toKnative deploys one shape.
func (d *deployment) toKnative(ctx context.Context, pkg string, shape knative.Shape, registry, namespace string) error {
	if shape == knative.Inline {
		if err := d.needs("func"); err != nil {
			return err
		}
		_, err := d.run(ctx, false, nil, "func", "deploy", "--builder=host", "--registry", registry, "--namespace", namespace)
		return err
	}
	if err := d.needs("ko", "kubectl"); err != nil {
		return err
	}
	image, err := d.run(ctx, true, []string{"KO_DOCKER_REPO=" + registry}, "ko", "build", pkg)
	if err != nil {
		return err
	}
	if d.dryRun {
		image = imagePlaceholder
	}
	manifests := filepath.Join("infra", "knative")
	if _, err := d.run(ctx, false, nil, "homing", "generate", "knative",
		"--shape", string(shape), "--image", image, "--namespace", namespace, "--out", manifests); err != nil {
		return err
	}
	_, err = d.run(ctx, false, nil, "kubectl", "apply", "-k", filepath.Join(manifests, string(shape)))
	return err
}
