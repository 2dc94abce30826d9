package chainfile

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"

	"go.yaml.in/yaml/v4"

	"github.com/homing-dev/homing/functions"
)

// MaxSize is the largest file that is read, in bytes.
const MaxSize = 1 << 20

// Load reads the chains of the file at path; see [Parse]. A file that cannot
// be read is an error that wraps the one of package os.
func Load(path string, known map[string]functions.Function, opts ...Option) ([]functions.Chain, error) {
	file, err := os.Open(path) //nolint:gosec // the operator names the file.
	if err != nil {
		return nil, fmt.Errorf("read the chains: %w", err)
	}
	defer file.Close() //nolint:errcheck // nothing was written.
	// With one byte more than allowed, "too large" is not "just fits".
	data, err := io.ReadAll(io.LimitReader(file, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the chains: %w", err)
	}
	return Parse(path, data, known, opts...)
}

// Parse reads the chains of data. The name is the file's, for the errors; known
// are the functions by the names that steps may use.
//
// The chains come in the order of the file, pass [functions.Chain.Validate],
// and differ in name, route and type. Fields that the file leaves out are
// zero, which means their default, see [functions.Chain.WithDefaults].
// Anything wrong with the file is reported in one error of type [Errors], and
// there are no chains then.
//
// ${NAME} in them is resolved only with the option [Serve].
//
// Parse neither changes known nor keeps it, so calls may run concurrently.
func Parse(name string, data []byte, known map[string]functions.Function, opts ...Option) ([]functions.Chain, error) {
	root, err := document(data)
	if err != nil {
		err.File = name
		return nil, Errors{err}
	}
	r := &reader{file: name, known: known, places: map[string]*yaml.Node{}}
	for _, set := range opts {
		set(r)
	}
	var f file
	r.decode(value{node: root}, reflect.ValueOf(&f).Elem(), "")
	r.check(f.Chains)
	if len(r.errs) == 0 {
		return f.Chains, nil
	}
	// Those at one place stay in the order in which they were found.
	slices.SortStableFunc(r.errs, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return nil, r.errs
}
