// Command size prints how large the house is: for each package outside of
// tests/ its lines of code (neither blank nor a comment alone) and, if users can
// import it, its exported names, then the sums.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/tabwriter"
)

const module = "github.com/homing-dev/homing"

// padding is between two columns.
const padding = 2

// pkg is what go list prints of a package, and what was counted.
type pkg struct {
	ImportPath string   `json:"importPath"`
	Name       string   `json:"name"`
	Dir        string   `json:"dir"`
	GoFiles    []string `json:"goFiles"`
	// IgnoredGoFiles are those of other systems.
	IgnoredGoFiles []string `json:"ignoredGoFiles"`

	lines, exported int
}

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	pkgs, err := list(ctx)
	if err != nil {
		return err
	}
	var text strings.Builder
	text.WriteString("lines\texported\t package\n")
	lines, importable, exported := 0, 0, 0
	for _, p := range pkgs {
		if strings.HasPrefix(p.ImportPath, module+"/tests/") {
			continue
		}
		if err := p.count(); err != nil {
			return err
		}
		lines += p.lines
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		if name == "" {
			name = "."
		}
		if !p.importable() {
			fmt.Fprintf(&text, "%d\t\t %s\n", p.lines, name)
			continue
		}
		importable++
		exported += p.exported
		fmt.Fprintf(&text, "%d\t%d\t %s\n", p.lines, p.exported, name)
	}
	fmt.Fprintf(&text, "%d\t%d\t in all; %d packages are importable\n", lines, exported, importable)
	table := tabwriter.NewWriter(out, 0, 0, padding, ' ', tabwriter.AlignRight)
	if _, err := io.WriteString(table, text.String()); err != nil {
		return fmt.Errorf("print the table: %w", err)
	}
	return table.Flush() //nolint:wrapcheck // the writer's own
}

// list returns the packages of the module.
func list(ctx context.Context) ([]*pkg, error) {
	text, err := exec.CommandContext(ctx, "go", "list", "-json=ImportPath,Name,Dir,GoFiles,IgnoredGoFiles", "./...").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	var pkgs []*pkg
	for dec := json.NewDecoder(strings.NewReader(string(text))); ; {
		p := new(pkg)
		switch err := dec.Decode(p); {
		case errors.Is(err, io.EOF):
			return pkgs, nil
		case err != nil:
			return nil, fmt.Errorf("read what go list prints: %w", err)
		}
		pkgs = append(pkgs, p)
	}
}

// importable reports whether a user's module can import p.
func (p *pkg) importable() bool {
	return p.Name != "main" && !strings.Contains(p.ImportPath+"/", "/internal/")
}

// count reads the files of p.
func (p *pkg) count() error {
	for _, name := range append(p.GoFiles, p.IgnoredGoFiles...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		path := filepath.Join(p.Dir, name)
		n, err := linesOfCode(path)
		if err != nil {
			return err
		}
		p.lines += n
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("count exported names: %w", err)
		}
		for _, d := range file.Decls {
			p.exported += exportedNames(d)
		}
	}
	return nil
}

// linesOfCode counts the lines of a file that are neither blank nor a comment
// alone.
func linesOfCode(path string) (n int, err error) {
	text, err := os.ReadFile(path) //nolint:gosec // a file of this module
	if err != nil {
		return 0, fmt.Errorf("count lines: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
			n++
		}
	}
	return n, nil
}

// exportedNames counts the functions, types, methods of exported types,
// constants and variables that a declaration exports.
func exportedNames(d ast.Decl) (n int) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || exportedReceiver(d.Recv)) {
			return 1
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			for _, name := range specNames(s) {
				if name.IsExported() {
					n++
				}
			}
		}
	}
	return n
}

func specNames(s ast.Spec) []*ast.Ident {
	switch s := s.(type) {
	case *ast.TypeSpec:
		return []*ast.Ident{s.Name}
	case *ast.ValueSpec:
		return s.Names
	default:
		return nil
	}
}

func exportedReceiver(recv *ast.FieldList) bool {
	t := recv.List[0].Type
	if star, ok := t.(*ast.StarExpr); ok {
		t = star.X
	}
	if generic, ok := t.(*ast.IndexExpr); ok {
		t = generic.X
	}
	name, ok := t.(*ast.Ident)
	return ok && name.IsExported()
}
