package scaffold

import (
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"net/http"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/nearest"
)

// Addition is a function that is added to an app.
type Addition struct {
	// Name of the function.
	Name string
	// Chain gets it as its last step; "" means that it gets a chain of its own.
	Chain string
	// Route of that chain; "" means "POST /NAME".
	Route string
}

// Changes are what an addition does to an app.
type Changes struct {
	Created, Changed []File
	// Chain and Route are those by which the function is called.
	Chain, Route string
	// Lang is that of the app.
	Lang Lang
}

// language returns that of the app in a folder.
func language(app fs.FS) (Lang, error) {
	for _, is := range []struct {
		lang Lang
		file string
	}{{Go, goMod}, {Python, "app.py"}, {Node, "app.mjs"}} {
		if info, err := fs.Stat(app, is.file); err == nil && info.Mode().IsRegular() {
			return is.lang, nil
		}
	}
	return "", errors.New("there is neither go.mod nor app.py nor app.mjs beside chain.yaml, so it is not known in which language to write it")
}

// Add returns what a further function changes in the app of a folder. It writes
// nothing.
func Add(app fs.FS, a Addition) (Changes, error) {
	text, err := fs.ReadFile(app, ChainFile)
	if err != nil {
		return Changes{}, err
	}
	chains, err := Chains(text)
	if err != nil {
		return Changes{}, fmt.Errorf("mend the chains first:\n%w", err)
	}
	lang, err := language(app)
	if err != nil {
		return Changes{}, err
	}
	f, err := newFunction(a.Name, lang)
	if err != nil {
		return Changes{}, err
	}
	out := Changes{Lang: lang}
	edited, err := out.editChains(text, chains, f, a)
	if err != nil {
		return Changes{}, err
	}
	method, _, _ := strings.Cut(out.Route, " ")
	bare := a.Chain == "" && (method == http.MethodGet || method == http.MethodHead || method == http.MethodDelete)
	if lang == Go {
		err = out.addGo(app, f, bare)
	} else {
		err = out.create(app, string(lang), f, nil)
	}
	if err != nil {
		return Changes{}, err
	}
	out.Changed = append(out.Changed, File{Name: ChainFile, Data: edited})
	return out, nil
}

// addGo adds a function in Go: it and its test, and its line in the map.
func (c *Changes) addGo(app fs.FS, f function, bare bool) error {
	root, err := readGo(app)
	if err != nil {
		return err
	}
	if err := root.check(f); err != nil {
		return err
	}
	kind := "go"
	if bare {
		kind = "gobare"
	}
	if err := c.create(app, kind, f, values{"package": root.name}); err != nil {
		return err
	}
	for i := range c.Created {
		if c.Created[i].Data, err = format.Source(c.Created[i].Data); err != nil {
			return fmt.Errorf("format %s: %w", c.Created[i].Name, err)
		}
	}
	changed, err := root.add(f, !bare)
	c.Changed = append(c.Changed, changed)
	return err
}

// places are where the files of a function go, by their names in the template.
func places(f function) map[string]string {
	return map[string]string{
		"function.go": f.file + ".go", "function_test.go": f.file + "_test.go",
		"function.py": "functions/" + f.file + ".py", "function_test.py": "tests/test_" + f.file + ".py",
		"function.mjs": "functions/" + f.file + ".mjs", "function.test.mjs": "tests/" + f.file + ".test.mjs",
	}
}

// create renders the files of a function.
func (c *Changes) create(app fs.FS, kind string, f function, v values) error {
	template, err := within("_functions/" + kind)
	if err != nil {
		return err
	}
	all := values{"function": f.name, "ident": f.ident, "file": f.file}
	maps.Copy(all, v)
	if c.Created, err = render(template, all); err != nil {
		return err
	}
	for i := range c.Created {
		file := &c.Created[i]
		file.Name = places(f)[path.Base(file.Name)]
		if _, err := fs.Stat(app, file.Name); err == nil {
			return fmt.Errorf("the function %s would be written to %s, and that exists already", f.name, file.Name)
		}
	}
	return nil
}

