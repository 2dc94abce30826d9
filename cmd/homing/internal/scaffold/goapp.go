package scaffold

import (
	"errors"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// goApp is the root package of an app in Go.
type goApp struct {
	name     string            // of the package
	declared map[string]string // the files of its top-level names

	// file is where the functions.Map stands.
	file string
	text []byte
	set  *token.FileSet
	fns  *ast.CompositeLit
}

// readGo reads the Go files of a folder.
func readGo(folder fs.FS) (*goApp, error) {
	names, err := fs.Glob(folder, "*.go")
	if err != nil {
		return nil, fmt.Errorf("look for Go files: %w", err)
	}
	a := &goApp{declared: map[string]string{}, set: token.NewFileSet()}
	for _, name := range names {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			return nil, fmt.Errorf("read the app: %w", err)
		}
		file, err := parser.ParseFile(a.set, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, fmt.Errorf("mend what does not compile first: %w", err)
		}
		a.declare(name, file)
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		a.name = file.Name.Name
		if lit := mapIn(file); lit != nil && a.fns == nil {
			a.file, a.text, a.fns = name, text, lit
		}
	}
	if a.fns == nil {
		return nil, errors.New("no functions.Map{…} is in the Go files of this folder, so there is nothing to add the function to")
	}
	return a, nil
}

func (a *goApp) declare(name string, file *ast.File) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil {
				a.declared[d.Name.Name] = name
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					a.declared[s.Name.Name] = name
				case *ast.ValueSpec:
					for _, n := range s.Names {
						a.declared[n.Name] = name
					}
				}
			}
		}
	}
}

const functionsPath = "github.com/homing-dev/homing/functions"

// mapIn returns the first functions.Map{…} of a file, or nil.
func mapIn(file *ast.File) *ast.CompositeLit {
	local := ""
	for _, spec := range file.Imports {
		if p, err := strconv.Unquote(spec.Path.Value); err == nil && p == functionsPath {
			local = path.Base(p)
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	var found *ast.CompositeLit
	ast.Inspect(file, func(n ast.Node) bool {
		lit, ok := n.(*ast.CompositeLit)
		if !ok || found != nil {
			return found == nil
		}
		if sel, ok := lit.Type.(*ast.SelectorExpr); ok && sel.Sel.Name == "Map" {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == local {
				found = lit
			}
		}
		return true
	})
	return found
}

// check finds names of a function that are taken.
func (a *goApp) check(f function) error {
	for _, e := range a.fns.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if key, ok := kv.Key.(*ast.BasicLit); ok {
			if name, err := strconv.Unquote(key.Value); err == nil && name == f.name {
				return fmt.Errorf("the function %s exists already, in %s", f.name, a.set.Position(kv.Pos()))
			}
		}
	}
	for _, name := range []string{f.ident, "Test" + f.ident} {
		if file, taken := a.declared[name]; taken {
			return fmt.Errorf("the function %s would be called %s, and that exists already, in %s", f.name, name, file)
		}
	}
	return nil
}

// add returns the file of the map with a line for the function.
func (a *goApp) add(f function, typed bool) (File, error) {
	value := f.ident
	if typed {
		value = "functions.Typed(" + f.ident + ")"
	}
	if x, ok := a.fns.Type.(*ast.SelectorExpr).X.(*ast.Ident); ok && typed {
		value = x.Name + ".Typed(" + f.ident + ")"
	}
	end := a.set.Position(a.fns.Rbrace).Offset
	before, behind := string(a.text[:end]), string(a.text[end:])
	if n := len(a.fns.Elts); n > 0 {
		last := a.set.Position(a.fns.Elts[n-1].End()).Offset
		if !strings.HasPrefix(strings.TrimSpace(before[last:]), ",") {
			before = before[:last] + "," + before[last:]
		}
	}
	if !strings.HasSuffix(strings.TrimRight(before, " \t"), "\n") {
		before += "\n"
	}
	text, err := format.Source([]byte(before + strconv.Quote(f.name) + ": " + value + ",\n" + behind))
	if err != nil {
		return File{}, fmt.Errorf("add the function to the map in %s: %w", a.file, err)
	}
	return File{Name: a.file, Data: text}, nil
}
