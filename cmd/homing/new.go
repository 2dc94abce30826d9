package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/homing-dev/homing/cmd/homing/internal/exit"
	"github.com/homing-dev/homing/cmd/homing/internal/scaffold"
	"github.com/homing-dev/homing/internal/describe"
	"github.com/homing-dev/homing/internal/guide"
	"github.com/homing-dev/homing/internal/nearest"
)

// newOptions are the flags of `homing new`.
type newOptions struct {
	module, lang, from string
	force, noTidy      bool
	source             string
}

func (a *app) new() *cobra.Command {
	var o newOptions
	cmd := &cobra.Command{
		Use:   "new NAME",
		Short: "Write an app that builds and passes its tests",
		Long: `Writes an app into the folder NAME: a function, a chain that calls it, their
tests, and what deploys them. "." is this folder. Nothing that exists is
overwritten without --force.

--lang python and --lang node write a chain whose steps are functions in that
language, which a small program serves over HTTP; they need no Go.

--from takes the files of a folder instead. In their texts and names
{{homing.name}} stands for the name, {{homing.module}} for the path of the Go
module, {{homing.version}} for the version of this command and
{{homing.created}} for the time; a file X.tmpl is written as X.`,
		Example: `  homing new shop
  homing new shop --module example.com/shop
  homing new words --lang python`,
		Args: exactly(1, "the name of the app"),
	}
	cmd.RunE = a.runs(func(cmd *cobra.Command, args []string) error {
		return a.writeApp(cmd.Context(), args[0], o)
	})
	flags := cmd.Flags()
	flags.StringVar(&o.module, "module", "", "`PATH` of the Go module; without it, the name")
	flags.StringVar(&o.lang, "lang", string(scaffold.Go), "`LANGUAGE` of the functions: go, python or node")
	flags.StringVar(&o.from, "from", "", "write the files of this template `FOLDER`")
	flags.BoolVar(&o.force, "force", false, "overwrite files that exist")
	flags.StringVar(&o.source, "source", "", "build with the Homing in this `FOLDER`, a checkout, and not with a published one")
	flags.BoolVar(&o.noTidy, "no-tidy", false, "leave `go mod tidy` to you, which needs the network")
	cmd.MarkFlagsMutuallyExclusive("from", "lang")
	return cmd
}

// exactly takes that many arguments, which are named for the user.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return exit.Usagef("%s is missing", what).Then("usage: %s", cmd.UseLine())
		}
		return atMost(n)(cmd, args)
	}
}

// useSource has an app build with a checkout of Homing; "" means a published one.
func (a *app) useSource(ctx context.Context, folder, source string) error {
	if source == "" {
		return nil
	}
	whole, err := filepath.Abs(source)
	if err != nil {
		return exit.Failedf("find the folder %s: %w", source, err)
	}
	cmd := exec.CommandContext(ctx, "go", "mod", "edit", "-replace="+describe.Module+"="+whole) //nolint:gosec // the user's own folder
	cmd.Dir, cmd.Env = folder, a.environ
	if text, err := cmd.CombinedOutput(); err != nil {
		return exit.Failedf("write the replacement into go.mod: %w\n%s", err, text)
	}
	return nil
}

// checkSource checks that a folder is a checkout of Homing.
func checkSource(source string) error {
	text, err := os.ReadFile(filepath.Join(source, "go.mod")) //nolint:gosec // the user's own folder
	if err != nil || !strings.HasPrefix(string(text), "module "+describe.Module+"\n") {
		return exit.Usagef("--source %s: there is no checkout of Homing in this folder", source)
	}
	return nil
}

