package scaffold

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/homing-dev/homing/functions"
	"github.com/homing-dev/homing/functions/chainfile"
	"github.com/homing-dev/homing/internal/generate/sam"
)

// Lang is the language of an app's functions.
type Lang string

// The languages.
const (
	Go     Lang = "go"
	Python Lang = "python"
	Node   Lang = "node"
)

// Langs are all of them.
func Langs() []Lang { return []Lang{Go, Python, Node} }

func (l Lang) title() string {
	switch l {
	case Python:
		return "Python"
	case Node:
		return "JavaScript"
	case Go:
	}
	return "Go"
}

// ChainFile is the name of the file that declares the chains.
const ChainFile = "chain.yaml"

// Options of [New].
type Options struct {
	// Name of the app; see [CheckName].
	Name string
	// Module is the path of its Go module; "" means Name.
	Module string
	// Lang is its language; "" means Go.
	Lang Lang
	// Version of Homing that it requires; "" leaves that to `go mod tidy`.
	Version string
	// Created is when.
	Created time.Time
	// From is a template of the user's own; nil means that of Lang.
	From fs.FS
}

func (o Options) values() values {
	v := values{
		"name": o.Name, "module": o.Module, "version": o.Version, "created": o.Created.UTC().Format(time.RFC3339),
	}
	if o.Module == "" {
		v["module"] = o.Name
	}
	return v
}

// New returns the files of a new app.
func New(o Options) ([]File, error) {
	template := o.From
	if template == nil {
		lang := o.Lang
		if lang == "" {
			lang = Go
		}
		var err error
		if template, err = within("_apps/" + string(lang)); err != nil {
			return nil, err
		}
	}
	files, err := render(template, o.values())
	if err != nil {
		return nil, err
	}
	var chains []functions.Chain
	found, isGo := false, false
	for i, f := range files {
		switch f.Name {
		case ChainFile:
			found = true
			if chains, err = Chains(f.Data); err != nil {
				return nil, fmt.Errorf("the chains of the template are invalid:\n%w", err)
			}
		case goMod:
			isGo = true
			if o.Version == "" {
				files[i].Data = regexp.MustCompile(`(?m)^require github\.com/homing-dev/homing\s*\n`).ReplaceAll(f.Data, nil)
			}
		}
	}
	switch {
	case !found:
		return nil, fmt.Errorf("the template has no %s, so it is no app", ChainFile)
	case o.From != nil || !isGo:
		return files, nil
	}
	text, err := sam.Template(chains)
	if err != nil {
		return nil, fmt.Errorf("write the SAM template: %w", err)
	}
	return append(files, File{Name: "template.yaml", Data: text}), nil
}

const goMod = "go.mod"

// Chains reads a chain.yaml whose functions are not at hand: every name of one is
// taken for known.
func Chains(text []byte) ([]functions.Chain, error) {
	chains, err := chainfile.Parse(ChainFile, text, named(text))
	return chains, err
}

// ExistsError is that files would be overwritten.
type ExistsError struct{ Names []string }

// Error implements error.
func (e *ExistsError) Error() string {
	const few = 6
	names := e.Names
	more := ""
	if len(names) > few {
		names, more = names[:few], fmt.Sprintf(" and %d more", len(names)-few)
	}
	return strings.Join(names, ", ") + more + " exist already"
}

// Write writes files below a folder, which is created if need be. Without force it
// writes nothing if one of them exists: that is an [*ExistsError].
func Write(folder string, files []File, force bool) error {
	if !force {
		if names := existing(folder, files); len(names) > 0 {
			return &ExistsError{names}
		}
	}
	const searchable, readable, executable = 0o755, 0o644, 0o755
	for _, f := range files {
		name := filepath.Join(folder, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(name), searchable); err != nil {
			return fmt.Errorf("create the folder of %s: %w", f.Name, err)
		}
		mode := fs.FileMode(readable)
		if f.Executable {
			mode = executable
		}
		if err := os.WriteFile(name, f.Data, mode); err != nil {
			return fmt.Errorf("write %s: %w", f.Name, err)
		}
	}
	return nil
}

// existing returns the names of the files that are there, links to nowhere among
// them.
func existing(folder string, files []File) []string {
	var names []string
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(folder, filepath.FromSlash(f.Name))); !errors.Is(err, fs.ErrNotExist) {
			names = append(names, f.Name)
		}
	}
	return names
}