// editChains adds the step, and the chain if there is none for it.
func (c *Changes) editChains(text []byte, chains []functions.Chain, f function, a Addition) ([]byte, error) {
	if strings.ContainsFunc(a.Route, unicode.IsControl) {
		return nil, fmt.Errorf("%q is not a route, such as \"POST /%s\"", a.Route, f.chain)
	}
	step := f.goStep()
	if c.Lang != Go {
		step = f.remoteStep(c.Lang)
	}
	var err error
	if a.Chain != "" {
		i := slices.IndexFunc(chains, func(ch functions.Chain) bool { return ch.Name == a.Chain })
		if i < 0 {
			return nil, fmt.Errorf("there is no chain %q%s", a.Chain, nearest.DidYouMean(a.Chain, chainNames(chains)))
		}
		c.Chain, c.Route = a.Chain, chains[i].Method+" "+chains[i].Path
		if c.Lang != Go && chains[i].Env[stepsURL] == "" {
			step = f.remoteStepAt(c.Lang, defaultSteps)
		}
		text, err = addStep(text, a.Chain, step)
	} else {
		c.Chain, c.Route = f.chain, a.Route
		if c.Route == "" {
			c.Route = "POST /" + f.chain
		}
		if slices.Contains(chainNames(chains), c.Chain) {
			return nil, fmt.Errorf("a chain named %s exists already; --chain %s adds the function to it", c.Chain, c.Chain)
		}
		text, err = addChain(text, c.newChain(step, chains))
	}
	if errors.Is(err, errUneditable) {
		return nil, fmt.Errorf("%s is written in a way that cannot be added to by a program; add this by hand:\n  - %s",
			ChainFile, strings.Join(step.lines, "\n    "))
	}
	if err != nil {
		return nil, err
	}
	return text, c.checkEdited(text, chains, f)
}

// checkEdited finds what is invalid about the chains with what was added.
func (c *Changes) checkEdited(text []byte, before []functions.Chain, f function) error {
	after, err := chainfile.Parse(ChainFile, text, named(text))
	if err != nil {
		return fmt.Errorf("the chains would be invalid with the function %s:\n%w", f.name, err)
	}
	steps := func(chains []functions.Chain) (n int) {
		for _, ch := range chains {
			n += len(ch.Steps)
		}
		return n
	}
	i := slices.IndexFunc(after, func(ch functions.Chain) bool { return ch.Name == c.Chain })
	added := false
	if i >= 0 && steps(after) == steps(before)+1 {
		last := after[i].Steps[len(after[i].Steps)-1]
		added = last.Uses == f.name || c.Lang != Go && last.Name == f.name
	}
	if !added {
		return fmt.Errorf("%s is written in a way that cannot be added to by a program; add the function %s by hand", ChainFile, f.name)
	}
	return nil
}

func chainNames(chains []functions.Chain) []string {
	names := make([]string, len(chains))
	for i, c := range chains {
		names[i] = c.Name
	}
	return names
}

// Where the functions of an app in another language run.
const (
	stepsURL     = "STEPS_URL"
	defaultSteps = "http://127.0.0.1:9000"
)

func (f function) goStep() item {
	return item{lines: []string{"function: " + f.name}, flow: f.name}
}

func (f function) remoteStep(lang Lang) item { return f.remoteStepAt(lang, "${"+stepsURL+"}") }

func (f function) remoteStepAt(lang Lang, base string) item {
	run := map[Lang]string{Python: "python3 app.py", Node: "node app.mjs"}[lang]
	lines := []string{"name: " + f.name, "run: " + run, "url: " + base + "/" + f.file, "answers: json"}
	return item{
		lines: lines, flow: fmt.Sprintf("{name: %s, run: %s, url: %q, answers: json}", f.name, run, base+"/"+f.file),
	}
}

// newChain is a chain of one step.
func (c *Changes) newChain(step item, chains []functions.Chain) item {
	lines := []string{"name: " + c.Chain, "route: " + c.Route}
	flow := "{name: " + c.Chain + fmt.Sprintf(", route: %q", c.Route)
	if c.Lang != Go {
		base := defaultSteps
		for _, ch := range chains {
			if ch.Env[stepsURL] != "" {
				base = ch.Env[stepsURL]
			}
		}
		env := fmt.Sprintf("env: {%s: %q}", stepsURL, base)
		lines, flow = append(lines, env), flow+", "+env
	}
	lines = append(lines, "steps:")
	for i, l := range step.lines {
		mark := "    "
		if i == 0 {
			mark = "  - "
		}
		lines = append(lines, mark+l)
	}
	return item{lines: lines, flow: flow + ", steps: [" + step.flow + "]}", apart: true}
}