func (a *app) writeApp(ctx context.Context, folder string, o newOptions) error {
	options, err := o.options(folder)
	if err != nil {
		return err
	}
	files, err := scaffold.New(options)
	switch {
	case err != nil && o.from != "":
		return exit.Usagef("the template %s: %w", o.from, err)
	case err != nil:
		return err
	}
	if err := scaffold.Write(folder, files, o.force); err != nil {
		if exists, ok := errors.AsType[*scaffold.ExistsError](err); ok {
			return exit.Failedf("in %s, %w", folder, exists).Then("name another folder, or overwrite them: --force")
		}
		return exit.Failedf("%w", err)
	}
	if err := a.useSource(ctx, folder, o.source); err != nil {
		return err
	}
	hasModule := slices.ContainsFunc(files, func(f scaffold.File) bool { return f.Name == "go.mod" })
	tidied := hasModule && !o.noTidy && a.tidy(ctx, folder)
	return a.welcome(folder, options, len(files), hasModule && !tidied)
}

// unknownLang is the error of a language that there is not.
func unknownLang(lang string) error {
	names := make([]string, 0, len(scaffold.Langs()))
	for _, l := range scaffold.Langs() {
		names = append(names, string(l))
	}
	return exit.Usagef("there is no language %q%s", lang, nearest.DidYouMean(lang, names)).Then("there are %s", strings.Join(names, ", "))
}

// options checks what was asked for.
func (o newOptions) options(folder string) (scaffold.Options, error) {
	out := scaffold.Options{Module: o.module, Lang: scaffold.Lang(o.lang), Version: requirable(thisBuild().Version), Created: time.Now()}
	if !slices.Contains(scaffold.Langs(), out.Lang) {
		return out, unknownLang(o.lang)
	}
	whole, err := filepath.Abs(folder)
	if err != nil {
		return out, exit.Failedf("find the folder %s: %w", folder, err)
	}
	if info, err := os.Stat(whole); err == nil && !info.IsDir() {
		return out, exit.Failedf("%s exists and is no folder", folder).Then("name another folder")
	}
	out.Name = filepath.Base(whole)
	if last := filepath.Base(filepath.Clean(folder)); last == "." || last == ".." { // it is called as it is
		out.Name = scaffold.Slug(out.Name)
	}
	if err := scaffold.CheckName(out.Name); err != nil {
		usage := exit.Usagef("%w", err)
		if slug := scaffold.Slug(out.Name); slug != "" {
			return out, usage.Then("such as: homing new %s", filepath.Join(filepath.Dir(filepath.Clean(folder)), slug))
		}
		return out, usage.Then("such as: homing new shop")
	}
	module := out.Module
	if module == "" {
		module = out.Name
	}
	if err := scaffold.CheckModule(module); err != nil && (out.Lang == scaffold.Go || o.from != "") {
		return out, exit.Usagef("%w", err).Then("name its module, such as --module example.com/%s", out.Name)
	}
	if o.source != "" {
		if err := checkSource(o.source); err != nil {
			return out, err
		}
	}
	if o.from != "" {
		if info, err := os.Stat(o.from); err != nil || !info.IsDir() {
			return out, exit.Usagef("there is no template folder %s", o.from)
		}
		out.From = os.DirFS(o.from)
	}
	return out, nil
}

// requirable returns a version of Homing if an app can require it: one that was
// published. Others leave that to `go mod tidy`.
func requirable(version string) string {
	if regexp.MustCompile(`^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$`).MatchString(version) {
		return version
	}
	return ""
}

// tidy fetches what an app requires. What keeps it from that is shown, and the app
// is there all the same.
func (a *app) tidy(ctx context.Context, folder string) bool {
	if _, err := exec.LookPath("go"); err != nil {
		return false
	}
	wait := a.Err.Wait("go mod tidy: fetching what the app requires")
	defer wait.Stop()
	cmd := exec.CommandContext(ctx, "go", "mod", "tidy")
	cmd.Dir = folder
	cmd.Env = a.environ
	text, err := cmd.CombinedOutput()
	if err == nil {
		return true
	}
	wait.Say("", func() {
		a.inform(a.Err.Red(fmt.Sprintf("homing: go mod tidy failed (%v), as it does without a network:\n", err)) + lastLines(string(text)) +
			"  with a checkout of Homing in the place of a published version: homing new NAME --source FOLDER\n")
	})
	return false
}

