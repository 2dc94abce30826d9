// Command size prints how large the house is: for each package outside of
// tests/ its lines of code (neither blank nor a comment alone) and, if users can
// import it, its exported names, then the sums.
package main

import (
	"bufio"
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

// pkg is what go list prints of a package, and what was counted.
type pkg struct {
	ImportPath string
	Name       string
	Dir        string
	GoFiles    []string
	// IgnoredGoFiles are those of other systems.
	IgnoredGoFiles []string

	lines, exported int
}

func main() {
	if err := run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(out io.Writer) error {
	pkgs, err := list()
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "lines\texported\t package")
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
			fmt.Fprintf(table, "%d\t\t %s\n", p.lines, name)
			continue
		}
		importable++
		exported += p.exported
		fmt.Fprintf(table, "%d\t%d\t %s\n", p.lines, p.exported, name)
	}
	fmt.Fprintf(table, "%d\t%d\t in all; %d packages are importable\n", lines, exported, importable)
	return table.Flush()
}

// list returns the packages of the module.
func list() ([]*pkg, error) {
	text, err := exec.Command("go", "list", "-json=ImportPath,Name,Dir,GoFiles,IgnoredGoFiles", "./...").Output()
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
func linesOfCode(path string) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, fmt.Errorf("count lines: %w", err)
	}
	defer f.Close()
	n := 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if text := strings.TrimSpace(lines.Text()); text != "" && !strings.HasPrefix(text, "//") {
			n++
		}
	}
	return n, lines.Err()
}

// exportedNames counts the names that a declaration exports: functions, methods
// of exported types, types, constants and variables.
func exportedNames(d ast.Decl) int {
	n := 0
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && (d.Recv == nil || exportedReceiver(d.Recv)) {
			n++
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					n++
				}
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() {
						n++
					}
				}
			}
		}
	}
	return n
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
