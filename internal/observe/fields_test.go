package observe_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/homing-dev/homing/internal/observe"
)

// TestEveryFieldOfTheLogIsInTheTable reads the calls of slog in all that an app
// links. A field of another name would be a second word for something.
func TestEveryFieldOfTheLogIsInTheTable(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	for _, root := range []string{"adapter", "runtimes", "functions", "internal"} {
		err := filepath.WalkDir(filepath.Join("../..", root), func(path string, d fs.DirEntry, err error) error {
			if d.IsDir() && slices.Contains([]string{"emulator", "dynalite", "generate", "testdata", "replytest"}, d.Name()) {
				return fs.SkipDir // of the tool and the tests
			}
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				for _, key := range keysOf(n) {
					used[key] = true
					if observe.Fields()[key] == "" {
						t.Errorf("%s: no field %q", path, key)
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for key := range observe.Fields() {
		if !used[key] && key != observe.TraceIDLabel {
			t.Errorf("nothing logs the field %q", key)
		}
	}
}

// keysOf are the names of fields in a call: slog.String("name", …), and those that
// stand before values in a call of a logger.
func keysOf(n ast.Node) (keys []string) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return nil
	}
	of, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return nil
	}
	if pkg, ok := of.X.(*ast.Ident); ok && pkg.Name == "slog" {
		if slices.Contains([]string{"String", "Int", "Int64", "Bool", "Any", "Duration", "Time", "Float64", "Group"}, of.Sel.Name) {
			return texts(call.Args[:1])
		}
		return nil
	}
	first, logs := map[string]int{
		"With": 0, "Debug": 1, "Info": 1, "Warn": 1, "Error": 1,
		"DebugContext": 2, "InfoContext": 2, "WarnContext": 2, "ErrorContext": 2,
	}[of.Sel.Name]
	if !logs || !isLogger(of.X) || len(call.Args) <= first {
		return nil
	}
	for args := call.Args[first:]; len(args) > 0; {
		if key := texts(args[:1]); key != nil && len(args) > 1 {
			keys, args = append(keys, key...), args[2:]
		} else {
			args = args[1:] // an attribute
		}
	}
	return keys
}

func isLogger(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return strings.HasSuffix(strings.ToLower(x.Name), "log") || strings.HasSuffix(strings.ToLower(x.Name), "logger")
	case *ast.SelectorExpr:
		return isLogger(x.Sel)
	case *ast.CallExpr:
		return isLogger(x.Fun)
	}
	return false
}

func texts(args []ast.Expr) (out []string) {
	for _, arg := range args {
		if lit, ok := arg.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			text, _ := strconv.Unquote(lit.Value)
			out = append(out, text)
		}
	}
	return out
}
