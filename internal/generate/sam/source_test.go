package sam_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// source is the Go code of a package without its tests.
type source struct {
	functions map[string][]*ast.FuncDecl // by name; methods, too
	api       []string                   // the methods of its interface API
}

// parse reads a package of this module.
func parse(t *testing.T, folder string) source {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "..", filepath.FromSlash(folder), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	s := source{functions: map[string][]*ast.FuncDecl{}}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") || folder == "adapter/reply/dynamodb" && filepath.Base(path) == "letters.go" {
			continue // on Lambda letters are in a queue, and no role calls what keeps them in a table
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok {
				s.functions[f.Name.Name] = append(s.functions[f.Name.Name], f)
			}
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && spec.Name.Name == "API" {
				s.api = methods(spec.Type)
			}
			return true
		})
	}
	if len(s.functions) == 0 {
		t.Fatalf("there is no code in %s", folder)
	}
	return s
}

func methods(e ast.Expr) []string {
	var out []string
	if i, ok := e.(*ast.InterfaceType); ok {
		for _, m := range i.Methods.List {
			for _, name := range m.Names {
				out = append(out, name.Name)
			}
		}
	}
	return out
}

// reached are the methods of API that are called on the way from a function of
// these names. A name stands for every function and method that has it, so that
// too many may be found and none is missed.
func (s source) reached(from ...string) []string {
	seen, calls := map[string]bool{}, map[string]bool{}
	for len(from) > 0 {
		name := from[0]
		from = from[1:]
		if seen[name] {
			continue
		}
		seen[name] = true
		for _, f := range s.functions[name] {
			for _, called := range names(f) {
				if slices.Contains(s.api, called) {
					calls[called] = true
				} else {
					from = append(from, called)
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(calls))
}

// names are those of the functions that a function calls, or hands on.
func names(f *ast.FuncDecl) []string {
	var out []string
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if method, ok := call.Fun.(*ast.SelectorExpr); ok && method.Sel.Name == "Get" && len(call.Args) == 0 {
			return true // of a sync.Pool; the store's takes arguments
		}
		for _, e := range append([]ast.Expr{call.Fun}, call.Args...) {
			switch e := e.(type) {
			case *ast.SelectorExpr:
				out = append(out, e.Sel.Name)
			case *ast.Ident:
				out = append(out, e.Name)
			}
		}
		return true
	})
	return out
}

// everything are the names of all functions.
func (s source) everything() []string { return slices.Collect(maps.Keys(s.functions)) }

// of are the methods that are called on a field or variable of a name.
func (s source) of(field string) []string {
	found := map[string]bool{}
	for _, named := range s.functions {
		for _, f := range named {
			ast.Inspect(f, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				method, ok := call.Fun.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				switch on := method.X.(type) {
				case *ast.SelectorExpr:
					found[method.Sel.Name] = found[method.Sel.Name] || strings.EqualFold(on.Sel.Name, field)
				case *ast.Ident:
					found[method.Sel.Name] = found[method.Sel.Name] || strings.EqualFold(on.Name, field)
				}
				return true
			})
		}
	}
	maps.DeleteFunc(found, func(_ string, yes bool) bool { return !yes })
	return slices.Sorted(maps.Keys(found))
}