// lastLines are those of an output that say why it failed.
func lastLines(text string) string {
	const most = 5
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-most):], "\n  ") + "\n"
}

// welcome prints what is there and what comes next.
func (a *app) welcome(folder string, o scaffold.Options, files int, untidy bool) error {
	next := []string{}
	if clean := filepath.Clean(folder); clean != "." {
		next = append(next, "cd "+guide.Quote(clean))
	}
	if untidy {
		next = append(next, "go mod tidy")
	}
	switch {
	case o.From != nil:
	case o.Lang == scaffold.Python:
		next = append(next, "python3 -m unittest", "homing dev")
	case o.Lang == scaffold.Node:
		next = append(next, "node --test", "homing dev")
	default:
		next = append(next, "go test ./...", "homing dev")
	}
	if o.From == nil {
		next = append(next, `curl -H 'Content-Type: application/json' -d '{"name":"Ada"}' http://127.0.0.1:8080/greet`)
	}
	text := fmt.Sprintf("%s: %d files in %s\n", o.Name, files, folder)
	if len(next) > 0 {
		text += "\nNext:\n\n  " + strings.Join(next, "\n  ") + "\n"
	}
	return a.printf("%s", text)
}

// add groups the commands that add to an app.
func (a *app) add() *cobra.Command {
	return group(&cobra.Command{
		Use:   "add",
		Short: "Add to the app in this folder",
		Example: `  homing add function price --route "POST /price"
  homing add function discount --chain price`,
	}, a.addFunction())
}

func (a *app) addFunction() *cobra.Command {
	var with scaffold.Addition
	cmd := &cobra.Command{
		Use:   "function NAME",
		Short: "Add a function with its test, and call it by a chain",
		Long: `Writes a function and its test into the app in this folder, in the app's
language, and adds it to chain.yaml, whose comments stay: to a chain as its last
step, or with a chain of its own. In Go it is added to the functions.Map, too.

NAME is what chain.yaml calls the function: letters and digits, in words between
which are dots, dashes or underscores.`,
		Example: `  homing add function price --route "POST /price/{sku}"
  homing add function price.discount --chain price`,
		Args: exactly(1, "the name of the function"),
	}
	cmd.RunE = a.runs(func(_ *cobra.Command, args []string) error {
		with.Name = args[0]
		return a.writeFunction(with)
	})
	cmd.Flags().StringVar(&with.Chain, "chain", "", "add it to the `CHAIN` of this name, as the last step")
	cmd.Flags().StringVar(&with.Route, "route", "", "call it by a chain of its own at this `ROUTE` (\"POST /NAME\")")
	cmd.MarkFlagsMutuallyExclusive("chain", "route")
	return cmd
}

func (a *app) writeFunction(with scaffold.Addition) error {
	changes, err := scaffold.Add(os.DirFS("."), with)
	if errors.Is(err, fs.ErrNotExist) {
		return exit.Usagef("there is no %s in this folder, so it is no app", scaffold.ChainFile).
			Then("change into the folder of an app, or write one: homing new NAME")
	}
	if err != nil {
		return exit.Failedf("%w", err)
	}
	if err := scaffold.Write(".", changes.Created, false); err != nil {
		return exit.Failedf("%w", err)
	}
	if err := scaffold.Write(".", changes.Changed, true); err != nil {
		return exit.Failedf("%w", err)
	}
	var text strings.Builder
	for _, f := range changes.Created {
		text.WriteString("created " + f.Name + "\n")
	}
	for _, f := range changes.Changed {
		text.WriteString("changed " + f.Name + "\n")
	}
	fmt.Fprintf(&text, "\n%s is called by %s, in the chain %s.\n", with.Name, changes.Route, changes.Chain)
	if exists("template.yaml") {
		text.WriteString("`homing generate sam` writes template.yaml anew.\n")
	}
	return a.printf("%s", text.String())
}
